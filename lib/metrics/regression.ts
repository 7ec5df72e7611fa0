import * as losses from '../losses';
import { LossMetric } from './loss_metric';
import type { MetricOptions } from './metric';

/**
 * Mean of squared differences: the loss `MeanSquaredError` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.MeanSquaredError`.
 *
 * @example
 * ```ts
 * const metric = new metrics.MeanSquaredError();
 * metric.updateState([[0, 1], [0, 0]], [[1, 1], [0, 0]]);
 * metric.result(); // 0.25
 * ```
 */
export class MeanSquaredError extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.MeanSquaredError, options);
  }
}

/**
 * Mean of absolute differences: the loss `MeanAbsoluteError` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.MeanAbsoluteError`.
 *
 * @example
 * ```ts
 * const metric = new metrics.MeanAbsoluteError();
 * metric.updateState([[0, 1], [0, 0]], [[1, 1], [0, 0]]);
 * metric.result(); // 0.25
 * ```
 */
export class MeanAbsoluteError extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.MeanAbsoluteError, options);
  }
}

/**
 * The loss `MeanAbsolutePercentageError` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.MeanAbsolutePercentageError`.
 *
 * @example
 * ```ts
 * const metric = new metrics.MeanAbsolutePercentageError();
 * metric.updateState([[2, 4]], [[1, 5]]);
 * metric.result(); // 37.5
 * ```
 */
export class MeanAbsolutePercentageError extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.MeanAbsolutePercentageError, options);
  }
}

/**
 * The loss `MeanSquaredLogarithmicError` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.MeanSquaredLogarithmicError`.
 *
 * @example
 * ```ts
 * const metric = new metrics.MeanSquaredLogarithmicError();
 * metric.updateState([[0, 1], [0, 0]], [[1, 1], [0, 0]]);
 * metric.result(); // 0.1201
 * ```
 */
export class MeanSquaredLogarithmicError extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.MeanSquaredLogarithmicError, options);
  }
}
