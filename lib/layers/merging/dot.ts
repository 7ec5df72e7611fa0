import { checkAxes } from '../../axes';
import { checkBoolean, elementAt } from '../../check';
import { epsilon } from '../../epsilon';
import { invalidArgument, shapeMismatch } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, type LayerOptions } from '../layer';
import type { Traced, TracedInput } from '../masks';
import type { AddNode } from '../native_ops';
import { sampleAxis } from '../sample_axes';
import { Merge } from './base_merge';

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
