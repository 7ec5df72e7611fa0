import { type Axes, checkAxes } from '../../axes';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { alongAxes, sampleAxes } from '../sample_axes';

/**
 * Scales each sample to length 1 along some axes.
 *
 * Formula: `x / sqrt(max(sum(x^2), 1e-12))`. Shapes: as the input. Defaults: axis -1. Errors: `ERR_OUT_OF_RANGE` for an
 * axis that is not there. Source: `keras.layers.UnitNormalization`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new UnitNormalization()]).predictSync([[3, 4]]).toArray(); // [[0.6, 0.8]]
 * ```
 */
export class UnitNormalization extends Layer {
  override readonly supportsMasking = true;
  readonly axis: Axes;

  constructor(
    options: LayerOptions & {
      /** The axes whose norm becomes 1; not the batch. Default: -1 */
      readonly axis?: Axes | undefined;
    } = {},
  ) {
    const known = checkLayerOptions(options, ['axis'], 'UnitNormalization');
    const { axis: given = -1 } = known;
    const axis = checkAxes(given);
    super('UnitNormalization', options);
    this.axis = axis;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    sampleAxes(this.axis, inputShape);
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    return [{ type: 'unit_normalization', parameters: { ...alongAxes(this.axis, inputShape), epsilon: 1e-12 } }];
  }

  protected override ownConfig(): Config {
    return { axis: this.axis };
  }
}
