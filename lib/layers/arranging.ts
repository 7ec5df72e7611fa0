import { checkInteger, checkNumber } from '../check';
import type { Constraint, ConstraintIdentifier } from '../constraints';
import * as constraints from '../constraints';
import { invalidArgument, shapeMismatch } from '../errors';
import type { Config } from '../identifiers';
import * as initializers from '../initializers';
import { type Initializer, type InitializerIdentifier, Zeros } from '../initializers';
import type { LayerSpec } from '../native';
import type { Regularizer, RegularizerIdentifier } from '../regularizers';
import * as regularizers from '../regularizers';
import { type Shape, sizeOf } from '../tensor';
import { checkLayerOptions, Layer, type LayerOptions, sampleAxis } from './layer';
import { Variable } from './variable';

/**
 * Gives the axes of a sample another order.
 *
 * Shapes: axis `i` of the output is axis `dims[i]` of the input, counted from 1. Errors: `ERR_INVALID_ARG` for what is no
 * order of all axes. Source: `keras.layers.Permute`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2, 3] }), new Permute({ dims: [2, 1] })]).outputShape; // [null, 3, 2]
 * ```
 */
export class Permute extends Layer {
  readonly dims: readonly number[];

  constructor(options: LayerOptions & { readonly dims: readonly number[] }) {
    const { dims } = checkLayerOptions(options, ['dims'], 'Permute');
    const isOrder =
      Array.isArray(dims) && dims.length > 0 && dims.toSorted((a, b) => a - b).every((axis, i) => axis === i + 1);
    if (!isOrder) throw invalidArgument('dims', 'each axis once, from 1 on, such as [2, 1]', dims);
    super('Permute', options);
    this.dims = [...options.dims];
  }

  protected shapeAfter(inputShape: Shape): Shape {
    if (inputShape.length !== this.dims.length) {
      throw shapeMismatch('inputs', `samples of ${this.dims.length} axes, as \`dims\` has,`, inputShape);
    }
    return this.dims.map((axis) => inputShape[axis - 1] ?? 1);
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    return [{ type: 'permute', parameters: { shape: inputShape, dims: this.dims } }];
  }

  protected override ownConfig(): Config {
    return { dims: this.dims };
  }
}

/**
 * Repeats each sample.
 *
 * Shapes: `[batch, features]` becomes `[batch, n, features]`. Errors: `ERR_OUT_OF_RANGE` for n below 1,
 * `ERR_SHAPE_MISMATCH` for samples that are no vectors. Source: `keras.layers.RepeatVector`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [1] }), new RepeatVector({ n: 2 })]).predictSync([[3]]).toArray(); // [[[3], [3]]]
 * ```
 */
export class RepeatVector extends Layer {
  readonly n: number;

  constructor(options: LayerOptions & { readonly n: number }) {
    const known = checkLayerOptions(options, ['n'], 'RepeatVector');
    const n = checkInteger(known.n, 'n', { min: 1 });
    super('RepeatVector', options);
    this.n = n;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    if (inputShape.length !== 1) throw shapeMismatch('inputs', 'samples that are vectors', inputShape);
    return [this.n, ...inputShape];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    return [{ type: 'repeat_vector', parameters: { size: sizeOf(inputShape), n: this.n } }];
  }

  protected override ownConfig(): Config {
    return { n: this.n };
  }
}

/**
 * Adds a penalty of its inputs to the loss; they pass unchanged.
 *
 * Formula: `(l1 sum |x| + l2 sum x^2) / batch`. Shapes: as the input. Defaults: l1 0, l2 0. Errors: `ERR_OUT_OF_RANGE` for
 * negative factors. Source: `keras.layers.ActivityRegularization`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [1] }), new ActivityRegularization({ l1: 0.1 })]).predictSync([[3]]).item(); // 3
 * ```
 */
export class ActivityRegularization extends Layer {
  override readonly supportsMasking = true;
  readonly l1: number;
  readonly l2: number;

  constructor(options: LayerOptions & { readonly l1?: number | undefined; readonly l2?: number | undefined } = {}) {
    checkLayerOptions(options, ['l1', 'l2'], 'ActivityRegularization');
    super('ActivityRegularization', options);
    this.l1 = checkNumber(options.l1 ?? 0, 'l1', { min: 0 });
    this.l2 = checkNumber(options.l2 ?? 0, 'l2', { min: 0 });
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.l1 === 0 && this.l2 === 0) return [];
    return [{ type: 'activity_regularization', parameters: { size: sizeOf(inputShape), l1: this.l1, l2: this.l2 } }];
  }

  protected override ownConfig(): Config {
    return { l1: this.l1, l2: this.l2 };
  }
}

export interface PReLUOptions extends LayerOptions {
  /** Default: 'Zeros' */
  readonly alphaInitializer?: InitializerIdentifier | null | undefined;
  /** Default: null */
  readonly alphaRegularizer?: RegularizerIdentifier | null | undefined;
  /** Default: null */
  readonly alphaConstraint?: ConstraintIdentifier | null | undefined;
  /** Along which one slope holds for all, counted from 1. Default: null, none */
  readonly sharedAxes?: number | readonly number[] | null | undefined;
}

/**
 * Lets a part of what is negative pass that is learnt.
 *
 * Formula: `x` above 0, `alpha x` below. Shapes: as the input; alpha has that of a sample, 1 along shared axes. Defaults:
 * alphaInitializer 'Zeros', sharedAxes null. Errors: `ERR_OUT_OF_RANGE` for an axis that is not there. Source: He et al.,
 * Delving Deep into Rectifiers, 2015; `keras.layers.PReLU`.
 *
 * @example
 * ```ts
 * const layer = new PReLU({ alphaInitializer: new Constant({ value: 0.25 }) });
 * new Sequential([new Input({ shape: [2] }), layer]).predictSync([[-4, 2]]).toArray(); // [[-1, 2]]
 * ```
 */
export class PReLU extends Layer {
  override readonly supportsMasking = true;
  readonly alphaInitializer: Initializer;
  readonly alphaRegularizer: Regularizer | null;
  readonly alphaConstraint: Constraint | null;
  readonly sharedAxes: readonly number[] | null;

  constructor(options: PReLUOptions = {}) {
    const own = ['alphaInitializer', 'alphaRegularizer', 'alphaConstraint', 'sharedAxes'];
    const { sharedAxes } = checkLayerOptions(options, own, 'PReLU');
    super('PReLU', options);
    this.alphaInitializer = initializers.get(options.alphaInitializer, 'alphaInitializer') ?? new Zeros();
    this.alphaRegularizer = regularizers.get(options.alphaRegularizer, 'alphaRegularizer');
    this.alphaConstraint = constraints.get(options.alphaConstraint, 'alphaConstraint');
    const axes = Array.isArray(sharedAxes ?? []) ? (sharedAxes ?? []) : [sharedAxes];
    const shared = Array.from(axes as readonly unknown[], (axis) => checkInteger(axis, 'sharedAxes'));
    this.sharedAxes = shared.length === 0 ? null : shared;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    const rules = { regularizer: this.alphaRegularizer, constraint: this.alphaConstraint };
    return [new Variable('alpha', this.alphaInitializer.initialize(this.#alphaShape(inputShape)), rules)];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    return [{ type: 'prelu', parameters: { shape: inputShape, alpha_shape: this.#alphaShape(inputShape) } }];
  }

  protected override ownConfig(): Config {
    return {
      alpha_initializer: initializers.serialize(this.alphaInitializer),
      alpha_regularizer: this.alphaRegularizer && regularizers.serialize(this.alphaRegularizer),
      alpha_constraint: this.alphaConstraint && constraints.serialize(this.alphaConstraint),
      shared_axes: this.sharedAxes,
    };
  }

  #alphaShape(inputShape: Shape): Shape {
    const shared = (this.sharedAxes ?? []).map((axis) => sampleAxis(axis, inputShape, 'sharedAxes'));
    return inputShape.map((size, i) => (shared.includes(i) ? 1 : size));
  }
}
