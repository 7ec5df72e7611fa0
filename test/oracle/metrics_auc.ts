/** AUC: a Riemann sum over a fixed list of thresholds, not the exact area. */

import { withDefaults } from './args';
import { divideNoNan, type PredictionMetric, total } from './metrics_common';
import {
  areEven,
  type Counts,
  countsAt,
  evenThresholds,
  precisionOf,
  recallOf,
  type Sample,
  samplesOf,
} from './metrics_confusion';
import { at, map, type Nd } from './ndarray';

const EPSILON = 1e-7;

/** Every value with the next one. */
function pairs<T>(values: readonly T[]): (readonly [T, T])[] {
  return values.flatMap((value, i) => {
    const next = values[i + 1];
    return next === undefined ? [] : [[value, next] as const];
  });
}

/** Davis and Goadrich: true and predicted positives are linear between two thresholds, the precision is not. */
function interpolatedPrecisionRecall(counts: readonly Counts[]): number {
  return total(
    pairs(counts).map(([low, high]) => {
      const truePositives = low.tp - high.tp;
      const before = low.tp + low.fp;
      const after = high.tp + high.fp;
      const slope = divideNoNan(truePositives, Math.max(before - after, 0));
      const intercept = high.tp - slope * after;
      const logarithm = before > 0 && after > 0 ? Math.log(before / after) : 0;
      return divideNoNan(slope * (truePositives + intercept * logarithm), Math.max(high.tp + high.fn, 0));
    }),
  );
}

interface Point {
  x: number;
  y: number;
}

/** Precision and recall on a scale where always answering "positive" has the value 0. */
function gains({ tp, fp, tn, fn }: Counts): Point {
  if (tp === 0) return { x: 0, y: 1 };
  const odds = divideNoNan(tp + fn, tn + fp);
  // A negative gain in recall is cut off.
  return { x: Math.max(1 - (odds * fn) / tp, 0), y: 1 - (odds * fp) / tp };
}

const CURVES: ReadonlyMap<string, (counts: Counts) => Point> = new Map([
  ['ROC', (counts: Counts) => ({ x: divideNoNan(counts.fp, counts.fp + counts.tn), y: recallOf(counts) })],
  ['PR', (counts: Counts) => ({ x: recallOf(counts), y: precisionOf(counts) })],
  ['PRGAIN', gains],
]);

const HEIGHTS: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ['interpolation', (a: number, b: number) => (a + b) / 2],
  ['minoring', (a: number, b: number) => Math.min(a, b)],
  ['majoring', (a: number, b: number) => Math.max(a, b)],
]);

function area(counts: readonly Counts[], curve: string, method: string): number {
  if (curve === 'PR' && method === 'interpolation') return interpolatedPrecisionRecall(counts);
  const point = CURVES.get(curve);
  const height = HEIGHTS.get(method);
  if (point === undefined || height === undefined) throw new RangeError(`Unknown curve ${curve} or method ${method}`);
  return total(pairs(counts.map(point)).map(([a, b]) => (a.x - b.x) * height(a.y, b.y)));
}

const AUC_DEFAULTS = {
  num_thresholds: 200,
  curve: 'ROC',
  summation_method: 'interpolation',
  thresholds: null as number[] | null,
  multi_label: false,
  num_labels: null as number | null,
  label_weights: null as number[] | null,
  from_logits: false,
};

/** The ends lie outside [0, 1], so that a score of exactly 0 or 1 is on the inner side. */
function thresholdsOf({ thresholds, num_thresholds }: typeof AUC_DEFAULTS): { list: number[]; even: boolean } {
  const own = thresholds === null ? null : [...thresholds].sort((a, b) => a - b);
  const inner = own ?? evenThresholds(num_thresholds).slice(1, -1);
  return { list: [-EPSILON, ...inner, 1 + EPSILON], even: own === null || areEven([0, ...inner, 1]) };
}

function sigmoid(x: Nd): Nd {
  return map(x, (value) => 1 / (1 + Math.exp(-value)));
}

export const auc: PredictionMetric = (args, updates) => {
  const o = withDefaults(args, AUC_DEFAULTS);
  const { list, even } = thresholdsOf(o);
  const probabilities = updates.map((update) => {
    return o.from_logits ? { ...update, yPred: sigmoid(update.yPred) } : update;
  });
  const areaOf = (samples: readonly Sample[]): number => {
    return area(countsAt(samples, list, even), o.curve.toUpperCase(), o.summation_method.toLowerCase());
  };
  if (!o.multi_label) return areaOf(samplesOf(probabilities, { labelWeights: o.label_weights }));

  // An area a label; the label weights are for their mean only.
  const samples = samplesOf(probabilities);
  const labels = [...new Set(samples.map(({ column }) => column))];
  const areas = labels.map((label) => areaOf(samples.filter(({ column }) => column === label)));
  const weights = o.label_weights ?? labels.map(() => 1);
  return divideNoNan(total(areas.map((value, i) => value * at(weights, i))), total(weights));
};
