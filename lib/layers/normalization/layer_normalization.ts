import { type Axes, checkAxes } from '../../axes';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions } from '../layer';
import { alongAxes, sampleAxes, weightShape } from '../sample_axes';
import type { Variable } from '../variable';
import { CENTER_AND_SCALE, CenterAndScale, type CenterAndScaleOptions } from './center_and_scale';

export interface LayerNormalizationOptions extends CenterAndScaleOptions {
  /** Over which each sample is normalized. Default: -1 */
  readonly axis?: Axes | undefined;
  /** Added to the variance. Default: 0.001 */
  readonly epsilon?: number | undefined;
}

/**
 * Scales each sample to mean 0 and variance 1 along some axes.
 *
 * Formula: `gamma (x - mean) / sqrt(variance + epsilon) + beta`. Shapes: as the input; gamma and beta have those of the
 * axes. Defaults: axis -1, epsilon 0.001, center and scale. Errors: `ERR_OUT_OF_RANGE` for an axis that is not there.
 * Source: Ba et al., Layer Normalization, 2016; `keras.layers.LayerNormalization`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new LayerNormalization()]).predictSync([[-1, 1]]).toArray(); // [[-0.9995, 0.9995]]
 * ```
 */
export class LayerNormalization extends CenterAndScale {
  readonly axis: Axes;

  constructor(options: LayerNormalizationOptions = {}) {
    const known = checkLayerOptions(options, ['axis', 'epsilon', ...CENTER_AND_SCALE], 'LayerNormalization', {
      rmsScaling: false,
    });
    const { axis: given = -1 } = known;
    const axis = checkAxes(given);
    super('LayerNormalization', options);
    this.axis = axis;
  }

  protected override shapeAfter(inputShape: Shape): Shape {
    sampleAxes(this.axis, inputShape);
    return inputShape;
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    return this.gammaAndBeta(weightShape(this.axis, inputShape));
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const { epsilon, center, scale, axis } = this;
    const parameters = {
      ...alongAxes(axis, inputShape),
      weights: weightShape(axis, inputShape),
      epsilon,
      center,
      scale,
    };
    return [{ type: 'layer_normalization', parameters }];
  }

  protected override ownConfig(): Config {
    return { axis: this.axis, epsilon: this.epsilon, ...this.centerAndScaleConfig() };
  }
}
