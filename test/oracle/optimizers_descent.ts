/** SGD and the rules that scale each step by the gradients so far, without bias correction. */

import { at, clip } from './ndarray';
import { increase, moveAverage, rule, zerosLike } from './optimizers_rule';

const sgd = rule({ learning_rate: 0.01, momentum: 0, nesterov: false }, (o, variable) => {
  const velocity = zerosLike(variable);
  return (g, w, lr) =>
    g.forEach((gi, i) => {
      const v = o.momentum * at(velocity, i) - lr * gi;
      velocity[i] = v;
      increase(w, i, o.nesterov ? o.momentum * v - lr * gi : v);
    });
});

const rmsprop = rule({ rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false }, (o, variable) => {
  const squares = zerosLike(variable);
  const averages = zerosLike(variable);
  const velocity = zerosLike(variable);
  return (g, w, lr) =>
    g.forEach((gi, i) => {
      const square = moveAverage(squares, i, o.rho, gi * gi);
      const average = o.centered ? moveAverage(averages, i, o.rho, gi) : 0;
      const step = (lr * gi) / Math.sqrt(square - average * average + o.epsilon);
      velocity[i] = o.momentum * at(velocity, i) + step;
      increase(w, i, -at(velocity, i));
    });
});

const adagrad = rule({ initial_accumulator_value: 0.1, epsilon: 1e-7 }, (o, variable) => {
  const accumulator = zerosLike(variable).fill(o.initial_accumulator_value);
  return (g, w, lr) =>
    g.forEach((gi, i) => {
      increase(w, i, (-lr * gi) / Math.sqrt(increase(accumulator, i, gi * gi) + o.epsilon));
    });
});

const adadelta = rule({ rho: 0.95, epsilon: 1e-7 }, (o, variable) => {
  const gradients = zerosLike(variable);
  const deltas = zerosLike(variable);
  return (g, w, lr) =>
    g.forEach((gi, i) => {
      const square = moveAverage(gradients, i, o.rho, gi * gi);
      const delta = (-Math.sqrt(at(deltas, i) + o.epsilon) * gi) / Math.sqrt(square + o.epsilon);
      moveAverage(deltas, i, o.rho, delta * delta);
      increase(w, i, lr * delta);
    });
});

const ftrlDefaults = {
  learning_rate_power: -0.5,
  initial_accumulator_value: 0.1,
  l1_regularization_strength: 0,
  l2_regularization_strength: 0,
  l2_shrinkage_regularization_strength: 0,
  beta: 0,
};

const ftrl = rule(ftrlDefaults, (o, variable) => {
  const accumulator = zerosLike(variable).fill(o.initial_accumulator_value);
  const linear = zerosLike(variable);
  const l1 = o.l1_regularization_strength;
  return (g, w, lr) =>
    g.forEach((gi, i) => {
      const l2 = o.l2_regularization_strength + o.beta / (2 * lr);
      const before = at(accumulator, i) ** -o.learning_rate_power;
      // The shrinkage is part of the linear term only, not of the accumulated squares.
      const after = increase(accumulator, i, gi * gi) ** -o.learning_rate_power;
      const shrunk = gi + 2 * o.l2_shrinkage_regularization_strength * at(w, i);
      const z = increase(linear, i, shrunk - ((after - before) / lr) * at(w, i));
      w[i] = (clip(z, -l1, l1) - z) / (after / lr + 2 * l2);
    });
});

const lion = rule({ beta_1: 0.9, beta_2: 0.99 }, (o, variable) => {
  const momentum = zerosLike(variable);
  return (g, w, lr) =>
    g.forEach((gi, i) => {
      increase(w, i, -lr * Math.sign(o.beta_1 * at(momentum, i) + (1 - o.beta_1) * gi));
      moveAverage(momentum, i, o.beta_2, gi);
    });
});

export const DESCENT_RULES = {
  SGD: sgd,
  RMSprop: rmsprop,
  Adagrad: adagrad,
  Adadelta: adadelta,
  Ftrl: ftrl,
  Lion: lion,
};
