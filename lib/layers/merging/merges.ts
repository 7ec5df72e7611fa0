import { checkAxes } from '../../axes';
import { checkBoolean, checkInteger, elementAt } from '../../check';
import { epsilon } from '../../epsilon';
import { invalidArgument, shapeMismatch, showShape } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { fill, filled, type Mask, sideBySide, type Traced, type TracedInput } from '../masks';
import type { AddNode } from '../native_ops';
import { sampleAxis } from '../sample_axes';
import { ElementwiseMerge, ExtremeMerge, Merge, shapesOf } from './base_merge';

/**
 * The sum of the inputs.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others, or for one input. Source: `keras.layers.Add`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Add().apply([a, b]) }).predictSync([[[1, 2]], [[3, 4]]]).toArray(); // [[4, 6]]
 * ```
 */
export class Add extends ElementwiseMerge {
  protected readonly type = 'add';

  constructor(options: LayerOptions = {}) {
    super('Add', options);
  }
}

/**
 * The first input less the second.
 *
 * Shapes: two that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Subtract`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Subtract().apply([a, b]) }).predictSync([[[1, 2]], [[3, 5]]]).toArray(); // [[-2, -3]]
 * ```
 */
export class Subtract extends ElementwiseMerge {
  protected readonly type = 'subtract';

  constructor(options: LayerOptions = {}) {
    super('Subtract', options);
  }

  protected override get inputCount(): number {
    return 2;
  }
}

/**
 * The product of the inputs, element by element; steps that an input's mask leaves out count as 1.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Multiply`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Multiply().apply([a, b]) }).predictSync([[[1, 2]], [[3, 4]]]).toArray(); // [[3, 8]]
 * ```
 */
export class Multiply extends ElementwiseMerge {
  protected readonly type = 'multiply';

  constructor(options: LayerOptions = {}) {
    super('Multiply', options);
  }

  /** A masked step counts as 1; where none counts, the product is 0. */
  protected override traceValues(add: AddNode, inputs: readonly TracedInput[], mask: Mask | null): number {
    const tensor = super.traceValues(add, filled(add, inputs, 1), mask);
    return mask === null ? tensor : fill(add, { tensor, shape: this.shapeAfter(...shapesOf(inputs)) }, mask, 0);
  }
}

/**
 * The mean of the inputs, element by element.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Average`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Average().apply([a, b]) }).predictSync([[[1, 2]], [[3, 4]]]).toArray(); // [[2, 3]]
 * ```
 */
export class Average extends ElementwiseMerge {
  protected readonly type = 'average';

  constructor(options: LayerOptions = {}) {
    super('Average', options);
  }
}

/**
 * The greatest of the inputs, element by element, of those whose mask does not leave it out.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Maximum`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Maximum().apply([a, b]) }).predictSync([[[1, 5]], [[3, 4]]]).toArray(); // [[3, 5]]
 * ```
 */
export class Maximum extends ExtremeMerge {
  protected readonly type = 'maximum';
  protected readonly loser = Number.NEGATIVE_INFINITY;

  constructor(options: LayerOptions = {}) {
    super('Maximum', options);
  }
}

/**
 * The least of the inputs, element by element, of those whose mask does not leave it out.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Minimum`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Minimum().apply([a, b]) }).predictSync([[[1, 5]], [[3, 4]]]).toArray(); // [[1, 4]]
 * ```
 */
export class Minimum extends ExtremeMerge {
  protected readonly type = 'minimum';
  protected readonly loser = Number.POSITIVE_INFINITY;

  constructor(options: LayerOptions = {}) {
    super('Minimum', options);
  }
}

export interface ConcatenateOptions extends LayerOptions {
  /** With the batch; may count from the end. Default: -1 */
  readonly axis?: number | undefined;
}

/**
 * The inputs side by side along an axis.
 *
 * Shapes: the same but along that axis. Defaults: axis -1. Errors: `ERR_SHAPE_MISMATCH` for other shapes,
 * `ERR_OUT_OF_RANGE` for an axis that is not there. Source: `keras.layers.Concatenate`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [1] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Concatenate().apply([a, b]) }).predictSync([[[1]], [[3, 4]]]).toArray(); // [[1, 3, 4]]
 * ```
 */
export class Concatenate extends Merge {
  readonly axis: number;

  constructor(options: ConcatenateOptions = {}) {
    checkLayerOptions(options, ['axis'], 'Concatenate');
    super('Concatenate', options);
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  protected shapeAfter(...shapes: readonly Shape[]): Shape {
    const [first = []] = shapes;
    const axis = sampleAxis(this.axis, first);
    for (const shape of shapes) {
      const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
      if (!fits) throw shapeMismatch('inputs', `the sizes of ${showShape(first)} but along axis ${this.axis}`, shape);
    }
    return first.map((size, i) => (i === axis ? shapes.reduce((sum, shape) => sum + elementAt(shape, i), 0) : size));
  }

  toNative(...shapes: readonly Shape[]): readonly LayerSpec[] {
    const [first = []] = shapes;
    const axis = sampleAxis(this.axis, first);
    const sizes = shapes.map((shape) => sizeOf(shape.slice(axis)));
    return [{ type: 'concatenate', parameters: { outer: sizeOf(first.slice(0, axis)), sizes } }];
  }

  protected override trace(add: AddNode, inputs: readonly [TracedInput]): Traced {
    return { ...super.trace(add, inputs), mask: sideBySide(add, inputs, sampleAxis(this.axis, inputs[0].shape)) };
  }

  protected override ownConfig(): Config {
    return { axis: this.axis };
  }
}

export interface DotOptions extends LayerOptions {
  /** The axis of both inputs, or of each, counted with the batch; negative values count from the end. */
  readonly axes: number | readonly [number, number];
  /** Whether vectors have length 1 before: then it is the cosine of their angle. Default: false */
  readonly normalize?: boolean | undefined;
}

/**
 * Dot products of the vectors that lie along an axis of each input.
 *
 * Shapes: `[batch, ..., n]` and `[batch, ..., n]` become `[batch, ..., ...]`, or `[batch, 1]`. Defaults: normalize
 * false. Errors: `ERR_SHAPE_MISMATCH` where the axes differ, `ERR_OUT_OF_RANGE` for an axis that is not there. Source:
 * `keras.layers.Dot`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Dot({ axes: 1 }).apply([a, b]) }).predictSync([[[1, 2]], [[3, 4]]]).toArray(); // [[11]]
 * ```
 */
export class Dot extends Merge {
  readonly axes: number | readonly [number, number];
  readonly normalize: boolean;

  constructor(options: DotOptions) {
    const { axes } = checkLayerOptions(options, ['axes', 'normalize'], 'Dot');
    const checked = checkAxes(axes, 'axes');
    if (typeof checked !== 'number' && !isPair(checked)) throw invalidArgument('axes', 'an integer, or two,', axes);
    super('Dot', options);
    this.axes = checked;
    const { normalize = false } = options;
    this.normalize = checkBoolean(normalize, 'normalize');
  }

  protected override get inputCount(): number {
    return 2;
  }

  protected shapeAfter(first: Shape, second: Shape): Shape {
    const [a, b] = this.#axesOf(first, second);
    if (first[a] !== second[b]) throw shapeMismatch('inputs', `${first[a]} elements along the axis`, second);
    const shape = [...first.toSpliced(a, 1), ...second.toSpliced(b, 1)];
    return shape.length === 0 ? [1] : shape;
  }

  toNative(first: Shape, second: Shape): readonly LayerSpec[] {
    const [a, b] = this.#axesOf(first, second);
    const parameters = {
      first_outer: sizeOf(first.slice(0, a)),
      size: elementAt(first, a),
      first_inner: sizeOf(first.slice(a + 1)),
      second_outer: sizeOf(second.slice(0, b)),
      second_inner: sizeOf(second.slice(b + 1)),
      normalize: this.normalize,
      epsilon: epsilon(),
    };
    return [{ type: 'dot', parameters }];
  }

  protected override ownConfig(): Config {
    return { axes: this.axes, normalize: this.normalize };
  }

  protected override trace(add: AddNode, inputs: readonly TracedInput[]): Traced {
    return { ...super.trace(add, inputs), mask: null };
  }

  #axesOf(first: Shape, second: Shape): [number, number] {
    const [a, b] = typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes;
    return [sampleAxis(a, first, 'axes'), sampleAxis(b, second, 'axes')];
  }
}

function isPair(axes: readonly number[]): axes is readonly [number, number] {
  return axes.length === 2;
}
