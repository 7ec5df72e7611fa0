import type { ActivationIdentifier } from '../../activations';
import { type LayerActivation, resolveActivation } from '../../activations/registry';
import { invalidArgument } from '../../errors';
import type { Config } from '../../identifiers';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { ActivationLayer } from './activation_layer';

export interface ActivationLayerOptions extends LayerOptions {
  /** A name, an activation function, or a custom function. */
  readonly activation: ActivationIdentifier;
}

/**
 * Applies an activation to its inputs, in the same shape.
 *
 * Defaults: none. Errors: `ERR_INVALID_ARG` for none, and for unknown names. Source: `keras.layers.Activation`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new Activation({ activation: 'relu' })]).predictSync([[-1, 2]]).toArray(); // [[0, 2]]
 * ```
 */
export class Activation extends ActivationLayer {
  readonly activation: LayerActivation;

  constructor(options: ActivationLayerOptions) {
    const known = checkLayerOptions(options, ['activation'], 'Activation');
    if (known.activation === undefined) throw invalidArgument('activation', 'an activation', undefined);
    super('Activation', options);
    this.activation = resolveActivation(options.activation);
  }

  protected override resolved(): LayerActivation {
    return this.activation;
  }

  protected override ownConfig(): Config {
    return { activation: this.activation.config };
  }
}
