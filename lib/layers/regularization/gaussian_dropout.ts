import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions } from '../layer';
import { checkShare, NoiseLayer, type NoiseOptions } from './base_dropout';

/**
 * Multiplies by normal noise around 1 while a model trains.
 *
 * Formula: `x (1 + sqrt(rate / (1 - rate)) n)`. Shapes: as the input. Defaults: seed null. Errors: `ERR_OUT_OF_RANGE`
 * for a rate that is not from 0 below 1. Source: Srivastava et al., Dropout, 2014; `keras.layers.GaussianDropout`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new GaussianDropout({ rate: 0.5 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class GaussianDropout extends NoiseLayer {
  readonly rate: number;

  constructor(
    options: NoiseOptions & {
      /** The variance of the factors is `rate / (1 - rate)`; from 0 below 1. */
      readonly rate: number;
    },
  ) {
    const known = checkLayerOptions(options, ['rate', 'seed'], 'GaussianDropout');
    const rate = checkShare(known.rate);
    super('GaussianDropout', options);
    this.rate = rate;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.rate === 0) return [];
    const parameters = { size: sizeOf(inputShape), rate: this.rate, seed: this.drawn };
    return [{ type: 'gaussian_dropout', parameters }];
  }

  protected override ownConfig(): Config {
    return { rate: this.rate, seed: this.seed };
  }
}
