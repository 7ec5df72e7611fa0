import { checkInteger } from '../../check';
import { shapeMismatch } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

/**
 * Repeats each sample.
 *
 * Shapes: `[batch, features]` becomes `[batch, n, features]`. Errors: `ERR_OUT_OF_RANGE` for n below 1,
 * `ERR_SHAPE_MISMATCH` for samples that are not vectors. Source: `keras.layers.RepeatVector`.
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
