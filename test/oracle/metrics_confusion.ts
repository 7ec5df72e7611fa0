/** Metrics from the counts of true and false positives and negatives at one or more thresholds. */

import { withDefaults } from './args';
import { alignRanks } from './losses_common';
import {
  broadcastTo,
  divideNoNan,
  type MetricResult,
  type PredictionMetric,
  type PredictionUpdate,
} from './metrics_common';
import { at, clip, expandLast, full, mapVectors, multiply, type Nd, nd, sameShape, squeezeLast } from './ndarray';

/** One entry of y_pred. */
export interface Sample {
  positive: boolean;
  score: number;
  weight: number;
  /** Its index along the last axis. */
  column: number;
}

export interface Counts {
  tp: number;
  fp: number;
  tn: number;
  fn: number;
}

/** Below every threshold, also below the one that top_k alone implies. */
const NOT_IN_TOP_K = -1e10;

/** Keeps the k largest of each row; of equal scores the first. */
function keepTopK(yPred: Nd, k: number): Nd {
  return mapVectors(yPred, -1, (scores) => {
    const order = scores.map((_, i) => i).sort((i, j) => at(scores, j) - at(scores, i) || i - j);
    const kept = new Set(order.slice(0, k));
    return scores.map((score, i) => (kept.has(i) ? score : NOT_IN_TOP_K));
  });
}

/** Weights a sample (N,), a label (N, C), or one scalar. */
function weightsLike(yPred: Nd, sampleWeight: Nd | null | undefined): Nd {
  if (sampleWeight === undefined || sampleWeight === null) return full(yPred.shape, 1);
  const expanded = expandLast(sampleWeight);
  return broadcastTo(expanded.shape.length === yPred.shape.length + 1 ? squeezeLast(expanded) : expanded, yPred.shape);
}

interface Selection {
  topK?: number | null;
  classId?: number | null;
  labelWeights?: readonly number[] | null;
}

export function samplesOf(updates: readonly PredictionUpdate[], selection: Selection = {}): Sample[] {
  const { topK = null, classId = null, labelWeights = null } = selection;
  return updates.flatMap(({ yTrue, yPred, sampleWeight }) => {
    const [aligned, t] = alignRanks(yPred, yTrue);
    if (!sameShape(aligned, t)) throw new RangeError(`Expected shape [${aligned.shape}], received [${t.shape}]`);
    if (classId !== null && aligned.shape.length < 2) throw new RangeError('Expected rank 2 with class_id');
    const p = topK === null ? aligned : keepTopK(aligned, topK);
    const weights = weightsLike(p, sampleWeight);
    const labels = labelWeights === null ? full([], 1) : nd([labelWeights.length], labelWeights);
    const byLabel = multiply(weights, broadcastTo(labels, p.shape));
    const columns = p.shape.at(-1) ?? 1;
    return Array.from(p.data, (score, i): Sample => {
      return { positive: at(t.data, i) !== 0, score, weight: at(byLabel.data, i), column: i % columns };
    }).filter((sample) => classId === null || sample.column === classId);
  });
}

/** A prediction is positive when its score is above the threshold, not at it. */
function countAt(samples: readonly Sample[], threshold: number): Counts {
  const counts = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (const { positive, score, weight } of samples) {
    const predicted = score > threshold;
    counts[predicted ? (positive ? 'tp' : 'fp') : positive ? 'fn' : 'tn'] += weight;
  }
  return counts;
}

/**
 * Keras buckets the scores when the thresholds lie evenly from 0 to 1, and clips them to [0, 1] for that. Compared here
 * without buckets: at a score equal to a threshold the float type decides, and tests should stay away from there.
 */
export function countsAt(samples: readonly Sample[], thresholds: readonly number[], even: boolean): Counts[] {
  const clipped = even ? samples.map((sample) => ({ ...sample, score: clip(sample.score, 0, 1) })) : samples;
  return thresholds.map((threshold) => countAt(clipped, threshold));
}

export function areEven(thresholds: readonly number[]): boolean {
  if (thresholds.length < 3) return false;
  return thresholds.every((threshold, i) => {
    const wanted = i / (thresholds.length - 1);
    return Math.abs(threshold - wanted) <= 1e-7 + 1e-5 * wanted;
  });
}

export function evenThresholds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i / (count - 1));
}

export const precisionOf = ({ tp, fp }: Counts): number => divideNoNan(tp, tp + fp);
export const recallOf = ({ tp, fn }: Counts): number => divideNoNan(tp, tp + fn);
const specificityOf = ({ tn, fp }: Counts): number => divideNoNan(tn, tn + fp);

const THRESHOLD_DEFAULTS = { thresholds: null as number | number[] | null };
const SELECTION_DEFAULTS = { ...THRESHOLD_DEFAULTS, top_k: null as number | null, class_id: null as number | null };

/** One number for one threshold, also for a list of one; else a list. */
function atThresholds(
  { thresholds, top_k, class_id }: typeof SELECTION_DEFAULTS,
  updates: readonly PredictionUpdate[],
  statistic: (counts: Counts) => number,
): MetricResult {
  // With top_k alone, whatever is in the top k is predicted.
  const list = [thresholds ?? (top_k === null ? 0.5 : NOT_IN_TOP_K)].flat();
  const samples = samplesOf(updates, { topK: top_k, classId: class_id });
  const results = countsAt(samples, list, areEven(list)).map(statistic);
  return results.length === 1 ? at(results, 0) : results;
}

function countMetric(which: keyof Counts): PredictionMetric {
  return (args, updates) => {
    const { thresholds } = withDefaults(args, THRESHOLD_DEFAULTS);
    return atThresholds({ thresholds, top_k: null, class_id: null }, updates, (counts) => counts[which]);
  };
}

function ratioMetric(statistic: (counts: Counts) => number): PredictionMetric {
  return (args, updates) => atThresholds(withDefaults(args, SELECTION_DEFAULTS), updates, statistic);
}

/** The largest `wanted` over the thresholds at which `constrained` is at least the argument of this name; 0 at none. */
function bestUnder(
  name: string,
  constrained: (counts: Counts) => number,
  wanted: (counts: Counts) => number,
): PredictionMetric {
  return (args, updates) => {
    const o = withDefaults(args, { [name]: NaN, num_thresholds: 200, class_id: null as number | null });
    const least = args[name];
    if (typeof least !== 'number') throw new TypeError(`${name} is missing`);
    const single = o.num_thresholds === 1;
    const thresholds = single ? [0.5] : evenThresholds(o.num_thresholds);
    const feasible = countsAt(samplesOf(updates, { classId: o.class_id }), thresholds, !single).filter(
      (counts) => constrained(counts) >= least,
    );
    return Math.max(0, ...feasible.map(wanted));
  };
}

export const CONFUSION_METRICS: Readonly<Record<string, PredictionMetric>> = {
  TruePositives: countMetric('tp'),
  FalsePositives: countMetric('fp'),
  TrueNegatives: countMetric('tn'),
  FalseNegatives: countMetric('fn'),
  Precision: ratioMetric(precisionOf),
  Recall: ratioMetric(recallOf),
  SensitivityAtSpecificity: bestUnder('specificity', specificityOf, recallOf),
  SpecificityAtSensitivity: bestUnder('sensitivity', recallOf, specificityOf),
  PrecisionAtRecall: bestUnder('recall', recallOf, precisionOf),
  RecallAtPrecision: bestUnder('precision', precisionOf, recallOf),
};
