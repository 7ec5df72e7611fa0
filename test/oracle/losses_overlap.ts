/** Overlap losses (Dice, Tversky) and Circle, a loss on pairs of embeddings. t = y_true, p = y_pred. */

import { softplus } from './activations';
import { withDefaults } from './args';
import type { LossFunction } from './losses_common';
import { type Axes, add, at, map2, multiply, nd, sum } from './ndarray';

/** With `axis` null the sums run over everything, so there is one value and no batch. */
const dice: LossFunction = (args, t, p, { epsilon }) => {
  const { axis } = withDefaults<{ axis: Axes }>(args, { axis: null });
  const intersection = sum(multiply(t, p), axis);
  return map2(intersection, add(sum(t, axis), sum(p, axis)), (a, b) => 1 - (2 * a) / (b + epsilon));
};

const tversky: LossFunction = (args, t, p, { epsilon }) => {
  const { alpha, beta, axis } = withDefaults(args, { alpha: 0.5, beta: 0.5, axis: null as Axes });
  const intersection = sum(multiply(t, p), axis);
  // alpha weighs the false positives (1 - t) p, beta the false negatives t (1 - p).
  const errors = map2(t, p, (a, b) => alpha * (1 - a) * b + beta * a * (1 - b));
  return map2(intersection, sum(errors, axis), (i, e) => 1 - i / (i + e + epsilon));
};

/** The sum over nothing has the logarithm -Infinity. */
function logSumExp(values: number[]): number {
  const top = Math.max(...values);
  if (top === -Infinity) return -Infinity;
  return top + Math.log(values.reduce((total, value) => total + Math.exp(value - top), 0));
}

/**
 * Sun et al. 2020, on cosine distances d = max(1 - x.y, 0) of rows that the caller has normalised. The weights
 * max(d + m, 0) and max(1 + m - d, 0) take part in the gradient. A row without a positive or a negative gives 0.
 */
const circle: LossFunction = (args, t, p) => {
  const { gamma, margin, remove_diagonal } = withDefaults(args, { gamma: 80, margin: 0.4, remove_diagonal: true });
  const [batch, size] = [at(p.shape, 0), at(p.shape, 1)];
  const labels = t.data.map(Math.trunc);
  if (p.shape.length !== 2 || labels.length !== batch) {
    throw new RangeError(`Expected one label for each row, received shapes [${t.shape}] and [${p.shape}]`);
  }
  const distance = (i: number, j: number): number => {
    const row = p.data.subarray(i * size, (i + 1) * size);
    return Math.max(1 - row.reduce((dot, value, k) => dot + value * at(p.data, j * size + k), 0), 0);
  };
  const values = Array.from({ length: batch }, (_, i) => {
    const positives: number[] = [];
    const negatives: number[] = [];
    for (let j = 0; j < batch; j++) {
      const d = distance(i, j);
      if (labels[i] !== labels[j]) negatives.push(gamma * Math.max(1 + margin - d, 0) * (1 - margin - d));
      else if (i !== j || !remove_diagonal) positives.push(-gamma * Math.max(margin + d, 0) * (margin - d));
    }
    return softplus(logSumExp(positives) + logSumExp(negatives));
  });
  return nd([batch], values);
};

export const OVERLAP_LOSSES: Record<string, LossFunction> = { Dice: dice, Tversky: tversky, Circle: circle };
