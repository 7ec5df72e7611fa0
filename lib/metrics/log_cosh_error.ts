import { LogCosh } from '../losses';
import { LossMetric } from './loss_metric';
import type { MetricOptions } from './metric';

/**
 * The loss `LogCosh` as a metric, named 'logcosh'.
 *
 * Errors: as `updateState`. Source: `keras.metrics.LogCoshError`.
 *
 * @example
 * ```ts
 * const metric = new LogCoshError();
 * metric.updateState([[0, 1], [0, 0]], [[1, 1], [0, 0]]);
 * metric.result(); // 0.1084
 * ```
 */
export class LogCoshError extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(LogCosh, options, [], 'logcosh');
  }
}
