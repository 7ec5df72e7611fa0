import { checkNumber } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import { RandomInitializer, type RandomOptions } from './initializer';

export interface RandomUniformOptions extends RandomOptions {
  /** Default: -0.05 */
  readonly minval?: number | undefined;
  /** Default: 0.05 */
  readonly maxval?: number | undefined;
}

export interface RandomNormalOptions extends RandomOptions {
  /** Default: 0 */
  readonly mean?: number | undefined;
  /** Default: 0.05 */
  readonly stddev?: number | undefined;
}

/**
 * Evenly distributed values from `minval` below `maxval`.
 *
 * Defaults: -0.05, 0.05. Errors: `ERR_INVALID_ARG`. Source: `keras.initializers.RandomUniform`.
 *
 * @example
 * ```ts
 * new RandomUniform({ minval: 0, maxval: 1, seed: 1 }).initialize([3]);
 * ```
 */
export class RandomUniform extends RandomInitializer {
  readonly minval: number;
  readonly maxval: number;

  constructor(options: RandomUniformOptions = {}) {
    super(options, ['minval', 'maxval']);
    this.minval = checkNumber(options.minval ?? -0.05, 'minval');
    this.maxval = checkNumber(options.maxval ?? 0.05, 'maxval', { min: this.minval });
  }

  override getConfig(): Config {
    return { minval: this.minval, maxval: this.maxval, ...super.getConfig() };
  }

  protected override spec(): Spec {
    return { name: 'random_uniform', parameters: { minval: this.minval, maxval: this.maxval } };
  }
}

abstract class Normal extends RandomInitializer {
  readonly mean: number;
  readonly stddev: number;
  /** @internal */
  protected abstract readonly entry: string;

  constructor(options: RandomNormalOptions = {}) {
    super(options, ['mean', 'stddev']);
    const { mean = 0 } = options;
    this.mean = checkNumber(mean, 'mean');
    this.stddev = checkNumber(options.stddev ?? 0.05, 'stddev', { min: 0 });
  }

  override getConfig(): Config {
    return { mean: this.mean, stddev: this.stddev, ...super.getConfig() };
  }

  protected override spec(): Spec {
    return { name: this.entry, parameters: { mean: this.mean, stddev: this.stddev } };
  }
}

/**
 * Normally distributed values.
 *
 * Defaults: mean 0, stddev 0.05. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source:
 * `keras.initializers.RandomNormal`.
 *
 * @example
 * ```ts
 * new RandomNormal({ seed: 1 }).initialize([3]);
 * ```
 */
export class RandomNormal extends Normal {
  protected override readonly entry = 'random_normal';
}

/**
 * Normally distributed values, those drawn again that lie further than 2 `stddev` from the mean.
 *
 * Defaults: mean 0, stddev 0.05. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source:
 * `keras.initializers.TruncatedNormal`.
 *
 * @example
 * ```ts
 * new TruncatedNormal({ seed: 1 }).initialize([3]);
 * ```
 */
export class TruncatedNormal extends Normal {
  protected override readonly entry = 'truncated_normal';
}
