import type { Config } from '../identifiers';
import type { MetricOptions } from './metric';
import {
  type Counts,
  checkThresholds,
  ThresholdMetric,
  type ThresholdResult,
  type ThresholdRule,
  type Thresholds,
} from './threshold_metric';

export interface ConfusionCountOptions<T extends Thresholds = Thresholds> extends MetricOptions {
  /** What lies above one is predicted to be positive; from 0 to 1. A list returns a count for each. Default: 0.5 */
  readonly thresholds?: T | undefined;
}

/** What the four counts share. */
abstract class ConfusionCount<T extends Thresholds> extends ThresholdMetric<ThresholdResult<T>> {
  /** As given. */
  readonly thresholds: Thresholds;
  protected override readonly counted: ThresholdRule;
  /** @internal */
  protected abstract readonly which: keyof Counts;

  constructor(options: ConfusionCountOptions<T> = {}) {
    super(options, ['thresholds']);
    this.thresholds = options.thresholds ?? null;
    this.counted = { thresholds: checkThresholds(options.thresholds, null) };
  }

  override resultOf(state: Float64Array): ThresholdResult<T> {
    return this.atThresholds(state, (counts) => counts[this.which]) as ThresholdResult<T>;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.thresholds };
  }
}

/**
 * Number of positive samples that were predicted to be positive.
 *
 * Formula: `sum(w [yTrue and yPred > threshold])`. Shapes: equal; weights of samples or of single predictions.
 * Defaults: threshold 0.5; a list returns a tensor. Errors: `ERR_OUT_OF_RANGE` for a threshold outside of [0, 1]; as
 * `updateState`. Source: `keras.metrics.TruePositives`.
 *
 * @example
 * ```ts
 * const count = new TruePositives();
 * count.updateState([0, 1, 1, 1], [1, 0, 1, 1]);
 * count.result(); // 2
 * ```
 */
export class TruePositives<T extends Thresholds = null> extends ConfusionCount<T> {
  protected override readonly which = 'tp';
}

/**
 * Number of negative samples that were predicted to be positive.
 *
 * Formula: `sum(w [not yTrue and yPred > threshold])`. Shapes: equal; weights of samples or of single predictions.
 * Defaults: threshold 0.5; a list returns a tensor. Errors: `ERR_OUT_OF_RANGE` for a threshold outside of [0, 1]; as
 * `updateState`. Source: `keras.metrics.FalsePositives`.
 *
 * @example
 * ```ts
 * const count = new FalsePositives();
 * count.updateState([0, 1, 0, 0], [0, 0, 1, 1]);
 * count.result(); // 2
 * ```
 */
export class FalsePositives<T extends Thresholds = null> extends ConfusionCount<T> {
  protected override readonly which = 'fp';
}

/**
 * Number of negative samples that were predicted to be negative.
 *
 * Formula: `sum(w [not yTrue and yPred <= threshold])`. Shapes: equal; weights of samples or of single predictions.
 * Defaults: threshold 0.5; a list returns a tensor. Errors: `ERR_OUT_OF_RANGE` for a threshold outside of [0, 1]; as
 * `updateState`. Source: `keras.metrics.TrueNegatives`.
 *
 * @example
 * ```ts
 * const count = new TrueNegatives();
 * count.updateState([0, 1, 0, 0], [1, 1, 0, 0]);
 * count.result(); // 2
 * ```
 */
export class TrueNegatives<T extends Thresholds = null> extends ConfusionCount<T> {
  protected override readonly which = 'tn';
}

/**
 * Number of positive samples that were predicted to be negative.
 *
 * Formula: `sum(w [yTrue and yPred <= threshold])`. Shapes: equal; weights of samples or of single predictions.
 * Defaults: threshold 0.5; a list returns a tensor. Errors: `ERR_OUT_OF_RANGE` for a threshold outside of [0, 1]; as
 * `updateState`. Source: `keras.metrics.FalseNegatives`.
 *
 * @example
 * ```ts
 * const count = new FalseNegatives();
 * count.updateState([0, 1, 1, 1], [0, 1, 0, 0]);
 * count.result(); // 2
 * ```
 */
export class FalseNegatives<T extends Thresholds = null> extends ConfusionCount<T> {
  protected override readonly which = 'fn';
}
