import type { Config } from '../identifiers';
import type { MetricOptions } from './metric';
import { precisionOf, recallOf, specificityOf } from './rates';
import {
  type Counts,
  checkClassId,
  checkShare,
  checkThresholdCount,
  evenThresholds,
  ThresholdMetric,
  type ThresholdRule,
} from './threshold_metric';

/** What must be large enough. */
type Constraint = 'specificity' | 'sensitivity' | 'recall' | 'precision';

interface OperatingPointOptions extends MetricOptions {
  /** How many thresholds from 0 to 1 are tried. Default: 200 */
  readonly numThresholds?: number | undefined;
  /** The only class that is looked at. Default: null, all */
  readonly classId?: number | null | undefined;
}

export interface SensitivityAtSpecificityOptions extends OperatingPointOptions {
  /** The least specificity, from 0 to 1. */
  readonly specificity: number;
}

export interface SpecificityAtSensitivityOptions extends OperatingPointOptions {
  /** The least sensitivity, from 0 to 1. */
  readonly sensitivity: number;
}

export interface PrecisionAtRecallOptions extends OperatingPointOptions {
  /** The least recall, from 0 to 1. */
  readonly recall: number;
}

export interface RecallAtPrecisionOptions extends OperatingPointOptions {
  /** The least precision, from 0 to 1. */
  readonly precision: number;
}

/** The best of one statistic over the thresholds at which another is large enough. */
abstract class OperatingPoint extends ThresholdMetric<number> {
  override readonly direction = 'up';
  readonly numThresholds: number;
  readonly classId: number | null;
  protected override readonly counted: ThresholdRule;
  /** @internal */
  protected readonly least: number;
  /** @internal */
  protected abstract readonly constrained: (counts: Counts) => number;
  /** @internal */
  protected abstract readonly wanted: (counts: Counts) => number;
  readonly #own: Constraint;

  constructor(options: OperatingPointOptions & Partial<Record<Constraint, number>> = {}, own: Constraint) {
    super(options, [own, 'numThresholds', 'classId']);
    this.#own = own;
    this.least = checkShare(options[own], own);
    this.numThresholds = checkThresholdCount(options.numThresholds, 1);
    this.classId = checkClassId(options.classId);
    const single = this.numThresholds === 1;
    const thresholds = single ? [0.5] : evenThresholds(this.numThresholds);
    this.counted = { thresholds, even: !single, classId: this.classId };
  }

  override resultOf(state: Float64Array): number {
    // In the precision of the metric, so that 0.7 of the weight is not missed by the rounding of a sum.
    const round = (value: number): number => (this.dtype === 'float32' ? Math.fround(value) : value);
    const feasible = this.countsOf(state).filter((counts) => round(this.constrained(counts)) >= round(this.least));
    return feasible.map(this.wanted).reduce((best, value) => Math.max(best, value), 0);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      num_thresholds: this.numThresholds,
      class_id: this.classId,
      [this.#own]: this.least,
    };
  }
}

/**
 * Best sensitivity at a threshold whose specificity is at least `specificity`.
 *
 * Formula: `max(TP / (TP + FN))` over thresholds where `TN / (TN + FP) >= specificity`; 0 where there is none. Shapes:
 * equal. Defaults: 200 thresholds, all classes. Errors: `ERR_INVALID_ARG` or `ERR_OUT_OF_RANGE` for a `specificity`
 * that is no number from 0 to 1 and for no thresholds; as `updateState`. Source:
 * `keras.metrics.SensitivityAtSpecificity`.
 *
 * @example
 * ```ts
 * const sensitivity = new SensitivityAtSpecificity({ specificity: 0.5 });
 * sensitivity.updateState([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]);
 * sensitivity.result(); // 0.5
 * ```
 */
export class SensitivityAtSpecificity extends OperatingPoint {
  readonly specificity = this.least;
  protected override readonly constrained = specificityOf;
  protected override readonly wanted = recallOf;

  constructor(options: SensitivityAtSpecificityOptions) {
    super(options, 'specificity');
  }
}

/**
 * Best specificity at a threshold whose sensitivity is at least `sensitivity`.
 *
 * Formula: `max(TN / (TN + FP))` over thresholds where `TP / (TP + FN) >= sensitivity`; 0 where there is none. Shapes:
 * equal. Defaults: 200 thresholds, all classes. Errors: `ERR_INVALID_ARG` or `ERR_OUT_OF_RANGE` for a `sensitivity`
 * that is no number from 0 to 1 and for no thresholds; as `updateState`. Source:
 * `keras.metrics.SpecificityAtSensitivity`.
 *
 * @example
 * ```ts
 * const specificity = new SpecificityAtSensitivity({ sensitivity: 0.5 });
 * specificity.updateState([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]);
 * specificity.result(); // 0.6667
 * ```
 */
export class SpecificityAtSensitivity extends OperatingPoint {
  readonly sensitivity = this.least;
  protected override readonly constrained = recallOf;
  protected override readonly wanted = specificityOf;

  constructor(options: SpecificityAtSensitivityOptions) {
    super(options, 'sensitivity');
  }
}

/**
 * Best precision at a threshold whose recall is at least `recall`.
 *
 * Formula: `max(TP / (TP + FP))` over thresholds where `TP / (TP + FN) >= recall`; 0 where there is none. Shapes: equal.
 * Defaults: 200 thresholds, all classes. Errors: `ERR_INVALID_ARG` or `ERR_OUT_OF_RANGE` for a `recall` that is no number
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
 * is no number from 0 to 1 and for no thresholds; as `updateState`. Source: `keras.metrics.RecallAtPrecision`.
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
