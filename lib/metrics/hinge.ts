import * as losses from '../losses';
import { LossMetric } from './loss_metric';
import type { MetricOptions } from './metric';

/**
 * The loss `Hinge` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.Hinge`.
 *
 * @example
 * ```ts
 * const metric = new metrics.Hinge();
 * metric.updateState([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]);
 * metric.result(); // 1.3
 * ```
 */
export class Hinge extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.Hinge, options);
  }
}

/**
 * The loss `SquaredHinge` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.SquaredHinge`.
 *
 * @example
 * ```ts
 * const metric = new metrics.SquaredHinge();
 * metric.updateState([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]);
 * metric.result(); // 1.86
 * ```
 */
export class SquaredHinge extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.SquaredHinge, options);
  }
}

/**
 * The loss `CategoricalHinge` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.CategoricalHinge`.
 *
 * @example
 * ```ts
 * const metric = new metrics.CategoricalHinge();
 * metric.updateState([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]);
 * metric.result(); // 1.4
 * ```
 */
export class CategoricalHinge extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(losses.CategoricalHinge, options);
  }
}
