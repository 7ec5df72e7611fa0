import { checkNumber } from '../check';
import type { Spec } from '../native';
import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

export interface HuberOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** The error from which on the loss grows linearly, at least 0. Default: 1 */
  readonly delta?: number | undefined;
}

export interface QuantileOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** The fraction of targets that lie below the predictions, between 0 and 1, both excluded. Default: 0.5 */
  readonly quantile?: number | undefined;
}

/**
 * Mean of the squared differences.
 *
 * Formula: `mean((yTrue - yPred)^2)` over the last axis. Shapes: `[batch, ...]` both; they broadcast. Defaults:
 * reduction 'sum_over_batch_size'. Errors: as `compute`. Source: `keras.losses.MeanSquaredError`.
 *
 * @example
 * ```ts
 * new MeanSquaredError().compute([[0, 1], [0, 0]], [[1, 1], [1, 0]]); // 0.5
 * ```
 */
export class MeanSquaredError<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('mean_squared_error', options);
  }
}

/**
 * Mean of the absolute differences.
 *
 * Formula: `mean(abs(yTrue - yPred))` over the last axis. Shapes: `[batch, ...]` both; they broadcast. Defaults:
 * reduction 'sum_over_batch_size'. Errors: as `compute`. Source: `keras.losses.MeanAbsoluteError`.
 *
 * @example
 * ```ts
 * new MeanAbsoluteError().compute([[0, 1], [0, 0]], [[1, 1], [1, 0]]); // 0.5
 * ```
 */
export class MeanAbsoluteError<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('mean_absolute_error', options);
  }
}

/**
 * Mean of the absolute differences as percentages of the targets.
 *
 * Formula: `100 mean(abs(yTrue - yPred) / max(abs(yTrue), epsilon()))` over the last axis: huge where a target is 0.
 * Shapes: `[batch, ...]` both; they broadcast. Defaults: reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.MeanAbsolutePercentageError`.
 *
 * @example
 * ```ts
 * new MeanAbsolutePercentageError().compute([[2, 4]], [[1, 5]]); // 37.5
 * ```
 */
export class MeanAbsolutePercentageError<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('mean_absolute_percentage_error', options);
  }
}

/**
 * Mean of the squared differences of logarithms.
 *
 * Formula: `mean((ln(1 + max(yTrue, epsilon())) - ln(1 + max(yPred, epsilon())))^2)` over the last axis. Shapes:
 * `[batch, ...]` both; they broadcast. Defaults: reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.MeanSquaredLogarithmicError`.
 *
 * @example
 * ```ts
 * new MeanSquaredLogarithmicError().compute([[0, 1], [0, 0]], [[1, 1], [1, 0]]); // 0.24023
 * ```
 */
export class MeanSquaredLogarithmicError<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('mean_squared_logarithmic_error', options);
  }
}

/**
 * Squared for small errors, absolute for large ones.
 *
 * Formula: of the error e, `mean(e^2 / 2)` where `abs(e) <= delta`, else `delta abs(e) - delta^2 / 2`, over the last
 * axis. Shapes: `[batch, ...]` both; they broadcast. Defaults: delta 1, name 'huber_loss', reduction
 * 'sum_over_batch_size'. Errors: as `compute`; `ERR_OUT_OF_RANGE` for a negative delta. Source: `keras.losses.Huber`
 * (Huber 1964).
 *
 * @example
 * ```ts
 * new Huber().compute([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]); // 0.155
 * ```
 */
export class Huber<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  readonly delta: number;

  constructor(options: HuberOptions<R> = {}) {
    super('huber', options, ['delta'], 'huber_loss');
    this.delta = checkNumber(options.delta ?? 1, 'delta', { min: 0 });
  }

  override parameters(): Spec['parameters'] {
    return { delta: this.delta };
  }
}

/**
 * Logarithm of the hyperbolic cosine of the error: about squared for small errors, absolute for large ones.
 *
 * Formula: of the error e, `mean(ln(cosh(e)))` over the last axis, in a form that does not overflow. Shapes:
 * `[batch, ...]` both; they broadcast. Defaults: reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.LogCosh`.
 *
 * @example
 * ```ts
 * new LogCosh().compute([[0, 1], [0, 0]], [[1, 1], [0, 0]]); // 0.1084452
 * ```
 */
export class LogCosh<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('log_cosh', options);
  }
}

/**
 * Absolute error with a weight for each side, whose minimum is a quantile of the targets; also called pinball loss.
 *
 * Formula: of `e = yTrue - yPred`, `mean(max(quantile e, (quantile - 1) e))` over the last axis. Shapes: `[batch, ...]`
 * both; they broadcast. Defaults: quantile 0.5, which is half the absolute error, reduction 'sum_over_batch_size'.
 * Errors: as `compute`; `ERR_OUT_OF_RANGE` for another quantile. Source: Koenker & Bassett 1978; Keras has no such
 * loss.
 *
 * @example
 * ```ts
 * new Quantile({ quantile: 0.9 }).compute([[1, 5]], [[3, 4]]); // 0.55
 * ```
 */
export class Quantile<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  readonly quantile: number;

  constructor(options: QuantileOptions<R> = {}) {
    super('quantile', options, ['quantile']);
    this.quantile = checkNumber(options.quantile ?? 0.5, 'quantile', { min: 0, max: 1, open: true });
  }

  override parameters(): Spec['parameters'] {
    return { quantile: this.quantile };
  }
}
