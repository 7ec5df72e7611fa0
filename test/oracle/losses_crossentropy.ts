/** Crossentropies and their kin: per-sample values, before weights and reduction. t = y_true, p = y_pred. */

import { activation } from './activations';
import { withDefaults } from './args';
import type { Bounds, LossFunction } from './losses_common';
import {
  type Axes,
  at,
  clip,
  divide,
  fromNested,
  map,
  map2,
  mean,
  multiply,
  type Nd,
  nd,
  normalizeAxis,
  sameShape,
  squeezeLast,
  sum,
} from './ndarray';

const BINARY_DEFAULTS = { from_logits: false, label_smoothing: 0, axis: -1 as Axes };
const CATEGORICAL_DEFAULTS = { from_logits: false, label_smoothing: 0, axis: -1 };

/** Crossentropies refuse what the other losses would broadcast. */
function requireSameShape(t: Nd, p: Nd): void {
  if (!sameShape(t, p)) throw new RangeError(`Expected y_true of shape [${p.shape}], received [${t.shape}]`);
}

/** Moves labels towards 1/numClasses. */
function smooth(t: Nd, amount: number, numClasses: number): Nd {
  return map(t, (value) => value * (1 - amount) + amount / numClasses);
}

function clippedLog(value: number, bounds: Bounds): number {
  return Math.log(clip(value, bounds.epsilon, bounds.high));
}

function binaryEntropy(t: Nd, p: Nd, bounds: Bounds): Nd {
  return map2(t, p, (a, b) => {
    const probability = clip(b, bounds.epsilon, bounds.high);
    return -(a * Math.log(probability) + (1 - a) * Math.log(1 - probability));
  });
}

const binaryCrossentropy: LossFunction = (args, t, p, bounds) => {
  const { from_logits, label_smoothing, axis } = withDefaults(args, BINARY_DEFAULTS);
  requireSameShape(t, p);
  const labels = smooth(t, label_smoothing, 2);
  const stable = (a: number, z: number): number => Math.max(z, 0) - z * a + Math.log1p(Math.exp(-Math.abs(z)));
  return mean(from_logits ? map2(labels, p, stable) : binaryEntropy(labels, p, bounds), axis);
};

const binaryFocalCrossentropy: LossFunction = (args, t, p, bounds) => {
  const { apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis } = withDefaults(args, {
    ...BINARY_DEFAULTS,
    apply_class_balancing: false,
    alpha: 0.25,
    gamma: 2,
  });
  requireSameShape(t, p);
  const labels = smooth(t, label_smoothing, 2);
  const probabilities = from_logits ? activation('sigmoid', {}, p) : p;
  // The focal factor sees the probability as given; only the logarithms are clipped.
  const factor = map2(labels, probabilities, (a, b) => {
    const balance = apply_class_balancing ? a * alpha + (1 - a) * (1 - alpha) : 1;
    return balance * (1 - (a * b + (1 - a) * (1 - b))) ** gamma;
  });
  return mean(multiply(factor, binaryEntropy(labels, probabilities, bounds)), axis);
};

function normalized(p: Nd, axis: number): Nd {
  return divide(p, sum(p, axis, true));
}

/** The logarithm of the class probabilities; logits are never clipped. */
function logProbabilities(p: Nd, fromLogits: boolean, axis: number, bounds: Bounds): Nd {
  if (fromLogits) return activation('log_softmax', { axis }, p);
  return map(normalized(p, axis), (value) => clippedLog(value, bounds));
}

function categoricalLabels(t: Nd, p: Nd, smoothing: number, axis: number): Nd {
  requireSameShape(t, p);
  return smooth(t, smoothing, at(p.shape, normalizeAxis(axis, p.shape.length)));
}

const categoricalCrossentropy: LossFunction = (args, t, p, bounds) => {
  const { from_logits, label_smoothing, axis } = withDefaults(args, CATEGORICAL_DEFAULTS);
  const labels = categoricalLabels(t, p, label_smoothing, axis);
  const logs = logProbabilities(p, from_logits, axis, bounds);
  const terms = map2(labels, logs, (a, log) => -a * log);
  return sum(terms, axis);
};

const categoricalFocalCrossentropy: LossFunction = (args, t, p, bounds) => {
  const { alpha, gamma, from_logits, label_smoothing, axis } = withDefaults(args, {
    ...CATEGORICAL_DEFAULTS,
    alpha: 0.25 as number | number[],
    gamma: 2,
  });
  const labels = categoricalLabels(t, p, label_smoothing, axis);
  const raw = from_logits ? activation('softmax', { axis }, p) : p;
  const probabilities = map(normalized(raw, axis), (value) => clip(value, bounds.epsilon, bounds.high));
  const entropy = map2(labels, probabilities, (a, b) => (1 - b) ** gamma * -a * Math.log(b));
  // A list of alphas meets the last axis whatever `axis` is, by broadcasting.
  return sum(multiply(entropy, fromNested(alpha)), axis);
};

/** Integer labels without a last axis of size 1, one for each vector of classes. */
function classLabels(t: Nd, p: Nd): Nd {
  const labels = t.shape.length === p.shape.length && t.shape[t.shape.length - 1] === 1 ? squeezeLast(t) : t;
  const expected = { shape: p.shape.slice(0, -1), data: labels.data };
  if (!sameShape(labels, expected)) {
    throw new RangeError(`Expected class labels of shape [${expected.shape}], received [${t.shape}]`);
  }
  return map(labels, Math.trunc);
}

/** The entry of the label on the last axis; 0 for a label out of range, as its one-hot row is all zeros. */
function pickClass(values: Nd, labels: Nd): Nd {
  const numClasses = at(values.shape, values.shape.length - 1);
  const picked = labels.data.map((label, i) => {
    return label >= 0 && label < numClasses ? at(values.data, i * numClasses + label) : 0;
  });
  return nd(labels.shape, picked);
}

type SparseArgs = { from_logits: boolean; ignore_class: number | null; axis: number };

function sparseArgs(args: Record<string, unknown>, rank: number): SparseArgs {
  const merged = withDefaults<SparseArgs>(args, { from_logits: false, ignore_class: null, axis: -1 });
  if (normalizeAxis(merged.axis, rank) !== rank - 1) {
    throw new RangeError(`Expected the last axis for SparseCategoricalCrossentropy, received ${merged.axis}`);
  }
  return merged;
}

const sparseCategoricalCrossentropy: LossFunction = (args, t, p, bounds) => {
  const { from_logits } = sparseArgs(args, p.shape.length);
  const logs = pickClass(logProbabilities(p, from_logits, -1, bounds), classLabels(t, p));
  const keep = ignoreMask(args, t, p);
  // Chosen, not multiplied: NaN under an ignored label is gone.
  return keep === null ? map(logs, (log) => -log) : map2(logs, keep, (log, kept) => (kept ? -log : 0));
};

/** SparseCategoricalCrossentropy's own mask: 1 where the label is not `ignore_class`; null without that argument. */
export function ignoreMask(args: Record<string, unknown>, t: Nd, p: Nd): Nd | null {
  const { ignore_class } = sparseArgs(args, p.shape.length);
  return ignore_class === null ? null : map(classLabels(t, p), (label) => (label === ignore_class ? 0 : 1));
}

const categoricalGeneralizedCrossEntropy: LossFunction = (args, t, p) => {
  const { q } = withDefaults(args, { q: 0.5 });
  if (!(q > 0 && q < 1)) throw new RangeError(`Expected 0 < q < 1, received ${q}`);
  return map(pickClass(p, classLabels(t, p)), (probability) => (1 - probability ** q) / q);
};

const klDivergence: LossFunction = (args, t, p, { epsilon }) => {
  withDefaults(args, {});
  const clipped = (x: Nd): Nd => map(x, (value) => clip(value, epsilon, 1));
  const terms = map2(clipped(t), clipped(p), (a, b) => a * Math.log(a / b));
  return sum(terms, -1);
};

export const CROSSENTROPY_LOSSES: Record<string, LossFunction> = {
  BinaryCrossentropy: binaryCrossentropy,
  BinaryFocalCrossentropy: binaryFocalCrossentropy,
  CategoricalCrossentropy: categoricalCrossentropy,
  CategoricalFocalCrossentropy: categoricalFocalCrossentropy,
  SparseCategoricalCrossentropy: sparseCategoricalCrossentropy,
  CategoricalGeneralizedCrossEntropy: categoricalGeneralizedCrossEntropy,
  KLDivergence: klDivergence,
};
