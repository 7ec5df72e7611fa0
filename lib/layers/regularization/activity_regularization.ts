import { checkNumber } from '../../check';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native_model';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

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

  constructor(
    options: LayerOptions & {
      /** The factor of the absolute values. Default: 0 */
      readonly l1?: number | undefined;
      /** The factor of the squares. Default: 0 */
      readonly l2?: number | undefined;
    } = {},
  ) {
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
