import { type LayerActivation, resolveActivation } from '../../activations/registry';
import { checkNumber } from '../../check';
import type { Config } from '../../identifiers';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { ActivationLayer } from './activation_layer';

/**
 * Lets a small part of what is negative pass.
 *
 * Formula: `x` above 0, `negativeSlope x` below. Defaults: negativeSlope 0.3. Errors: `ERR_OUT_OF_RANGE` for a negative
 * slope. Source: `keras.layers.LeakyReLU`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new LeakyReLU()]).predictSync([[-1, 2]]).toArray(); // [[-0.3, 2]]
 * ```
 */
export class LeakyReLU extends ActivationLayer {
  readonly negativeSlope: number;

  constructor(
    options: LayerOptions & {
      /** The slope below 0. Default: 0.3 */
      readonly negativeSlope?: number | undefined;
    } = {},
  ) {
    checkLayerOptions(options, ['negativeSlope'], 'LeakyReLU');
    super('LeakyReLU', options);
    const { negativeSlope = 0.3 } = options;
    this.negativeSlope = checkNumber(negativeSlope, 'negativeSlope', { min: 0 });
  }

  protected override resolved(): LayerActivation {
    return resolveActivation({ class_name: 'leaky_relu', config: this.ownConfig() });
  }

  protected override ownConfig(): Config {
    return { negative_slope: this.negativeSlope };
  }
}
