import { checkInteger, checkNumber, defined, elementAt } from '../check';
import { epsilon } from '../epsilon';
import { invalidArgument, outOfRange, shapeMismatch } from '../errors';
import type { Spec } from '../native';
import { alignShapes, type TargetRule } from '../samples/rows';
import { isTypedArray, type Shape } from '../tensor';
import { type MetricResult, tensorOf } from './metric';
import { NativeMetric } from './native_metric';

/** One threshold or several. */
export type Thresholds = number | ArrayLike<number> | null;

/** One number for one threshold, a tensor for several. */
export type ThresholdResult<T extends Thresholds> = T extends ArrayLike<number> ? MetricResult : number;

/** Weights of the predictions at one threshold, by what they are and what was said. */
export interface Counts {
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

/** Which predictions are counted, and at which thresholds. */
export interface ThresholdRule {
  readonly thresholds: readonly number[];
  /** Whether they go from 0 to 1 in even steps. Default: as the numbers say */
  readonly even?: boolean;
  readonly topK?: number | null;
  readonly classId?: number | null;
  readonly fromLogits?: boolean;
  /** Whether each label is counted by itself. */
  readonly byLabel?: boolean;
}

/** Below every threshold: with `topK` alone, whatever is in the top k is predicted. */
const BELOW_ALL = -1e10;

/** A metric of counts at thresholds: what lies above one is predicted to be positive. */
export abstract class ThresholdMetric<R extends MetricResult> extends NativeMetric<R> {
  /** @internal */
  protected abstract readonly counted: ThresholdRule;

  override get rule(): TargetRule {
    const { topK = null, classId = null, byLabel = false } = this.counted;
    const alone = topK === null && classId === null && !byLabel;
    return { target: 'same', axis: alone ? null : -1, targetFix: 'Targets are 0 or 1 for each prediction.' };
  }

  protected override get weighsColumns(): boolean {
    return true;
  }

  override spec(): Spec {
    const { thresholds, even = areEven(thresholds), topK, classId, fromLogits = false, byLabel = false } = this.counted;
    return {
      name: 'threshold_counts',
      parameters: {
        top_k: topK ?? 0,
        class_id: classId ?? Number.NaN,
        from_logits: fromLogits,
        by_label: byLabel,
        even,
        thresholds: thresholds.toSorted((a, b) => a - b),
      },
    };
  }

  override checkShapes(yTrue: Shape, yPred: Shape): void {
    const { full } = alignShapes(this.rule, yTrue, yPred);
    const { topK = null, classId = null } = this.counted;
    const columns = full.at(-1) ?? 1;
    if (topK !== null && topK > columns) throw outOfRange('topK', `at most the ${columns} columns of yPred`, topK);
    if (classId === null) return;
    if (full.length < 2) throw shapeMismatch('yPred', '[batch, ..., classes], as there is a `classId`,', full);
    if (classId >= columns) throw outOfRange('classId', `a class from 0 to ${columns - 1}`, classId);
  }

  /** @internal The counts at each threshold, in the order that they were given in, of one label or of all together. */
  protected countsOf(state: Float64Array, label = 0): Counts[] {
    const { thresholds } = this.counted;
    const buckets = thresholds.length + 1;
    const above = (row: number): number[] => {
      const sums = Array.from(state.subarray(row * buckets, (row + 1) * buckets));
      for (let i = sums.length - 2; i >= 0; i--) sums[i] = elementAt(sums, i) + elementAt(sums, i + 1);
      return sums;
    };
    const [positive, negative] = [above(2 * label), above(2 * label + 1)];
    const sorted = thresholds.toSorted((a, b) => a - b);
    // The first of equal ones, which comes last here.
    const indices = new Map(sorted.map((threshold, i): [number, number] => [threshold, i + 1]).reverse());
    return thresholds.map((threshold) => {
      const index = defined(indices.get(threshold));
      const [tp, fp] = [elementAt(positive, index), elementAt(negative, index)];
      return { tp, fp, tn: elementAt(negative, 0) - fp, fn: elementAt(positive, 0) - tp };
    });
  }

  /** @internal A statistic at each threshold; a bare number where there is one threshold. */
  protected atThresholds(state: Float64Array, statistic: (counts: Counts) => number): MetricResult {
    const values = this.countsOf(state).map(statistic);
    return values.length === 1 ? elementAt(values, 0) : tensorOf(values, this.dtype);
  }
}

/** The option `thresholds` as a list. */
export function checkThresholds(thresholds: Thresholds | undefined, topK: number | null): number[] {
  if (thresholds === undefined || thresholds === null) return [topK === null ? 0.5 : BELOW_ALL];
  return typeof thresholds === 'number' ? [checkFraction(thresholds, 'thresholds')] : checkFractions(thresholds);
}

export function checkFractions(thresholds: ArrayLike<number>): number[] {
  const isList = Array.isArray(thresholds) || isTypedArray(thresholds);
  if (!isList || thresholds.length === 0) {
    throw invalidArgument('thresholds', 'a number, or an array of them,', thresholds);
  }
  return Array.from(thresholds, (threshold, i) => checkFraction(threshold, `thresholds[${i}]`));
}

/** A number from 0 to 1. */
export function checkFraction(value: unknown, argument: string): number {
  return checkNumber(value, argument, { min: 0, max: 1 });
}

export function checkTopK(topK: number | null | undefined): number | null {
  return topK === undefined || topK === null ? null : checkInteger(topK, 'topK', { min: 1 });
}

export function checkClassId(classId: number | null | undefined): number | null {
  return classId === undefined || classId === null ? null : checkInteger(classId, 'classId', { min: 0 });
}

/** Each has counts of its own, and a result reads them all. */
const MOST_THRESHOLDS = 2 ** 17;

/** How many thresholds there are. */
export function checkThresholdCount(count: number | undefined, least: number): number {
  return checkInteger(count ?? 200, 'numThresholds', { min: least, max: MOST_THRESHOLDS });
}

/** From 0 to 1, both included. */
export function evenThresholds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i / (count - 1));
}

/**
 * Thresholds among which Keras finds that of a prediction by a product, without comparing; the ends may lie just
 * outside.
 */
function areEven(thresholds: readonly number[]): boolean {
  if (thresholds.length < 3) return false;
  return thresholds.every((threshold, i) => {
    const wanted = i / (thresholds.length - 1);
    return Math.abs(Math.min(Math.max(threshold, 0), 1) - wanted) <= epsilon() + 1e-5 * wanted;
  });
}
