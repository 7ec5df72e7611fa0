import { checkInteger, elementAt } from '../../check';
import { invalidArgument, shapeMismatch } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

/**
 * Permutes the axes of a sample.
 *
 * Shapes: axis `i` of the output is axis `dims[i]` of the input, counted from 1. Errors: `ERR_INVALID_ARG` for what is
 * no order of all axes. Source: `keras.layers.Permute`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2, 3] }), new Permute({ dims: [2, 1] })]).outputShape; // [null, 3, 2]
 * ```
 */
export class Permute extends Layer {
  readonly dims: readonly number[];

  constructor(
    options: LayerOptions & {
      /** The axes in their new order, counted from 1. */
      readonly dims: readonly number[];
    },
  ) {
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
    return this.dims.map((axis) => elementAt(inputShape, axis - 1));
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

  constructor(
    options: LayerOptions & {
      /** How many times each sample comes, 1 or more. */
      readonly n: number;
    },
  ) {
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
