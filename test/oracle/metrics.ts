/** Keras' metrics in float64: what a metric says after a list of updates. */

import { withDefaults } from './args';
import { lossValues, type Precision } from './losses';
import { alignRanks } from './losses_common';
import { ignoreMask } from './losses_crossentropy';
import { SAMPLE_FUNCTIONS } from './metrics_accuracy';
import { auc } from './metrics_auc';
import {
  type Args,
  type MetricResult,
  type PredictionMetric,
  type PredictionUpdate,
  type ValuesUpdate,
  weightedMean,
  weightedSum,
} from './metrics_common';
import { CONFUSION_METRICS } from './metrics_confusion';
import { SCORE_METRICS } from './metrics_scores';
import { map2, multiply, type Nd } from './ndarray';

export type { MetricResult, PredictionUpdate, ValuesUpdate } from './metrics_common';
export type MetricUpdate = PredictionUpdate | ValuesUpdate | { reset: true };

/** Metrics that are the mean of a loss, by the class of the loss. */
const LOSS_METRICS: ReadonlyMap<string, string> = new Map([
  ...[
    'MeanSquaredError',
    'MeanAbsoluteError',
    'MeanAbsolutePercentageError',
    'MeanSquaredLogarithmicError',
    'KLDivergence',
    'Poisson',
    'Hinge',
    'SquaredHinge',
    'CategoricalHinge',
    'CosineSimilarity',
    'BinaryCrossentropy',
    'CategoricalCrossentropy',
    'SparseCategoricalCrossentropy',
  ].map((name): [string, string] => [name, name]),
  ['LogCoshError', 'LogCosh'],
]);

/** Aligned and multiplied; a mask alone becomes the weights. */
function masked(weights: Nd | null | undefined, mask: Nd | null | undefined): Nd | null {
  if (mask === undefined || mask === null) return weights ?? null;
  return weights === undefined || weights === null ? mask : multiply(...alignRanks(mask, weights));
}

function meanOf(updates: readonly PredictionUpdate[], values: (yTrue: Nd, yPred: Nd) => Nd): number {
  return weightedMean(
    updates.map(({ yTrue, yPred, sampleWeight, mask }) => {
      return { values: values(yTrue, yPred), sampleWeight: masked(sampleWeight, mask) };
    }),
  );
}

function meanOfLoss(loss: string, args: Args, updates: readonly PredictionUpdate[], precision: Precision): number {
  // The metric is the similarity, +1 for the same direction; the loss is its negative.
  const sign = loss === 'CosineSimilarity' ? -1 : 1;
  const weighted = updates.map((update) => {
    const weights = masked(update.sampleWeight, update.mask);
    // Without weights Keras forgets the loss's own mask, and ignored labels stay in the count.
    const ignores = loss === 'SparseCategoricalCrossentropy' && weights !== null;
    const mask = ignores ? ignoreMask(args, update.yTrue, update.yPred) : null;
    return { ...update, sampleWeight: weights, mask };
  });
  return sign * meanOf(weighted, (yTrue, yPred) => lossValues(loss, args, yTrue, yPred, precision));
}

/** No mean over the last axis first, so that weights may differ along it. The mask is not seen, as in Keras. */
const rootMeanSquaredError: PredictionMetric = (args, updates) => {
  withDefaults(args, {});
  return Math.sqrt(
    weightedMean(
      updates.map(({ yTrue, yPred, sampleWeight = null }) => {
        return { values: map2(...alignRanks(yTrue, yPred), (a, b) => (a - b) ** 2), sampleWeight };
      }),
    ),
  );
};

const OTHER_METRICS: ReadonlyMap<string, PredictionMetric> = new Map(
  Object.entries({ ...CONFUSION_METRICS, ...SCORE_METRICS, AUC: auc, RootMeanSquaredError: rootMeanSquaredError }),
);

const VALUE_METRICS: ReadonlyMap<string, (updates: readonly ValuesUpdate[]) => number> = new Map([
  ['Mean', weightedMean],
  ['Sum', weightedSum],
]);

export const METRIC_NAMES: readonly string[] = [
  ...VALUE_METRICS.keys(),
  ...LOSS_METRICS.keys(),
  ...Object.keys(SAMPLE_FUNCTIONS),
  ...OTHER_METRICS.keys(),
];

/** The result after all updates, of which those before the last reset do not count. */
export function metric(
  className: string,
  args: Args,
  updates: readonly MetricUpdate[],
  precision: Precision = 'float64',
): MetricResult {
  const recent = updates.slice(updates.map((update) => 'reset' in update).lastIndexOf(true) + 1);
  const ofValues = VALUE_METRICS.get(className);
  if (ofValues !== undefined) {
    withDefaults(args, {});
    return ofValues(recent.filter((update): update is ValuesUpdate => 'values' in update));
  }
  const ofPredictions = recent.filter((update): update is PredictionUpdate => 'yPred' in update);
  if (ofPredictions.length < recent.length) throw new TypeError(`${className} is updated with y_true and y_pred`);
  const loss = LOSS_METRICS.get(className);
  if (loss !== undefined) return meanOfLoss(loss, args, ofPredictions, precision);
  const values = SAMPLE_FUNCTIONS[className];
  if (values !== undefined) return meanOf(ofPredictions, (yTrue, yPred) => values(args, yTrue, yPred));
  const other = OTHER_METRICS.get(className);
  if (other === undefined) throw new RangeError(`Expected one of ${METRIC_NAMES.join(', ')}, received ${className}`);
  return other(args, ofPredictions);
}
