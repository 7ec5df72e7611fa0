/**
 * The float64 oracle for losses: Keras 3.16's values by the plainest formulas, gradients by central differences. Tests
 * judge the library by it, so it shares no code with the library. Names are Keras' class names, arguments Keras' own.
 */

import { type Args, alignRanks, boundsOf, type LossFunction, type Precision } from './losses_common';
import { CROSSENTROPY_LOSSES, ignoreMask } from './losses_crossentropy';
import { OVERLAP_LOSSES } from './losses_overlap';
import { REGRESSION_LOSSES } from './losses_regression';
import { centralDifference, map, map2, multiply, type Nd, scalar, sizeOf, sum } from './ndarray';

export type { Precision } from './losses_common';

export type LossOptions = {
  /** Default 'sum_over_batch_size'; null is 'none'. */
  reduction?: string | null;
  sampleWeight?: Nd | null;
  /** 1 where an entry counts, 0 where it does not. */
  mask?: Nd | null;
  /** Which float type's bounds apply (epsilon, the upper clip bound); default 'float64'. */
  precision?: Precision;
};

/** Keras' base class with a per-element squared error: no mean over the last axis, no alignment of ranks. */
const baseLoss: LossFunction = (_args, t, p) => map2(t, p, (a, b) => (a - b) ** 2);

const LOSSES = new Map<string, LossFunction>(
  Object.entries({ Loss: baseLoss, ...REGRESSION_LOSSES, ...CROSSENTROPY_LOSSES, ...OVERLAP_LOSSES }),
);

export const LOSS_NAMES: readonly string[] = [...LOSSES.keys()];

/** The functions that align the ranks themselves; for the others only the class does. */
const ALIGNING = new Set([
  'MeanSquaredError',
  'MeanAbsoluteError',
  'MeanAbsolutePercentageError',
  'MeanSquaredLogarithmicError',
  'CosineSimilarity',
  'Huber',
  'LogCosh',
]);

const REDUCTIONS = new Set(['sum_over_batch_size', 'mean', 'sum', 'mean_with_sample_weight', 'none']);

/** Keras' bare function: per-sample values, without weights, mask and reduction. */
export function lossValues(name: string, args: Args, yTrue: Nd, yPred: Nd, precision: Precision = 'float64'): Nd {
  const loss = LOSSES.get(name);
  if (loss === undefined) throw new RangeError(`Expected one of ${LOSS_NAMES.join(', ')}, received ${name}`);
  const [t, p] = ALIGNING.has(name) ? alignRanks(yTrue, yPred) : [yTrue, yPred];
  return loss(args, t, p, boundsOf(precision));
}

/** What the class gives: ranks aligned, mask and weights applied, reduced. */
export function lossCompute(name: string, args: Args, yTrue: Nd, yPred: Nd, options: LossOptions = {}): Nd {
  const reduction = options.reduction === undefined ? 'sum_over_batch_size' : (options.reduction ?? 'none');
  if (!REDUCTIONS.has(reduction)) {
    throw new RangeError(`Expected one of ${[...REDUCTIONS].join(', ')} for reduction, received ${reduction}`);
  }
  const precision = options.precision ?? 'float64';
  const [t, p] = name === 'Loss' ? [yTrue, yPred] : alignRanks(yTrue, yPred);
  const values = lossValues(name, args, t, p, precision);
  const mask = both(options.mask ?? null, ownMask(name, args, t, p, values, precision));
  const weights = maskedWeights(options.sampleWeight ?? null, mask, reduction);
  if (weights === null) return reduceValues(values, null, reduction);
  const [alignedValues, alignedWeights] = alignRanks(values, weights);
  return reduceValues(multiply(alignedValues, alignedWeights), alignedWeights, reduction);
}

/** d lossCompute / d y_pred by central differences; with reduction 'none' that of the sum of the values. */
export function lossGradient(name: string, args: Args, yTrue: Nd, yPred: Nd, options: LossOptions = {}): Nd {
  return centralDifference(yPred, (p) => lossCompute(name, args, yTrue, p, options));
}

/** The mask that a loss sets on its values, which a mask of the inputs joins. */
function ownMask(name: string, args: Args, t: Nd, p: Nd, values: Nd, precision: Precision): Nd | null {
  if (name === 'SparseCategoricalCrossentropy') return ignoreMask(args, t, p);
  if (name !== 'Circle') return null;
  // A value so small that the float type makes it 0 is masked there.
  const { round } = boundsOf(precision);
  return map(values, (value) => (round(value) > 0 ? 1 : 0));
}

function both(a: Nd | null, b: Nd | null): Nd | null {
  return a === null || b === null ? (a ?? b) : multiply(a, b);
}

/** Under a mean the kept entries weigh total/kept, so that dividing by the total divides by the kept count in effect. */
function maskedWeights(weights: Nd | null, mask: Nd | null, reduction: string): Nd | null {
  if (mask === null) return weights;
  const scaled = reduction === 'mean' || reduction === 'sum_over_batch_size';
  const factor = scaled ? divideNoNan(scalar(sizeOf(mask.shape)), sum(mask)) : scalar(1);
  const entries = multiply(mask, factor);
  if (weights === null) return entries;
  const [alignedMask, alignedWeights] = alignRanks(entries, weights);
  return multiply(alignedMask, alignedWeights);
}

function reduceValues(values: Nd, weights: Nd | null, reduction: string): Nd {
  const { shape } = values;
  // Keras leaves a scalar and an empty batch as they are, under every reduction.
  if (reduction === 'none' || shape.length === 0 || (shape.length === 1 && shape[0] === 0)) return values;
  const total = sum(values);
  if (reduction === 'sum') return total;
  const byWeight = reduction === 'mean_with_sample_weight' && weights !== null;
  return divideNoNan(total, byWeight ? sum(weights) : scalar(sizeOf(shape)));
}

/** x / 0 is 0. */
function divideNoNan(a: Nd, b: Nd): Nd {
  return map2(a, b, (x, y) => (y === 0 ? 0 : x / y));
}
