import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

/**
 * The margin of binary predictions.
 *
 * Formula: `mean(max(1 - yTrue yPred, 0))` over the last axis; targets are -1 and 1, and become so where all in the
 * batch are 0 or 1. Shapes: `[batch, ...]` both; they broadcast. Defaults: reduction 'sum_over_batch_size'. Errors: as
 * `compute`. Source: `keras.losses.Hinge`.
 *
 * @example
 * ```ts
 * new Hinge().compute([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]); // 1.3
 * ```
 */
export class Hinge<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('hinge', options);
  }
}

/**
 * The squared margin of binary predictions.
 *
 * Formula: `mean(max(1 - yTrue yPred, 0)^2)` over the last axis; targets as those of `Hinge`. Shapes: `[batch, ...]`
 * both; they broadcast. Defaults: reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.SquaredHinge`.
 *
 * @example
 * ```ts
 * new SquaredHinge().compute([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]); // 1.86
 * ```
 */
export class SquaredHinge<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('squared_hinge', options);
  }
}

/**
 * Margin between the right class and the best of the others; targets are one-hot.
 *
 * Formula: `max(max((1 - yTrue) yPred) - sum(yTrue yPred) + 1, 0)` over the last axis. Shapes: `[batch, ..., classes]`
 * both; they broadcast. Defaults: reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.CategoricalHinge`.
 *
 * @example
 * ```ts
 * new CategoricalHinge().compute([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]); // 1.4
 * ```
 */
export class CategoricalHinge<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  constructor(options: LossOptions<R> = {}) {
    super('categorical_hinge', options);
  }
}
