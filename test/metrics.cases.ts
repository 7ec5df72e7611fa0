import type { Args, PredictionUpdate } from './oracle/metrics_common';
import { map, multiply, type Nd, nd, sizeOf } from './oracle/ndarray';

/** One metric with its arguments, by Keras' names, and the kind of data that it takes. */
export interface MetricCase {
  readonly metric: string;
  readonly args?: Args;
  readonly data: keyof typeof DATA;
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
  equalOrNot: { yTrue: integers([ROWS, CLASSES], 2, 17), yPred: integers([ROWS, CLASSES], 2, 18) },
} as const satisfies Record<string, { yTrue: Nd; yPred: Nd }>;

export const CASES: readonly MetricCase[] = [
  { metric: 'Accuracy', data: 'equalOrNot' },
  { metric: 'BinaryAccuracy', data: 'yesNo' },
  { metric: 'BinaryAccuracy', data: 'multiLabel', args: { threshold: 0.3 } },
  { metric: 'CategoricalAccuracy', data: 'oneHot' },
  { metric: 'SparseCategoricalAccuracy', data: 'indices' },
  { metric: 'SparseCategoricalAccuracy', data: 'indexSteps' },
  { metric: 'MeanSquaredError', data: 'real' },
  { metric: 'MeanAbsoluteError', data: 'realSteps' },
  { metric: 'RootMeanSquaredError', data: 'realSteps' },
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
export function rowsOf<T extends Nd | null | undefined>(x: T, indices: readonly number[]): T {
  if (x === null || x === undefined || x.shape.length === 0) return x;
  const size = sizeOf(x.shape.slice(1));
  const data = indices.flatMap((index) => Array.from(x.data.subarray(index * size, (index + 1) * size)));
  return nd([indices.length, ...x.shape.slice(1)], data) as T;
}

export function batchOf(update: PredictionUpdate, indices: readonly number[]): PredictionUpdate {
  return {
    yTrue: rowsOf(update.yTrue, indices),
    yPred: rowsOf(update.yPred, indices),
    sampleWeight: rowsOf(update.sampleWeight, indices),
    mask: rowsOf(update.mask, indices),
  };
}

/** Here a mask is weights of 0 and 1 for every metric, which is more than Keras promises. */
export function maskAsWeights({ yTrue, yPred, sampleWeight, mask }: PredictionUpdate): PredictionUpdate {
  if (mask === undefined || mask === null) return { yTrue, yPred, sampleWeight: sampleWeight ?? null };
  return { yTrue, yPred, sampleWeight: sampleWeight ? multiply(sampleWeight, mask) : mask };
}

export interface Misuse {
  readonly what: string;
  readonly metric: string;
  readonly args?: Args;
  /** Where the constructor is to pass. */
  readonly update?: readonly [yTrue: unknown, yPred: unknown, options?: object];
  readonly code: string;
}

export const MISUSE: readonly Misuse[] = [
  { what: 'an unknown option', metric: 'Accuracy', args: { treshold: 1 }, code: 'ERR_INVALID_ARG' },
  { what: 'an empty name', metric: 'Accuracy', args: { name: '' }, code: 'ERR_INVALID_ARG' },
  { what: 'an unknown dtype', metric: 'Mean', args: { dtype: 'int8' }, code: 'ERR_INVALID_ARG' },
  {
    what: 'targets of another shape',
    metric: 'CategoricalAccuracy',
    update: [[1], [[0.5, 0.5]]],
    code: 'ERR_SHAPE_MISMATCH',
  },
  {
    what: 'one-hot targets in place of indices',
    metric: 'SparseCategoricalAccuracy',
    update: [[[0, 1]], [[0.5, 0.5]]],
    code: 'ERR_SHAPE_MISMATCH',
  },
  {
    what: 'weights that do not broadcast',
    metric: 'MeanSquaredError',
    update: [[[1], [2]], [[1], [2]], { sampleWeight: [1, 2, 3] }],
    code: 'ERR_SHAPE_MISMATCH',
  },
  {
    what: 'an unknown option of an update',
    metric: 'MeanSquaredError',
    update: [[[1]], [[1]], { weights: [1] }],
    code: 'ERR_INVALID_ARG',
  },
  { what: 'what is no numbers', metric: 'Accuracy', update: ['a', 'b'], code: 'ERR_INVALID_ARG' },
];
