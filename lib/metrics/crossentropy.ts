import * as losses from '../losses';
import { LossMetric } from './loss_metric';
import type { MetricOptions } from './metric';

export interface BinaryCrossentropyMetricOptions extends MetricOptions {
  /** Whether predictions are logits, not probabilities. Default: false */
  readonly fromLogits?: boolean | undefined;
  /** How far targets move towards the middle, from 0 to 1. Default: 0 */
  readonly labelSmoothing?: number | undefined;
}

export interface CategoricalCrossentropyMetricOptions extends BinaryCrossentropyMetricOptions {
  /** The axis of the classes. Default: -1 */
  readonly axis?: number | undefined;
}

export type SparseCrossentropyMetricOptions = Omit<losses.SparseCrossentropyOptions, 'reduction'>;

/**
 * The loss `BinaryCrossentropy` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.BinaryCrossentropy`.
 *
 * @example
 * ```ts
 * const metric = new metrics.BinaryCrossentropy();
 * metric.updateState([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]);
 * metric.result(); // 0.8149
 * ```
 */
export class BinaryCrossentropy extends LossMetric {
  constructor(options: BinaryCrossentropyMetricOptions = {}) {
    super(losses.BinaryCrossentropy, options, ['fromLogits', 'labelSmoothing']);
  }
}

/**
 * The loss `CategoricalCrossentropy` as a metric.
 *
 * Errors: as `updateState`. Source: `keras.metrics.CategoricalCrossentropy`.
 *
 * @example
 * ```ts
 * const metric = new metrics.CategoricalCrossentropy();
 * metric.updateState([[0, 1, 0], [0, 0, 1]], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]);
 * metric.result(); // 1.177
 * ```
 */
export class CategoricalCrossentropy extends LossMetric {
  constructor(options: CategoricalCrossentropyMetricOptions = {}) {
    super(losses.CategoricalCrossentropy, options, ['fromLogits', 'labelSmoothing', 'axis']);
  }
}

/**
 * The loss `SparseCategoricalCrossentropy` as a metric.
 *
 * Samples of `ignoreClass` have the value 0; with weights they do not count, without any they do, as in Keras. Errors: as
 * `updateState`. Source: `keras.metrics.SparseCategoricalCrossentropy`.
 *
 * @example
 * ```ts
 * const metric = new metrics.SparseCategoricalCrossentropy();
 * metric.updateState([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]);
 * metric.result(); // 1.177
 * ```
 */
export class SparseCategoricalCrossentropy extends LossMetric {
  constructor(options: SparseCrossentropyMetricOptions = {}) {
    super(losses.SparseCategoricalCrossentropy, options, ['fromLogits', 'ignoreClass', 'axis']);
  }
}
