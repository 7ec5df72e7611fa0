/** Regression and hinge losses: per-sample values, before weights and reduction. t = y_true, p = y_pred. */

import { withDefaults } from './args';
import type { LossFunction } from './losses_common';
import { type Axes, at, map, map2, max, mean, multiply, type Nd, sameShape, subtract, sum } from './ndarray';

/** The mean over the last axis of f(t, p). */
function elementMean(t: Nd, p: Nd, f: (t: number, p: number) => number): Nd {
  return mean(map2(t, p, f), -1);
}

const meanSquaredError: LossFunction = (args, t, p) => {
  withDefaults(args, {});
  return elementMean(t, p, (a, b) => (a - b) ** 2);
};

const meanAbsoluteError: LossFunction = (args, t, p) => {
  withDefaults(args, {});
  return elementMean(t, p, (a, b) => Math.abs(a - b));
};

const meanAbsolutePercentageError: LossFunction = (args, t, p, { epsilon }) => {
  withDefaults(args, {});
  return elementMean(t, p, (a, b) => 100 * Math.abs((a - b) / Math.max(Math.abs(a), epsilon)));
};

const meanSquaredLogarithmicError: LossFunction = (args, t, p, { epsilon }) => {
  withDefaults(args, {});
  const log = (value: number): number => Math.log1p(Math.max(value, epsilon));
  return elementMean(t, p, (a, b) => (log(b) - log(a)) ** 2);
};

const huber: LossFunction = (args, t, p) => {
  const { delta } = withDefaults(args, { delta: 1 });
  const value = (error: number): number => {
    const size = Math.abs(error);
    return size <= delta ? error ** 2 / 2 : delta * size - delta ** 2 / 2;
  };
  return elementMean(t, p, (a, b) => value(b - a));
};

const logCosh: LossFunction = (args, t, p) => {
  withDefaults(args, {});
  // e + softplus(-2e) - ln 2 written in |e|: the function is even, and this form does not overflow.
  const value = (error: number): number => {
    const size = Math.abs(error);
    return size + Math.log1p(Math.exp(-2 * size)) - Math.LN2;
  };
  return elementMean(t, p, (a, b) => value(b - a));
};

const cosineSimilarity: LossFunction = (args, t, p, { epsilon }) => {
  const { axis } = withDefaults<{ axis: Axes }>(args, { axis: -1 });
  const unit = (x: Nd): Nd => {
    const squares = map(x, (value) => value ** 2);
    return map2(x, sum(squares, axis, true), (value, square) => value / Math.sqrt(Math.max(square, epsilon ** 2)));
  };
  const similarity = sum(multiply(unit(t), unit(p)), axis);
  return map(similarity, (value) => -value);
};

const poisson: LossFunction = (args, t, p, { epsilon }) => {
  withDefaults(args, {});
  return elementMean(t, p, (a, b) => b - a * Math.log(b + epsilon));
};

/** Labels become -1/1 only when the whole array is 0/1: one other value leaves all of them as they are. */
function hingeLabels(t: Nd): Nd {
  const binary = t.data.every((value) => value === 0 || value === 1);
  return binary ? map(t, (value) => 2 * value - 1) : t;
}

const hinge: LossFunction = (args, t, p) => {
  withDefaults(args, {});
  return elementMean(hingeLabels(t), p, (a, b) => Math.max(1 - a * b, 0));
};

const squaredHinge: LossFunction = (args, t, p) => {
  withDefaults(args, {});
  return elementMean(hingeLabels(t), p, (a, b) => Math.max(1 - a * b, 0) ** 2);
};

const categoricalHinge: LossFunction = (args, t, p) => {
  withDefaults(args, {});
  const positive = sum(multiply(t, p), -1);
  // The true class contributes 0 here, so the maximum is never below 0 for one-hot labels.
  const others = map2(t, p, (a, b) => (1 - a) * b);
  return map2(max(others, -1), positive, (a, b) => Math.max(a - b + 1, 0));
};

/** Beyond Keras: the pinball loss. Quantile(0.5) is half the mean absolute error. */
const quantile: LossFunction = (args, t, p) => {
  const { quantile: q } = withDefaults(args, { quantile: 0.5 });
  if (!(q > 0 && q < 1)) throw new RangeError(`Expected 0 < quantile < 1, received ${q}`);
  return elementMean(t, p, (a, b) => Math.max(q * (a - b), (q - 1) * (a - b)));
};

/** The entries from..to-1 of the last axis. */
function sliceLast(x: Nd, from: number, to: number): Nd {
  const size = at(x.shape, x.shape.length - 1);
  const data = x.data.filter((_, i) => i % size >= from && i % size < to);
  return { shape: [...x.shape.slice(0, -1), to - from], data };
}

/**
 * Beyond Keras: negative log-likelihood of a normal distribution. The last axis of y_pred has 2d entries for d targets:
 * first the d means, then the d variances (not their logarithms), floored at `epsilon`. Without broadcasting.
 */
const gaussianNLL: LossFunction = (args, t, p) => {
  const { full, epsilon } = withDefaults(args, { full: false, epsilon: 1e-6 });
  const size = at(p.shape, p.shape.length - 1);
  if (size % 2 !== 0) throw new RangeError(`Expected an even last axis of y_pred, received shape [${p.shape}]`);
  const mu = sliceLast(p, 0, size / 2);
  const variance = map(sliceLast(p, size / 2, size), (value) => Math.max(value, epsilon));
  if (!sameShape(t, mu)) throw new RangeError(`Expected y_true of shape [${mu.shape}], received [${t.shape}]`);
  const squares = map2(subtract(t, mu), variance, (error, v) => error ** 2 / v);
  const constant = full ? Math.log(2 * Math.PI) : 0;
  return elementMean(squares, variance, (square, v) => (Math.log(v) + square + constant) / 2);
};

/** Beyond Keras: Tweedie deviance up to a term of y_true alone; y_pred is floored at epsilon. */
const tweedie: LossFunction = (args, t, p, { epsilon }) => {
  const { power } = withDefaults(args, { power: 1.5 });
  if (!(power > 1 && power < 2)) throw new RangeError(`Expected 1 < power < 2, received ${power}`);
  const value = (a: number, b: number): number => {
    const mu = Math.max(b, epsilon);
    return (-a * mu ** (1 - power)) / (1 - power) + mu ** (2 - power) / (2 - power);
  };
  return elementMean(t, p, value);
};

export const REGRESSION_LOSSES: Record<string, LossFunction> = {
  MeanSquaredError: meanSquaredError,
  MeanAbsoluteError: meanAbsoluteError,
  MeanAbsolutePercentageError: meanAbsolutePercentageError,
  MeanSquaredLogarithmicError: meanSquaredLogarithmicError,
  Huber: huber,
  LogCosh: logCosh,
  CosineSimilarity: cosineSimilarity,
  Poisson: poisson,
  Hinge: hinge,
  SquaredHinge: squaredHinge,
  CategoricalHinge: categoricalHinge,
  Quantile: quantile,
  GaussianNLL: gaussianNLL,
  Tweedie: tweedie,
};
