import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

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
