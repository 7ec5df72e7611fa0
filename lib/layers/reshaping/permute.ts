import { elementAt } from '../../check';
import { invalidArgument, shapeMismatch } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

/**
 * Permutes the axes of a sample.
 *
 * Shapes: axis `i` of the output is axis `dims[i]` of the input, counted from 1. Errors: `ERR_INVALID_ARG` for what is
 * not an order of all axes. Source: `keras.layers.Permute`.
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
