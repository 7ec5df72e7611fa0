/** Metrics with sums of their own: F scores, the IoU family, R2. */

import { withDefaults } from './args';
import { alignRanks } from './losses_common';
import { argmax } from './metrics_accuracy';
import {
  type Args,
  broadcastTo,
  type MetricResult,
  type PredictionMetric,
  type PredictionUpdate,
  total,
} from './metrics_common';
import { at, expandLast, full, map, map2, max, multiply, type Nd, subtract, sum } from './ndarray';

const EPSILON = 1e-7;

/** A weight for every entry of a matrix; (N,) weighs rows, everything else broadcasts. */
function entryWeights(sampleWeight: Nd | null | undefined, shape: number[]): Nd {
  if (sampleWeight === undefined || sampleWeight === null) return full(shape, 1);
  return broadcastTo(sampleWeight.shape.length === 1 ? expandLast(sampleWeight) : sampleWeight, shape);
}

function requireMatrix({ yPred }: PredictionUpdate): void {
  if (yPred.shape.length !== 2) throw new RangeError(`Expected rank 2, received shape [${yPred.shape}]`);
}

const F_DEFAULTS = { average: null as string | null, beta: 1, threshold: null as number | null };

/** Without a threshold every maximum of a row is predicted, but never a 0. */
function predicted(yPred: Nd, threshold: number | null): Nd {
  if (threshold !== null) return map(yPred, (score) => (score > threshold ? 1 : 0));
  return map2(yPred, max(yPred, -1, true), (score, best) => (score >= best && Math.abs(score) > 1e-9 ? 1 : 0));
}

/** Sums over rows ('micro': over everything) and over the updates. */
function summed(terms: readonly Nd[], micro: boolean): number[] {
  const sums = terms.map((term) => sum(term, micro ? null : 0).data);
  return Array.from(sums[0] ?? [], (_, i) => total(sums.map((values) => at(values, i))));
}

function fScore({ average, beta, threshold }: typeof F_DEFAULTS, updates: readonly PredictionUpdate[]): MetricResult {
  if (updates.length === 0) return 0;
  updates.forEach(requireMatrix);
  const count = (term: (label: number, prediction: number) => number): number[] => {
    const terms = updates.map(({ yTrue, yPred, sampleWeight }) => {
      return multiply(map2(yTrue, predicted(yPred, threshold), term), entryWeights(sampleWeight, yPred.shape));
    });
    return summed(terms, average === 'micro');
  };
  const tp = count((t, p) => t * p);
  const fp = count((t, p) => (1 - t) * p);
  const fn = count((t, p) => t * (1 - p));
  const support = count((t) => t);
  const scores = tp.map((hits, i) => {
    const precision = hits / (hits + at(fp, i) + EPSILON);
    const recall = hits / (hits + at(fn, i) + EPSILON);
    return ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall + EPSILON);
  });
  if (average === null) return scores;
  if (average !== 'weighted') return total(scores) / scores.length;
  return total(scores.map((score, i) => score * at(support, i))) / (total(support) + EPSILON);
}

const fBetaScore: PredictionMetric = (args, updates) => fScore(withDefaults(args, F_DEFAULTS), updates);

const f1Score: PredictionMetric = (args, updates) => {
  const { average, threshold } = F_DEFAULTS;
  return fScore({ ...withDefaults(args, { average, threshold }), beta: 1 }, updates);
};

interface IouOptions {
  num_classes: number;
  target_class_ids: number[];
  ignore_class: number | null;
  sparse_y_true: boolean;
  sparse_y_pred: boolean;
  axis: number;
}

/** Rows are labels, columns predictions; a pair outside of the classes does not count. */
function confusionMatrix(o: IouOptions, updates: readonly PredictionUpdate[]): number[][] {
  const cells = Array.from({ length: o.num_classes }, () => Array.from({ length: o.num_classes }, () => 0));
  for (const { yTrue, yPred, sampleWeight } of updates) {
    const labels = (o.sparse_y_true ? yTrue : argmax(yTrue, o.axis)).data;
    const predictions = (o.sparse_y_pred ? yPred : argmax(yPred, o.axis)).data;
    const weights = sampleWeight?.data ?? [1];
    labels.forEach((label, i) => {
      const row = cells[Math.trunc(label)];
      const column = Math.trunc(at(predictions, i));
      if (row === undefined || row[column] === undefined || label === o.ignore_class) return;
      row[column] = at(row, column) + at(weights, weights.length === 1 ? 0 : i);
    });
  }
  return cells;
}

/** The mean over those target classes that occur as a label or a prediction. */
function meanIou(o: IouOptions, updates: readonly PredictionUpdate[]): number {
  const cells = confusionMatrix(o, updates);
  const classes = o.target_class_ids.map((id) => {
    const row = cells[id] ?? [];
    const intersection = at(row, id);
    return { intersection, union: total(row) + total(cells.map((other) => at(other, id))) - intersection };
  });
  const valid = classes.filter(({ union }) => union > 1e-9).length;
  return total(classes.map(({ intersection, union }) => intersection / (union + EPSILON))) / (valid + EPSILON);
}

const IOU_DEFAULTS = {
  num_classes: NaN,
  ignore_class: null as number | null,
  sparse_y_true: true,
  sparse_y_pred: true,
  axis: -1,
};
const ONE_HOT_DEFAULTS = { num_classes: NaN, ignore_class: null as number | null, sparse_y_pred: false, axis: -1 };
const TARGETS = { target_class_ids: [] as number[] };

function allClasses(count: number): number[] {
  return Array.from({ length: count }, (_, id) => id);
}

const iou: PredictionMetric = (args, updates) => meanIou(withDefaults(args, { ...IOU_DEFAULTS, ...TARGETS }), updates);

const meanIouMetric: PredictionMetric = (args, updates) => {
  const o = withDefaults(args, IOU_DEFAULTS);
  return meanIou({ ...o, target_class_ids: allClasses(o.num_classes) }, updates);
};

const oneHotIou: PredictionMetric = (args, updates) => {
  return meanIou({ ...withDefaults(args, { ...ONE_HOT_DEFAULTS, ...TARGETS }), sparse_y_true: false }, updates);
};

const oneHotMeanIou: PredictionMetric = (args, updates) => {
  const o = withDefaults(args, ONE_HOT_DEFAULTS);
  return meanIou({ ...o, target_class_ids: allClasses(o.num_classes), sparse_y_true: false }, updates);
};

/** Here a score at the threshold is positive, unlike everywhere else. */
const binaryIou: PredictionMetric = (args, updates) => {
  const { target_class_ids, threshold } = withDefaults(args, { target_class_ids: [0, 1], threshold: 0.5 });
  const classes = updates.map((update) => {
    return { ...update, yPred: map(update.yPred, (score) => (score >= threshold ? 1 : 0)) };
  });
  return meanIou({ ...IOU_DEFAULTS, num_classes: 2, target_class_ids }, classes);
};

/** The adjusted score; with too few samples for it the plain one. */
function adjusted(score: number, samples: number, regressors: number): number {
  if (regressors === 0 || regressors >= samples - 1) return score;
  return 1 - ((1 - score) * (samples - 1)) / (samples - regressors - 1);
}

const r2Score = (args: Args, updates: readonly PredictionUpdate[]): MetricResult => {
  const o = withDefaults(args, { class_aggregation: 'uniform_average' as string | null, num_regressors: 0 });
  if (updates.length === 0) return 0;
  const batches = updates.map((update) => {
    const [t, p] = alignRanks(update.yTrue, update.yPred);
    requireMatrix({ yTrue: t, yPred: p });
    const w = entryWeights(update.sampleWeight, t.shape);
    return { t, w, residual: map(subtract(t, p), (error) => error ** 2) };
  });
  const sums = summed(
    batches.map(({ t, w }) => multiply(t, w)),
    false,
  );
  const squares = summed(
    batches.map(({ t, w }) => multiply(multiply(t, t), w)),
    false,
  );
  const residuals = summed(
    batches.map(({ residual, w }) => multiply(residual, w)),
    false,
  );
  const counts = summed(
    batches.map(({ w }) => w),
    false,
  );
  const variation = squares.map((square, i) => square - at(sums, i) * (at(sums, i) / at(counts, i)));
  const scores = residuals.map((residual, i) => {
    const score = 1 - residual / at(variation, i);
    return Math.abs(score) === Infinity ? 0 : score;
  });
  const rows = total(batches.map(({ t }) => at(t.shape, 0)));
  if (o.class_aggregation === null) return scores.map((score) => adjusted(score, rows, o.num_regressors));
  const weighted = o.class_aggregation === 'variance_weighted_average';
  const weights = weighted ? variation : scores.map(() => 1);
  const average = total(scores.map((score, i) => score * at(weights, i))) / total(weights);
  return adjusted(average, rows, o.num_regressors);
};

export const SCORE_METRICS: Readonly<Record<string, PredictionMetric>> = {
  F1Score: f1Score,
  FBetaScore: fBetaScore,
  IoU: iou,
  BinaryIoU: binaryIou,
  MeanIoU: meanIouMetric,
  OneHotIoU: oneHotIou,
  OneHotMeanIoU: oneHotMeanIou,
  R2Score: r2Score,
};
