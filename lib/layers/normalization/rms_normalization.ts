import { type Axes, checkAxes } from '../../axes';
import { checkNumber } from '../../check';
import type { Config } from '../../identifiers';
import { Ones } from '../../initializers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { alongAxes, sampleAxes, weightShape } from '../sample_axes';
import { Variable } from '../variable';

/**
 * Divides each sample by its root mean square along some axes.
 *
 * Formula: `scale x / sqrt(mean(x^2) + epsilon)`. Shapes: as the input; `scale` has that of the axes. Defaults: axis
 * -1, epsilon 1e-6. Errors: `ERR_OUT_OF_RANGE` for an axis that is not there. Source: Zhang and Sennrich, Root Mean
 * Square Layer Normalization, 2019; `keras.layers.RMSNormalization`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new RMSNormalization()]).predictSync([[-2, 2]]).toArray(); // [[-1, 1]]
 * ```
 */
export class RMSNormalization extends Layer {
  readonly axis: Axes;
  readonly epsilon: number;

  constructor(
    options: LayerOptions & {
      /** The axes that are normalized together; not the batch. Default: -1 */
      readonly axis?: Axes | undefined;
      /** Added to the mean square. Default: 1e-6 */
      readonly epsilon?: number | undefined;
    } = {},
  ) {
    const known = checkLayerOptions(options, ['axis', 'epsilon'], 'RMSNormalization');
    const { axis: given = -1 } = known;
    const axis = checkAxes(given);
    super('RMSNormalization', options);
    this.axis = axis;
    this.epsilon = checkNumber(options.epsilon ?? 1e-6, 'epsilon', { min: 0 });
  }

  protected shapeAfter(inputShape: Shape): Shape {
    sampleAxes(this.axis, inputShape);
    return inputShape;
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    return [new Variable('scale', new Ones().initialize(weightShape(this.axis, inputShape)))];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const weights = weightShape(this.axis, inputShape);
    const parameters = { ...alongAxes(this.axis, inputShape), weights, epsilon: this.epsilon };
    return [{ type: 'rms_normalization', parameters }];
  }

  protected override ownConfig(): Config {
    return { axis: this.axis, epsilon: this.epsilon };
  }
}
