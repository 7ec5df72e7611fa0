import { checkNumber } from '../../check';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions } from '../layer';
import { NoiseLayer, type NoiseOptions, ZERO_TO_ONE } from './base_dropout';

/**
 * Adds normal noise while a model trains.
 *
 * Formula: `x + stddev n`. Shapes: as the input. Defaults: seed null. Errors: `ERR_OUT_OF_RANGE` for a stddev that is
 * not from 0 to 1. Source: `keras.layers.GaussianNoise`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new GaussianNoise({ stddev: 0.1 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class GaussianNoise extends NoiseLayer {
  readonly stddev: number;

  constructor(
    options: NoiseOptions & {
      /** The standard deviation of the noise, from 0 on. */
      readonly stddev: number;
    },
  ) {
    const known = checkLayerOptions(options, ['stddev', 'seed'], 'GaussianNoise');
    const stddev = checkNumber(known.stddev, 'stddev', ZERO_TO_ONE);
    super('GaussianNoise', options);
    this.stddev = stddev;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    if (this.stddev === 0) return [];
    const parameters = { size: sizeOf(inputShape), stddev: this.stddev, seed: this.drawn };
    return [{ type: 'gaussian_noise', parameters }];
  }

  protected override ownConfig(): Config {
    return { stddev: this.stddev, seed: this.seed };
  }
}
