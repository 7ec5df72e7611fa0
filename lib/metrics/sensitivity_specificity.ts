import { OperatingPoint, type OperatingPointOptions } from './operating_point';
import { recallOf, specificityOf } from './rates';

export interface SensitivityAtSpecificityOptions extends OperatingPointOptions {
  /** The least specificity, from 0 to 1. */
  readonly specificity: number;
}

export interface SpecificityAtSensitivityOptions extends OperatingPointOptions {
  /** The least sensitivity, from 0 to 1. */
  readonly sensitivity: number;
}

/**
 * Best sensitivity at a threshold whose specificity is at least `specificity`.
 *
 * Formula: `max(TP / (TP + FN))` over thresholds where `TN / (TN + FP) >= specificity`; 0 where there is none. Shapes:
 * equal. Defaults: 200 thresholds, all classes. Errors: `ERR_INVALID_ARG` or `ERR_OUT_OF_RANGE` for a `specificity`
 * that is not a number from 0 to 1 and for no thresholds; as `updateState`. Source:
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
 * that is not a number from 0 to 1 and for no thresholds; as `updateState`. Source:
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
