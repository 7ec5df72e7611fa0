import type { Config } from '../identifiers';
import type { MetricOptions } from './metric';
import { OperatingPoint, type OperatingPointOptions } from './operating_point';
import { precisionOf, recallOf } from './rates';
import {
  type Counts,
  checkClassId,
  checkThresholds,
  checkTopK,
  ThresholdMetric,
  type ThresholdResult,
  type ThresholdRule,
  type Thresholds,
} from './threshold_metric';

export interface PrecisionRecallOptions<T extends Thresholds = Thresholds> extends MetricOptions {
  /**
   * What lies above one is predicted to be positive; from 0 to 1. A list returns a value for each. Default: 0.5, or
   * everything that `topK` leaves.
   */
  readonly thresholds?: T | undefined;
  /** Only the largest so many predictions of a row can be positive. Default: null, all */
  readonly topK?: number | null | undefined;
  /** The only class that is looked at. Default: null, all */
  readonly classId?: number | null | undefined;
}

export interface PrecisionAtRecallOptions extends OperatingPointOptions {
  /** The least recall, from 0 to 1. */
  readonly recall: number;
}

export interface RecallAtPrecisionOptions extends OperatingPointOptions {
  /** The least precision, from 0 to 1. */
  readonly precision: number;
}

/** What precision and recall share. */
abstract class PrecisionRecall<T extends Thresholds> extends ThresholdMetric<ThresholdResult<T>> {
  override readonly direction = 'up';
  /** As given. */
  readonly thresholds: Thresholds;
  readonly topK: number | null;
  readonly classId: number | null;
  protected override readonly counted: ThresholdRule;

  constructor(options: PrecisionRecallOptions<T> = {}) {
    super(options, ['thresholds', 'topK', 'classId']);
    this.thresholds = options.thresholds ?? null;
    this.topK = checkTopK(options.topK);
    this.classId = checkClassId(options.classId);
    const thresholds = checkThresholds(options.thresholds, this.topK);
    this.counted = { thresholds, topK: this.topK, classId: this.classId };
  }

  override resultOf(state: Float64Array): ThresholdResult<T> {
    return this.atThresholds(state, this.statistic) as ThresholdResult<T>;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), thresholds: this.thresholds, top_k: this.topK, class_id: this.classId };
  }

  /** @internal */
  protected abstract readonly statistic: (counts: Counts) => number;
}

/**
 * The fraction of the positive predictions that are right.
 *
 * Formula: `TP / (TP + FP)`, 0 where nothing is predicted to be positive. Shapes: equal; weights of samples or of
 * single predictions. Defaults: threshold 0.5, or with `topK` all of the `topK` largest of a row, the first of equal
 * ones; a list of thresholds returns a tensor. Errors: `ERR_OUT_OF_RANGE` for a threshold outside of [0, 1] and for a
 * `topK` or `classId` beyond the columns; as `updateState`. Source: `keras.metrics.Precision`.
 *
 * @example
 * ```ts
 * const precision = new Precision();
 * precision.updateState([0, 1, 1, 1], [1, 0, 1, 1]);
 * precision.result(); // 0.6667
 * ```
 */
export class Precision<T extends Thresholds = null> extends PrecisionRecall<T> {
  protected override readonly statistic = precisionOf;
}

/**
 * The fraction of the positive samples that were predicted to be positive.
 *
 * Formula: `TP / (TP + FN)`, 0 where there are none. Shapes: equal; weights of samples or of single predictions.
 * Defaults: threshold 0.5, or with `topK` all of the `topK` largest of a row, the first of equal ones; a list of
 * thresholds returns a tensor. Errors: `ERR_OUT_OF_RANGE` for a threshold outside of [0, 1] and for a `topK` or
 * `classId` beyond the columns; as `updateState`. Source: `keras.metrics.Recall`.
 *
 * @example
 * ```ts
 * const recall = new Recall({ thresholds: [0.4, 0.7] });
 * recall.updateState([0, 1, 1, 1], [0.9, 0.3, 0.6, 0.8]);
 * (recall.result() as Tensor).toArray(); // [0.6667, 0.3333]
 * ```
 */
export class Recall<T extends Thresholds = null> extends PrecisionRecall<T> {
  protected override readonly statistic = recallOf;
}

/**
 * Best precision at a threshold whose recall is at least `recall`.
 *
 * Formula: `max(TP / (TP + FP))` over thresholds where `TP / (TP + FN) >= recall`; 0 where there is none. Shapes: equal.
 * Defaults: 200 thresholds, all classes. Errors: `ERR_INVALID_ARG` or `ERR_OUT_OF_RANGE` for a `recall` that is not a number
 * from 0 to 1 and for no thresholds; as `updateState`. Source: `keras.metrics.PrecisionAtRecall`.
 *
 * @example
 * ```ts
 * const precision = new PrecisionAtRecall({ recall: 0.5 });
 * precision.updateState([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]);
 * precision.result(); // 0.5
 * ```
 */
export class PrecisionAtRecall extends OperatingPoint {
  readonly recall = this.least;
  protected override readonly constrained = recallOf;
  protected override readonly wanted = precisionOf;

  constructor(options: PrecisionAtRecallOptions) {
    super(options, 'recall');
  }
}

/**
 * Best recall at a threshold whose precision is at least `precision`.
 *
 * Formula: `max(TP / (TP + FN))` over thresholds where `TP / (TP + FP) >= precision`; 0 where there is none. Shapes:
 * equal. Defaults: 200 thresholds, all classes. Errors: `ERR_INVALID_ARG` or `ERR_OUT_OF_RANGE` for a `precision` that
 * is not a number from 0 to 1 and for no thresholds; as `updateState`. Source: `keras.metrics.RecallAtPrecision`.
 *
 * @example
 * ```ts
 * const recall = new RecallAtPrecision({ precision: 0.8 });
 * recall.updateState([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]);
 * recall.result(); // 0.5
 * ```
 */
export class RecallAtPrecision extends OperatingPoint {
  readonly precision = this.least;
  protected override readonly constrained = precisionOf;
  protected override readonly wanted = recallOf;

  constructor(options: RecallAtPrecisionOptions) {
    super(options, 'precision');
  }
}
