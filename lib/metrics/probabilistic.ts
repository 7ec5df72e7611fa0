import * as losses from '../losses';
import { LossMetric } from './loss_metric';
import type { MetricOptions } from './metric';

/**
 * The loss `KLDivergence` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.KLDivergence`.
 *
 * @example
 * ```ts
 * const metric = new metrics.KLDivergence();
 * metric.updateState([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]);
 * metric.result(); // 0.4581
 * ```
 */
export class KLDivergence extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.KLDivergence, options);
  }
}

/**
 * The loss `Poisson` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.Poisson`.
 *
 * @example
 * ```ts
 * const metric = new metrics.Poisson();
 * metric.updateState([[0, 1], [0, 0]], [[1, 1], [0, 0]]);
 * metric.result(); // 0.5
 * ```
 */
export class Poisson extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.Poisson, options);
  }
}
