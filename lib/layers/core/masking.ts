import { checkNumber } from '../../check';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native_model';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { fill, maskOf, type Traced, type TracedInput } from '../masks';
import type { AddNode } from '../native_ops';

/**
 * Sets steps to 0 whose elements all have a certain value, and masks them in the output: layers that follow it hand it
 * on, and the loss and the means of a model do not count them.
 *
 * Shapes: `[batch, ..., features]`, unchanged, with a mask `[batch, ...]`. Defaults: maskValue 0. Errors:
 * `ERR_INVALID_ARG`. Source: `keras.layers.Masking`.
 *
 * @example
 * ```ts
 * const layer = new Masking({ maskValue: -1 });
 * new Sequential([new Input({ shape: [2, 1] }), layer]).predictSync([[[-1], [2]]]).toArray(); // [[[0], [2]]]
 * ```
 */
export class Masking extends Layer {
  override readonly supportsMasking = true;
  readonly maskValue: number;

  constructor(
    options: LayerOptions & {
      /** What all features of a step are where it is left out. Default: 0 */
      readonly maskValue?: number | undefined;
    } = {},
  ) {
    checkLayerOptions(options, ['maskValue'], 'Masking');
    super('Masking', options);
    this.maskValue = checkNumber(options.maskValue ?? 0, 'maskValue');
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  /** What it does to values needs the mask: see {@link trace}. */
  toNative(): readonly LayerSpec[] {
    return [];
  }

  protected override trace(add: AddNode, [input]: readonly [TracedInput]): Traced {
    const mask = maskOf(add, input, this.maskValue);
    return { tensor: fill(add, input, mask, 0), mask };
  }

  protected override ownConfig(): Config {
    return { mask_value: this.maskValue };
  }
}
