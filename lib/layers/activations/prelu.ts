import { checkInteger } from '../../check';
import type { Constraint, ConstraintIdentifier } from '../../constraints';
import * as constraints from '../../constraints';
import type { Config } from '../../identifiers';
import * as initializers from '../../initializers';
import { type Initializer, type InitializerIdentifier, Zeros } from '../../initializers';
import type { LayerSpec } from '../../native_model';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers';
import * as regularizers from '../../regularizers';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { sampleAxis } from '../sample_axes';
import { Variable } from '../variable';

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
