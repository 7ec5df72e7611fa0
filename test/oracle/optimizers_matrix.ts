/** Rules that treat a variable as a matrix: Adafactor and Muon. */

import { at, map, map2, mean, type Nd, reshape, sum } from './ndarray';
import { adamUpdate } from './optimizers_adam';
import { increase, moveAverage, norm, rule, type Update, zerosLike } from './optimizers_rule';

function rootMeanSquare(values: Float64Array): number {
  return norm(values) / Math.sqrt(values.length);
}

/** The mean squares that Adafactor divides by: of matrices only the means over rows and columns are kept. */
function adafactorSquares(variable: Nd): (squares: Nd, momentum: number) => Nd {
  const rank = variable.shape.length;
  if (rank < 2) {
    const full = zerosLike(variable);
    return (squares, momentum) => {
      squares.data.forEach((square, i) => moveAverage(full, i, momentum, square));
      return { shape: variable.shape, data: full };
    };
  }
  const rows = mean(
    map(variable, () => 0),
    -1,
    true,
  );
  const columns = mean(
    map(variable, () => 0),
    -2,
    true,
  );
  return (squares, momentum) => {
    mean(squares, -1, true).data.forEach((square, i) => moveAverage(rows.data, i, momentum, square));
    mean(squares, -2, true).data.forEach((square, i) => moveAverage(columns.data, i, momentum, square));
    const fraction = map2(rows, mean(rows, -2, true), (row, average) => row / average);
    return map2(fraction, columns, (row, column) => row * column);
  };
}

const adafactorDefaults = {
  beta_2_decay: -0.8,
  epsilon_1: 1e-30,
  epsilon_2: 1e-3,
  clip_threshold: 1,
  // Kept as an argument but without effect: the learning rate is bounded by 1/sqrt(t) either way.
  relative_step: true,
};

const adafactor = rule(adafactorDefaults, (o, variable) => {
  const meanSquares = adafactorSquares(variable);
  return (g, w, lr, t) => {
    const alpha = Math.max(o.epsilon_2, rootMeanSquare(w)) * Math.min(lr, 1 / Math.sqrt(t));
    // beta_2 is 0 at the first update, so the slots' zeros never count.
    const squares = { shape: variable.shape, data: g.map((gi) => gi * gi + o.epsilon_1) };
    const v = meanSquares(squares, 1 - t ** o.beta_2_decay);
    const update = g.map((gi, i) => gi / Math.sqrt(at(v.data, i)));
    const excess = Math.max(1, rootMeanSquare(update) / o.clip_threshold);
    update.forEach((step, i) => increase(w, i, (-alpha * step) / excess));
  };
});

function transpose(x: Nd): Nd {
  const [rows, columns] = [at(x.shape, 0), at(x.shape, 1)];
  const data = x.data.map((_, i) => at(x.data, (i % rows) * columns + Math.floor(i / rows)));
  return { shape: [columns, rows], data };
}

function matmul(a: Nd, b: Nd): Nd {
  const [rows, inner, columns] = [at(a.shape, 0), at(a.shape, 1), at(b.shape, 1)];
  return sum(
    map2(reshape(a, [rows, inner, 1]), reshape(b, [1, inner, columns]), (x, y) => x * y),
    1,
  );
}

/** Moves the singular values of x towards 1. The short side first: the products are then small. */
function orthogonalized(x: Nd, steps: number, [a, b, c]: readonly [number, number, number]): Nd {
  const tall = at(x.shape, 0) > at(x.shape, 1);
  const size = norm(x.data) + 1e-7;
  let y = map(tall ? transpose(x) : x, (value) => value / size);
  for (let k = 0; k < steps; k++) {
    const gram = matmul(y, transpose(y));
    const polynomial = map2(gram, matmul(gram, gram), (first, second) => b * first + c * second);
    y = map2(y, matmul(polynomial, y), (value, change) => a * value + change);
  }
  return tall ? transpose(y) : y;
}

const muonDefaults = {
  adam_beta_1: 0.9,
  adam_beta_2: 0.999,
  // The optimizer applies this one, in place of weight_decay, to what is not a matrix.
  adam_weight_decay: 0.004 as number | null,
  epsilon: 1e-7,
  weight_decay: 0.004 as number | null,
  muon_a: 3.4445,
  muon_b: -4.775,
  muon_c: 2.0315,
  adam_lr_ratio: 1,
  momentum: 0.95,
  ns_steps: 5,
  nesterov: true,
  rms_rate: 0.2 as number | null,
};

/** Only matrices; excluding layers by name is not modelled, since the variables here have no names. */
const muon = rule(muonDefaults, (o, variable): Update => {
  if (variable.shape.length !== 2) {
    const betas = { beta_1: o.adam_beta_1, beta_2: o.adam_beta_2, epsilon: o.epsilon, amsgrad: false };
    const update = adamUpdate(betas, variable);
    return (g, w, lr, t) => update(g, w, lr * o.adam_lr_ratio, t);
  }
  const momentum = zerosLike(variable);
  const scale = o.rms_rate === null ? 1 : Math.sqrt(Math.max(...variable.shape)) * o.rms_rate;
  return (g, w, lr) => {
    const direction = g.map((gi, i) => {
      const m = o.momentum * at(momentum, i) + gi;
      momentum[i] = m;
      return o.nesterov ? gi + o.momentum * m : m;
    });
    const update = orthogonalized({ shape: variable.shape, data: direction }, o.ns_steps, [
      o.muon_a,
      o.muon_b,
      o.muon_c,
    ]);
    update.data.forEach((step, i) => increase(w, i, -lr * scale * step));
  };
});

export const MATRIX_RULES = { Adafactor: adafactor, Muon: muon };
