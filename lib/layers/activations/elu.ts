import { type LayerActivation, resolveActivation } from '../../activations/registry';
import { checkNumber } from '../../check';
import type { Config } from '../../identifiers';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { ActivationLayer } from './activation_layer';

/**
 * The exponential linear unit as a layer: see `activations.elu`.
 *
 * Formula: `x` above 0, `alpha (exp(x) - 1)` below. Defaults: alpha 1. Errors: `ERR_INVALID_ARG`. Source:
 * `keras.layers.ELU`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new ELU()]).predictSync([[-1, 2]]).toArray(); // [[-0.6321, 2]]
 * ```
 */
export class ELU extends ActivationLayer {
  readonly alpha: number;

  constructor(
    options: LayerOptions & {
      /** What large negative inputs approach, negated. Default: 1 */
      readonly alpha?: number | undefined;
    } = {},
  ) {
    checkLayerOptions(options, ['alpha'], 'ELU');
    super('ELU', options);
    this.alpha = checkNumber(options.alpha ?? 1, 'alpha');
  }

  protected override resolved(): LayerActivation {
    return resolveActivation({ class_name: 'elu', config: this.ownConfig() });
  }

  protected override ownConfig(): Config {
    return { alpha: this.alpha };
  }
}
