import type { Args, PredictionUpdate } from './oracle/metrics_common';
import { add, map, multiply, type Nd, nd, sizeOf } from './oracle/ndarray';

/** One metric with its arguments, by Keras' names, and the kind of data that it takes. */
export interface MetricCase {
  readonly metric: string;
  readonly args?: Args;
  readonly data: keyof typeof DATA;
  /** Of float64, where the oracle and Keras' own float64 values differ. */
  readonly tolerance?: number;
}

/** Numbers in [0, 1) that look random and are the same in every run; floats, so that all precisions see the same. */
function sequence(length: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 32);
  });
}

/** Scores away from 0, 1 and every threshold that a test uses. */
function scores(shape: number[], seed: number): Nd {
  return nd(
    shape,
    sequence(sizeOf(shape), seed).map((value) => Math.fround(0.0213 + 0.951 * value)),
  );
}

function reals(shape: number[], seed: number): Nd {
  return nd(
    shape,
    sequence(sizeOf(shape), seed).map((value) => Math.fround(4 * value - 2)),
  );
}

function integers(shape: number[], below: number, seed: number): Nd {
  return nd(
    shape,
    sequence(sizeOf(shape), seed).map((value) => Math.floor(value * below)),
  );
}

function oneHot(indices: Nd, classes: number): Nd {
  const rows = Array.from(indices.data, (index) => Array.from({ length: classes }, (_, c) => (c === index ? 1 : 0)));
  return nd([...indices.shape, classes], rows.flat());
}

/** A length that leaves a tail behind whole vectors. */
export const ROWS = 33;
const CLASSES = 4;
const STEPS = 3;

const targets = reals([ROWS, CLASSES], 23);

/** Targets and predictions of one batch, by what they are. */
export const DATA = {
  yesNo: { yTrue: integers([ROWS, 1], 2, 1), yPred: scores([ROWS, 1], 2) },
  yesNoRank1: { yTrue: integers([ROWS], 2, 3), yPred: scores([ROWS], 4) },
  multiLabel: { yTrue: integers([ROWS, CLASSES], 2, 5), yPred: scores([ROWS, CLASSES], 6) },
  oneHot: { yTrue: oneHot(integers([ROWS], CLASSES, 7), CLASSES), yPred: scores([ROWS, CLASSES], 8) },
  indices: { yTrue: integers([ROWS], CLASSES, 9), yPred: scores([ROWS, CLASSES], 10) },
  indexSteps: { yTrue: integers([ROWS, STEPS], CLASSES, 11), yPred: scores([ROWS, STEPS, CLASSES], 12) },
  real: { yTrue: reals([ROWS, CLASSES], 13), yPred: reals([ROWS, CLASSES], 14) },
  realSteps: { yTrue: reals([ROWS, STEPS, 2], 15), yPred: reals([ROWS, STEPS, 2], 16) },
  /** Predictions not far from their targets. */
  close: {
    yTrue: targets,
    yPred: map(
      add(
        targets,
        map(reals([ROWS, CLASSES], 24), (value) => value / 4),
      ),
      Math.fround,
    ),
  },
  counts: { yTrue: integers([ROWS, CLASSES], 6, 35), yPred: scores([ROWS, CLASSES], 36) },
  signs: { yTrue: map(integers([ROWS, CLASSES], 2, 37), (bit) => 2 * bit - 1), yPred: reals([ROWS, CLASSES], 38) },
  logits: { yTrue: integers([ROWS, CLASSES], 2, 25), yPred: reals([ROWS, CLASSES], 26) },
  /** Scores also outside of [0, 1]. */
  beyond: { yTrue: integers([ROWS], 2, 29), yPred: reals([ROWS], 30) },
  /** Also labels that are no class. */
  classIds: { yTrue: map(integers([ROWS], CLASSES + 2, 27), (id) => id - 1), yPred: integers([ROWS], CLASSES, 28) },
  oneHotAndIds: { yTrue: oneHot(integers([ROWS], CLASSES, 31), CLASSES), yPred: integers([ROWS], CLASSES, 32) },
  sortedIds: { yTrue: integers([ROWS], 9, 33), yPred: integers([ROWS, 5], 9, 34) },
  equalOrNot: { yTrue: integers([ROWS, CLASSES], 2, 17), yPred: integers([ROWS, CLASSES], 2, 18) },
} as const satisfies Record<string, { yTrue: Nd; yPred: Nd }>;

const THRESHOLDS = [0.7, 0.15, 0.4];

export const CASES: readonly MetricCase[] = [
  { metric: 'Accuracy', data: 'equalOrNot' },
  { metric: 'BinaryAccuracy', data: 'yesNo' },
  { metric: 'BinaryAccuracy', data: 'multiLabel', args: { threshold: 0.3 } },
  { metric: 'CategoricalAccuracy', data: 'oneHot' },
  { metric: 'SparseCategoricalAccuracy', data: 'indices' },
  { metric: 'SparseCategoricalAccuracy', data: 'indexSteps' },
  { metric: 'TopKCategoricalAccuracy', data: 'oneHot', args: { k: 2 } },
  { metric: 'SparseTopKCategoricalAccuracy', data: 'indices', args: { k: 3 } },
  { metric: 'SparseTopKCategoricalAccuracy', data: 'indexSteps', args: { k: 2 } },
  { metric: 'SparseTopKCategoricalAccuracy', data: 'sortedIds', args: { k: 2, from_sorted_ids: true } },
  { metric: 'TruePositives', data: 'yesNo' },
  { metric: 'FalsePositives', data: 'multiLabel', args: { thresholds: THRESHOLDS } },
  { metric: 'TrueNegatives', data: 'yesNoRank1', args: { thresholds: 0.3 } },
  { metric: 'FalseNegatives', data: 'multiLabel', args: { thresholds: [0, 0.25, 0.5, 0.75, 1] } },
  { metric: 'TruePositives', data: 'beyond', args: { thresholds: [0, 0.5, 1] } },
  { metric: 'FalsePositives', data: 'beyond', args: { thresholds: [0, 0.4, 1] } },
  { metric: 'Precision', data: 'yesNo' },
  { metric: 'Precision', data: 'oneHot', args: { top_k: 2 } },
  { metric: 'Precision', data: 'multiLabel', args: { thresholds: THRESHOLDS, class_id: 1 } },
  { metric: 'Recall', data: 'yesNoRank1', args: { thresholds: [0.4] } },
  { metric: 'Recall', data: 'oneHot', args: { top_k: 3, thresholds: [0.3, 0.6], class_id: 0 } },
  { metric: 'SensitivityAtSpecificity', data: 'yesNo', args: { specificity: 0.6 } },
  { metric: 'SpecificityAtSensitivity', data: 'multiLabel', args: { sensitivity: 0.4, class_id: 2 } },
  { metric: 'PrecisionAtRecall', data: 'yesNo', args: { recall: 0.3, num_thresholds: 7 } },
  { metric: 'RecallAtPrecision', data: 'yesNo', args: { precision: 0.3, num_thresholds: 1 } },
  { metric: 'AUC', data: 'yesNoRank1' },
  { metric: 'AUC', data: 'yesNo', args: { num_thresholds: 2, summation_method: 'majoring' } },
  { metric: 'AUC', data: 'logits', args: { from_logits: true, curve: 'PR' } },
  { metric: 'AUC', data: 'yesNo', args: { curve: 'PR', summation_method: 'majoring' } },
  { metric: 'AUC', data: 'yesNo', args: { curve: 'PRGAIN' } },
  { metric: 'AUC', data: 'multiLabel', args: { thresholds: [0.15, 0.4, 0.7], summation_method: 'minoring' } },
  { metric: 'AUC', data: 'beyond', args: { num_thresholds: 11 } },
  { metric: 'AUC', data: 'multiLabel', args: { label_weights: [1, 0.5, 0, 3] } },
  { metric: 'AUC', data: 'multiLabel', args: { multi_label: true, curve: 'PR', num_labels: 4 } },
  { metric: 'AUC', data: 'multiLabel', args: { multi_label: true, label_weights: [1, 0.5, 0, 3] } },
  { metric: 'F1Score', data: 'oneHot' },
  { metric: 'F1Score', data: 'multiLabel', args: { average: 'weighted', threshold: 0.4 } },
  { metric: 'FBetaScore', data: 'oneHot', args: { average: 'micro', beta: 2.5 } },
  { metric: 'FBetaScore', data: 'multiLabel', args: { average: 'macro', beta: 0.5, threshold: 0.9 } },
  { metric: 'FBetaScore', data: 'multiLabel', args: { beta: 0.5, threshold: 0.6 } },
  { metric: 'IoU', data: 'classIds', args: { num_classes: 4, target_class_ids: [0, 3] } },
  { metric: 'IoU', data: 'indices', args: { num_classes: 4, target_class_ids: [1], sparse_y_pred: false } },
  { metric: 'BinaryIoU', data: 'yesNo', args: { target_class_ids: [1], threshold: 0.4 } },
  { metric: 'MeanIoU', data: 'classIds', args: { num_classes: 5, ignore_class: 2 } },
  { metric: 'OneHotIoU', data: 'oneHot', args: { num_classes: 4, target_class_ids: [0, 2], ignore_class: 1 } },
  { metric: 'OneHotMeanIoU', data: 'oneHot', args: { num_classes: 4 } },
  { metric: 'OneHotMeanIoU', data: 'oneHotAndIds', args: { num_classes: 4, sparse_y_pred: true } },
  { metric: 'R2Score', data: 'close' },
  { metric: 'R2Score', data: 'close', args: { class_aggregation: 'variance_weighted_average' } },
  { metric: 'R2Score', data: 'real', args: { class_aggregation: null } },
  { metric: 'PearsonCorrelation', data: 'real', tolerance: 1e-6 },
  { metric: 'ConcordanceCorrelation', data: 'realSteps', args: { axis: [1, 2] } },
  { metric: 'MeanSquaredError', data: 'real' },
  { metric: 'MeanAbsoluteError', data: 'realSteps' },
  { metric: 'RootMeanSquaredError', data: 'realSteps' },
  { metric: 'MeanAbsolutePercentageError', data: 'real' },
  { metric: 'MeanSquaredLogarithmicError', data: 'real' },
  { metric: 'LogCoshError', data: 'realSteps' },
  { metric: 'CosineSimilarity', data: 'real' },
  { metric: 'CosineSimilarity', data: 'realSteps', args: { axis: 1 } },
  { metric: 'KLDivergence', data: 'oneHot' },
  { metric: 'Poisson', data: 'counts' },
  { metric: 'Hinge', data: 'signs' },
  { metric: 'SquaredHinge', data: 'signs' },
  { metric: 'CategoricalHinge', data: 'oneHot' },
  { metric: 'BinaryCrossentropy', data: 'multiLabel', args: { label_smoothing: 0.1 } },
  { metric: 'CategoricalCrossentropy', data: 'oneHot', args: { from_logits: true } },
  { metric: 'SparseCategoricalCrossentropy', data: 'indices', args: { ignore_class: 2 } },
];

/** Weights and masks of the rows; weights of 0 among them. */
export const WEIGHTS: Readonly<Record<string, Pick<PredictionUpdate, 'sampleWeight' | 'mask'>>> = {
  none: {},
  weights: { sampleWeight: map(integers([ROWS], 5, 19), (value) => value / 2) },
  scalar: { sampleWeight: nd([], [2.5]) },
  mask: { mask: integers([ROWS], 2, 20) },
  both: { sampleWeight: scores([ROWS], 21), mask: integers([ROWS], 2, 22) },
};

/** Some rows of an array; scalars stay. */
export function rowsOf(x: Nd, indices: readonly number[]): Nd {
  if (x.shape.length === 0) return x;
  const size = sizeOf(x.shape.slice(1));
  const data = indices.flatMap((index) => Array.from(x.data.subarray(index * size, (index + 1) * size)));
  return nd([indices.length, ...x.shape.slice(1)], data);
}

export function batchOf(update: PredictionUpdate, indices: readonly number[]): PredictionUpdate {
  return {
    yTrue: rowsOf(update.yTrue, indices),
    yPred: rowsOf(update.yPred, indices),
    sampleWeight: update.sampleWeight ? rowsOf(update.sampleWeight, indices) : null,
    mask: update.mask ? rowsOf(update.mask, indices) : null,
  };
}

/** Here a mask is weights of 0 and 1 for every metric, which is more than Keras promises. */
export function maskAsWeights({ yTrue, yPred, sampleWeight, mask }: PredictionUpdate): PredictionUpdate {
  if (mask === undefined || mask === null) return { yTrue, yPred, sampleWeight: sampleWeight ?? null };
  return { yTrue, yPred, sampleWeight: sampleWeight ? multiply(sampleWeight, mask) : mask };
}
