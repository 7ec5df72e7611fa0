import { checkLayerOptions } from '../layer';
import { checkShare, type DropoutOptions, DroppingLayer } from './base_dropout';

/**
 * Drops inputs to the value at which SELU saturates, while a model trains, so that mean and variance stay the same.
 *
 * Shapes: as the input. Defaults: noiseShape null, seed null. Errors: `ERR_OUT_OF_RANGE` for a rate that is not from 0
 * below 1. Source: Klambauer et al., Self-Normalizing Neural Networks, 2017; `keras.layers.AlphaDropout`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new AlphaDropout({ rate: 0.5 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class AlphaDropout extends DroppingLayer {
  constructor(options: DropoutOptions) {
    const { rate } = checkLayerOptions(options, ['rate', 'noiseShape', 'seed'], 'AlphaDropout');
    super('AlphaDropout', 'alpha_dropout', options, checkShare(rate));
  }
}
