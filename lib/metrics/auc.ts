import { checkBoolean, checkInteger, checkNumber, checkOneOf, elementAt } from '../check';
import { epsilon } from '../epsilon';
import { invalidArgument, shapeMismatch } from '../errors';
import type { Config } from '../identifiers';
import { alignShapes } from '../samples/rows';
import { isTypedArray, type Shape } from '../tensor';
import { areaUnder, CURVES, type CurveName, SUMMATION_METHODS, type SummationMethod } from './areas';
import { type MetricOptions, meanOf, sumOf } from './metric';
import {
  type Counts,
  checkFractions,
  checkThresholdCount,
  evenThresholds,
  ThresholdMetric,
  type ThresholdRule,
} from './threshold_metric';

export interface AUCOptions extends MetricOptions {
  /** How many thresholds the curve is drawn through. Default: 200 */
  readonly numThresholds?: number | undefined;
  /** Default: 'ROC' */
  readonly curve?: CurveName | Lowercase<CurveName> | undefined;
  /** Default: 'interpolation' */
  readonly summationMethod?: SummationMethod | undefined;
  /** Thresholds from 0 to 1, instead of evenly spaced ones. Default: null */
  readonly thresholds?: ArrayLike<number> | null | undefined;
  /** Whether each label has an area of its own, of which the mean is taken. Default: false */
  readonly multiLabel?: boolean | undefined;
  /** The number of labels with `multiLabel`. Default: null, as many as the data has */
  readonly numLabels?: number | null | undefined;
  /** A weight for each label: of its area with `multiLabel`, else of its predictions. Default: null, all 1 */
  readonly labelWeights?: ArrayLike<number> | null | undefined;
  /** Whether predictions are logits, not probabilities. Default: false */
  readonly fromLogits?: boolean | undefined;
}

const OWN = [
  'numThresholds',
  'curve',
  'summationMethod',
  'thresholds',
  'multiLabel',
  'numLabels',
  'labelWeights',
  'fromLogits',
];

/**
 * Area under a curve that is drawn through thresholds: of sensitivity over the rate of false positives ('ROC'), of
 * precision over recall ('PR'), or of the same on scales of gain over always answering yes ('PRGAIN').
 *
 * Formula: a Riemann sum, with trapezoids ('interpolation'; for 'PR' with true and predicted positives linear between
 * two thresholds, as Davis and Goadrich 2006), with the lower ('minoring') or the upper ends ('majoring'). The
 * thresholds are even and end just outside of [0, 1]. Shapes: equal; `[batch, labels]` with `multiLabel`. Defaults: 200
 * thresholds, 'ROC', 'interpolation', one area, no weights of labels, probabilities. Errors: `ERR_OUT_OF_RANGE` for
 * fewer than two thresholds and for thresholds outside of [0, 1], `ERR_INVALID_ARG` for `numLabels` without
 * `multiLabel`; as `updateState`. Source: `keras.metrics.AUC`.
 *
 * @example
 * ```ts
 * const area = new AUC({ numThresholds: 3 });
 * area.updateState([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]);
 * area.result(); // 0.75
 * ```
 */
export class AUC extends ThresholdMetric<number> {
  override readonly direction = 'up';
  /** With the two just outside of [0, 1]. */
  readonly thresholds: readonly number[];
  readonly curve: CurveName;
  readonly summationMethod: SummationMethod;
  readonly multiLabel: boolean;
  readonly numLabels: number | null;
  readonly labelWeights: readonly number[] | null;
  readonly fromLogits: boolean;
  readonly #given: boolean;

  constructor(options: AUCOptions = {}) {
    super(options, OWN);
    const own = options.thresholds ?? null;
    const inner =
      own === null ? evenThresholds(checkThresholdCount(options.numThresholds, 2)).slice(1, -1) : checkOwn(own);
    this.#given = own !== null;
    this.thresholds = [-epsilon(), ...inner, 1 + epsilon()];
    this.curve = checkOneOf(upperCase(options.curve ?? 'ROC'), 'curve', CURVES);
    this.summationMethod = checkOneOf(
      lowerCase(options.summationMethod ?? 'interpolation'),
      'summationMethod',
      SUMMATION_METHODS,
    );
    this.multiLabel = checkBoolean(options.multiLabel ?? false, 'multiLabel');
    this.numLabels = options.numLabels ?? null;
    if (this.numLabels !== null) {
      checkInteger(this.numLabels, 'numLabels', { min: 1 });
      if (!this.multiLabel) throw invalidArgument('numLabels', 'null without `multiLabel`', this.numLabels);
    }
    this.labelWeights = checkLabelWeights(options.labelWeights ?? null);
    this.fromLogits = checkBoolean(options.fromLogits ?? false, 'fromLogits');
  }

  override checkShapes(yTrue: Shape, yPred: Shape): void {
    super.checkShapes(yTrue, yPred);
    const { full } = alignShapes(this.rule, yTrue, yPred);
    const ranked = this.multiLabel ? full.length === 2 : this.labelWeights === null || full.length >= 2;
    if (!ranked) throw shapeMismatch('yPred', '[batch, labels]', full);
    const labels = this.numLabels ?? this.labelWeights?.length;
    for (const wanted of [labels, this.labelWeights?.length]) {
      if (wanted !== undefined && wanted !== full.at(-1)) throw shapeMismatch('yPred', `${wanted} labels`, full);
    }
  }

  override resultOf(state: Float64Array): number {
    const labels = state.length / (2 * (this.thresholds.length + 1));
    const counts = Array.from({ length: labels }, (_, label) => this.countsOf(state, label));
    const weights = counts.map((_, label) => this.labelWeights?.[label] ?? 1);
    if (!this.multiLabel) return this.#areaOf(together(counts, weights));
    const areas = counts.map((ofLabel, label) => this.#areaOf(ofLabel) * elementAt(weights, label));
    return meanOf(sumOf(areas), sumOf(weights));
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      num_thresholds: this.thresholds.length,
      curve: this.curve,
      summation_method: this.summationMethod,
      multi_label: this.multiLabel,
      num_labels: this.numLabels,
      label_weights: this.labelWeights,
      from_logits: this.fromLogits,
      ...(this.#given ? { thresholds: this.thresholds.slice(1, -1) } : {}),
    };
  }

  protected override get counted(): ThresholdRule {
    const { thresholds, fromLogits } = this;
    const byLabel = this.multiLabel || this.labelWeights !== null;
    return { thresholds, fromLogits, byLabel, ...(this.#given ? {} : { even: true }) };
  }

  #areaOf(counts: readonly Counts[]): number {
    return areaUnder(this.curve, this.summationMethod, counts);
  }
}

function checkOwn(thresholds: ArrayLike<number>): number[] {
  return checkFractions(thresholds).sort((a, b) => a - b);
}

function checkLabelWeights(weights: ArrayLike<number> | null): number[] | null {
  if (weights === null) return null;
  if (!(Array.isArray(weights) || isTypedArray(weights)) || weights.length === 0) {
    throw invalidArgument('labelWeights', 'an array with a weight for each label', weights);
  }
  return Array.from(weights, (weight, label) => checkNumber(weight, `labelWeights[${label}]`, { min: 0 }));
}

function upperCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toUpperCase() : value;
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** The counts of all labels as one, by their weights. */
function together(counts: readonly (readonly Counts[])[], weights: readonly number[]): Counts[] {
  const [first = []] = counts;
  return first.map((_, index) => {
    const sum = (which: keyof Counts): number =>
      sumOf(counts.map((ofLabel, label) => elementAt(weights, label) * elementAt(ofLabel, index)[which]));
    return { tp: sum('tp'), fp: sum('fp'), tn: sum('tn'), fn: sum('fn') };
  });
}
