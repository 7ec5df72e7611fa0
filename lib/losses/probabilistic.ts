import { checkBoolean, checkNumber } from '../check';
import { outOfRange } from '../errors';
import type { Spec } from '../native';
import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

export interface TweedieOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** The power of the mean that the variance follows, between 1 (Poisson) and 2 (gamma), both excluded. Default: 1.5 */
  readonly power?: number | undefined;
}

export interface GaussianNLLOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** Whether the constant `ln(2 pi) / 2` is added. Default: false */
  readonly full?: boolean | undefined;
  /** The smallest variance. Default: 1e-6 */
  readonly epsilon?: number | undefined;
}

/**
 * Kullback-Leibler divergence of the predicted distribution from the true one.
 *
 * Formula: `sum(yTrue ln(yTrue / yPred))` over the last axis, both clipped to [epsilon(), 1]. Shapes: `[batch, ...,
 * classes]` both; they broadcast. Defaults: reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.KLDivergence`.
 *
 * @example
 * ```ts
 * new KLDivergence().compute([[0.5, 0.5]], [[0.25, 0.75]]); // 0.1438
 * ```
 */
export class KLDivergence<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('kl_divergence', options);
  }
}

/**
 * Negative log-likelihood of counts under a Poisson distribution, up to a term of the targets alone.
 *
 * Formula: `mean(yPred - yTrue ln(yPred + epsilon()))` over the last axis. Shapes: `[batch, ...]` both; they broadcast.
 * Defaults: reduction 'sum_over_batch_size'. Errors: as `compute`. Source: `keras.losses.Poisson`.
 *
 * @example
 * ```ts
 * new Poisson().compute([[0, 1], [0, 0]], [[1, 1], [0, 0]]); // 0.5
 * ```
 */
export class Poisson<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('poisson', options);
  }
}

/**
 * Deviance of a Tweedie distribution, for sums of many zeros and some amounts; up to a factor and a term of the targets
 * alone.
 *
 * Formula: `mean(mu^(2 - power) / (2 - power) + yTrue mu^(1 - power) / (power - 1))` over the last axis, with
 * `mu = max(yPred, epsilon())`. Shapes: `[batch, ...]` both; they broadcast. Defaults: power 1.5, reduction
 * 'sum_over_batch_size'. Errors: as `compute`; `ERR_OUT_OF_RANGE` for other powers. Source: Tweedie 1984; Keras has no
 * such loss.
 *
 * @example
 * ```ts
 * new Tweedie().compute([[0, 3]], [[1, 4]]); // 4.5
 * ```
 */
export class Tweedie<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  readonly power: number;

  constructor(options: TweedieOptions<R> = {}) {
    super('tweedie', options, ['power']);
    this.power = checkNumber(options.power ?? 1.5, 'power', { min: 1, max: 2, open: true });
  }

  override parameters(): Spec['parameters'] {
    return { power: this.power };
  }
}

/**
 * Negative log-likelihood of a normal distribution whose mean and variance are both predicted.
 *
 * Formula: `mean(ln(v) + (yTrue - m)^2 / v) / 2` over the last axis, where the first half of `yPred` holds the means m
 * and the second half the variances v, at least `epsilon`. Shapes: `yPred` `[batch, ..., 2 d]`, `yTrue` `[batch, ...,
 * d]`. Defaults: full false, epsilon 1e-6, reduction 'sum_over_batch_size'. Errors: as `compute`; `ERR_OUT_OF_RANGE`
 * for an epsilon that is not above 0. Source: Nix & Weigend 1994; Keras has no such loss.
 *
 * @example
 * ```ts
 * new GaussianNLL().compute([[1]], [[3, 4]]); // 1.193147
 * ```
 */
export class GaussianNLL<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  readonly full: boolean;
  readonly epsilon: number;
  override readonly target = 'half';
  override readonly targetFix = 'Predictions hold a mean and a variance for each target: [batch, ..., 2 * targets].';

  constructor(options: GaussianNLLOptions<R> = {}) {
    super('gaussian_nll', options, ['full', 'epsilon']);
    this.full = checkBoolean(options.full ?? false, 'full');
    this.epsilon = checkNumber(options.epsilon ?? 1e-6, 'epsilon');
    if (this.epsilon <= 0) throw outOfRange('epsilon', 'a number above 0', this.epsilon);
  }

  override parameters(): Spec['parameters'] {
    return { full: this.full, epsilon: this.epsilon };
  }
}
