/** What the metric files share. A metric is a function of all updates since the last reset: no state. */

import { alignRanks } from './losses_common';
import { type Axes, at, broadcastShape, full, map2, mean, multiply, type Nd, sum } from './ndarray';

export type Args = Readonly<Record<string, unknown>>;

export type PredictionUpdate = {
  yTrue: Nd;
  yPred: Nd;
  sampleWeight?: Nd | null;
  /** 1 where an entry counts, 0 where it does not. As in Keras only the means of a function of y_pred see it. */
  mask?: Nd | null;
};

/** What Mean and Sum take. */
export type ValuesUpdate = { values: Nd; sampleWeight?: Nd | null };

export type MetricResult = number | number[];
export type PredictionMetric = (args: Args, updates: readonly PredictionUpdate[]) => MetricResult;

/** x / 0 is 0. */
export function divideNoNan(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

export function total(values: Nd | readonly number[]): number {
  return 'data' in values ? at(sum(values).data, 0) : values.reduce((result, value) => result + value, 0);
}

type Fold = (x: Nd, axes: Axes) => Nd;

/** Folds the axes from `first` on. */
function foldFrom(x: Nd, first: number, fold: Fold): Nd {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis >= first);
  return axes.length === 0 ? x : fold(x, axes);
}

/** Refuses what would make the shape larger. */
export function broadcastTo(x: Nd, shape: number[]): Nd {
  if (broadcastShape(x.shape, shape).join() !== shape.join()) {
    throw new RangeError(`Expected a shape that broadcasts to [${shape}], received [${x.shape}]`);
  }
  return map2(x, full(shape, 0), (value) => value);
}

/** One weighted value a sample, and its weight: the axes that the weights do not have are folded before weighting. */
function perSample({ values, sampleWeight }: ValuesUpdate, fold: Fold): { values: Nd; weights: Nd | null } {
  if (sampleWeight === undefined || sampleWeight === null) return { values: foldFrom(values, 1, fold), weights: null };
  const [alignedValues, alignedWeights] = alignRanks(values, sampleWeight);
  const folded = foldFrom(alignedValues, alignedWeights.shape.length, fold);
  const weights = broadcastTo(alignedWeights, folded.shape);
  return { values: foldFrom(multiply(folded, weights), 1, fold), weights: foldFrom(weights, 1, fold) };
}

export function weightedSum(updates: readonly ValuesUpdate[]): number {
  return total(updates.map((update) => total(perSample(update, sum).values)));
}

/** The mean over samples, not over batches: a batch counts by its length, or by its weights. A scalar counts as one. */
export function weightedMean(updates: readonly ValuesUpdate[]): number {
  const batches = updates.map((update) => {
    const { values, weights } = perSample(update, mean);
    return { value: total(values), count: weights === null ? (values.shape[0] ?? 1) : total(weights) };
  });
  return divideNoNan(total(batches.map(({ value }) => value)), total(batches.map(({ count }) => count)));
}
