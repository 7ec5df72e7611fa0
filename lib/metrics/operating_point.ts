import type { Config } from '../identifiers';
import type { MetricOptions } from './metric';
import {
  type Counts,
  checkClassId,
  checkFraction,
  checkThresholdCount,
  evenThresholds,
  ThresholdMetric,
  type ThresholdRule,
} from './threshold_metric';

/** What must be large enough. */
type Constraint = 'specificity' | 'sensitivity' | 'recall' | 'precision';

export interface OperatingPointOptions extends MetricOptions {
  /** How many thresholds from 0 to 1 are tried. Default: 200 */
  readonly numThresholds?: number | undefined;
  /** The only class that is looked at. Default: null, all */
  readonly classId?: number | null | undefined;
}

/** The best of one statistic over the thresholds at which another is large enough. */
export abstract class OperatingPoint extends ThresholdMetric<number> {
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
    this.least = checkFraction(options[own], own);
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
