/** The functions whose mean over the samples is a metric, other than the losses: accuracies and correlations. */

import { withDefaults } from './args';
import { alignRanks } from './losses_common';
import type { Args } from './metrics_common';
import {
  type Axes,
  add,
  at,
  divide,
  map,
  map2,
  mapVectors,
  mean,
  multiply,
  type Nd,
  nd,
  reshape,
  squeezeLast,
  subtract,
  sum,
} from './ndarray';

export type SampleFunction = (args: Args, yTrue: Nd, yPred: Nd) => Nd;

const EPSILON = 1e-7;

/** The index of the first maximum along an axis; as in numpy NaN is larger than everything. */
export function argmax(x: Nd, axis = -1): Nd {
  const indices = mapVectors(x, axis, (vector) => {
    const notANumber = vector.findIndex(Number.isNaN);
    return [notANumber === -1 ? vector.indexOf(Math.max(...vector)) : notANumber];
  });
  return sum(indices, axis);
}

function equal(a: Nd, b: Nd): Nd {
  return map2(a, b, (x, y) => (x === y ? 1 : 0));
}

const accuracy: SampleFunction = (args, yTrue, yPred) => {
  withDefaults(args, {});
  return mean(equal(...alignRanks(yTrue, yPred)), -1);
};

const binaryAccuracy: SampleFunction = (args, yTrue, yPred) => {
  const { threshold } = withDefaults(args, { threshold: 0.5 });
  const [t, p] = alignRanks(yTrue, yPred);
  return mean(
    equal(
      t,
      map(p, (score) => (score > threshold ? 1 : 0)),
    ),
    -1,
  );
};

const categoricalAccuracy: SampleFunction = (args, yTrue, yPred) => {
  withDefaults(args, {});
  return equal(argmax(yTrue), argmax(yPred));
};

/** Labels of shape (N, 1) are as good as (N,). */
function sparseLabels(yTrue: Nd, yPred: Nd): Nd {
  return yTrue.shape.length === yPred.shape.length && yTrue.shape.at(-1) === 1 ? squeezeLast(yTrue) : yTrue;
}

const sparseCategoricalAccuracy: SampleFunction = (args, yTrue, yPred) => {
  withDefaults(args, {});
  return equal(sparseLabels(yTrue, yPred), argmax(yPred));
};

/** One row of y_pred and its label at a time; the result has the labels' shape. */
function eachRow(labels: Nd, yPred: Nd, hit: (label: number, scores: number[]) => boolean): Nd {
  const size = at(yPred.shape, yPred.shape.length - 1);
  const rows = reshape(yPred, [yPred.data.length / size, size]);
  return nd(
    labels.shape,
    Array.from(labels.data, (label, row) => {
      return hit(label, Array.from(rows.data.subarray(row * size, (row + 1) * size))) ? 1 : 0;
    }),
  );
}

/** Fewer than k scores are larger than the label's, so that ties are hits. An unknown label is a miss. */
function inTopK(label: number, scores: number[], k: number): boolean {
  const own = scores[label];
  return own !== undefined && scores.filter((score) => score > own).length < k;
}

const topKCategoricalAccuracy: SampleFunction = (args, yTrue, yPred) => {
  const { k } = withDefaults(args, { k: 5 });
  return eachRow(argmax(yTrue), yPred, (label, scores) => inTopK(label, scores, k));
};

const sparseTopKCategoricalAccuracy: SampleFunction = (args, yTrue, yPred) => {
  const { k, from_sorted_ids } = withDefaults(args, { k: 5, from_sorted_ids: false });
  return eachRow(sparseLabels(yTrue, yPred), yPred, (label, scores) => {
    return from_sorted_ids ? scores.slice(0, k).includes(label) : inTopK(label, scores, k);
  });
};

/** The deviations from the mean along an axis, and their biased variance. */
function centre(x: Nd, axis: Axes): { average: Nd; deviation: Nd; variance: Nd } {
  const average = mean(x, axis, true);
  const deviation = subtract(x, average);
  return { average, deviation, variance: mean(multiply(deviation, deviation), axis, true) };
}

const pearsonCorrelation: SampleFunction = (args, yTrue, yPred) => {
  const { axis } = withDefaults(args, { axis: -1 as Axes });
  const [t, p] = alignRanks(yTrue, yPred);
  const unit = (x: Nd): Nd => {
    const { deviation, variance } = centre(x, axis);
    return divide(
      deviation,
      map(variance, (value) => Math.sqrt(value) + EPSILON),
    );
  };
  return mean(multiply(unit(t), unit(p)), axis);
};

const concordanceCorrelation: SampleFunction = (args, yTrue, yPred) => {
  const { axis } = withDefaults(args, { axis: -1 as Axes });
  const [alignedTrue, alignedPred] = alignRanks(yTrue, yPred);
  const t = centre(alignedTrue, axis);
  const p = centre(alignedPred, axis);
  const bias = map2(t.average, p.average, (a, b) => (a - b) ** 2);
  const spread = map(add(add(t.variance, p.variance), bias), (value) => value + EPSILON);
  return mean(
    divide(
      map(multiply(t.deviation, p.deviation), (value) => 2 * value),
      spread,
    ),
    axis,
  );
};

export const SAMPLE_FUNCTIONS: Readonly<Record<string, SampleFunction>> = {
  Accuracy: accuracy,
  BinaryAccuracy: binaryAccuracy,
  CategoricalAccuracy: categoricalAccuracy,
  SparseCategoricalAccuracy: sparseCategoricalAccuracy,
  TopKCategoricalAccuracy: topKCategoricalAccuracy,
  SparseTopKCategoricalAccuracy: sparseTopKCategoricalAccuracy,
  PearsonCorrelation: pearsonCorrelation,
  ConcordanceCorrelation: concordanceCorrelation,
};
