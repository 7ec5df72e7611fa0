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

export interface CosineSimilarityMetricOptions extends MetricOptions {
  /** The axis of the vectors. Default: -1 */
  readonly axis?: number | undefined;
}

export type SparseCrossentropyMetricOptions = Omit<losses.SparseCrossentropyOptions, 'reduction'>;

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

/**
 * Mean cosine of the angle between targets and predictions: 1 where they point the same way, unlike the loss, which is -1
 * there.
 *
 * Formula: `mean(sum(l2(yTrue) l2(yPred)))` over `axis`, with `l2(x) = x / max(norm(x), epsilon())`. Shapes: equal. Defaults:
 * axis -1. Errors: as `updateState`. Source: `keras.metrics.CosineSimilarity`.
 *
 * @example
 * ```ts
 * const similarity = new metrics.CosineSimilarity();
 * similarity.updateState([[0, 1], [1, 1]], [[1, 0], [1, 1]]);
 * similarity.result(); // 0.5
 * ```
 */
export class CosineSimilarity extends LossMetric {
  override readonly direction = 'up';

  constructor(options: CosineSimilarityMetricOptions = {}) {
    super(losses.CosineSimilarity, options, ['axis']);
  }

  override resultOf(state: Float64Array): number {
    // A difference, as the negative of 0 would be -0.
    return 0 - super.resultOf(state);
  }
}

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
