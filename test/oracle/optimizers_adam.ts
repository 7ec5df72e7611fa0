/** Adam and its relatives: moving averages of the gradient and its square, corrected for their start at zero. */

import { at, type Nd } from './ndarray';
import { increase, moveAverage, norm, rule, type Update, zerosLike } from './optimizers_rule';

const adamDefaults = { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

/** The correction is put into the learning rate, hence epsilon is not corrected. */
export function adamUpdate(o: typeof adamDefaults & { amsgrad: boolean }, variable: Nd): Update {
  const momentum = zerosLike(variable);
  const velocity = zerosLike(variable);
  const maximum = zerosLike(variable);
  return (g, w, lr, t) => {
    const alpha = (lr * Math.sqrt(1 - o.beta_2 ** t)) / (1 - o.beta_1 ** t);
    g.forEach((gi, i) => {
      const m = moveAverage(momentum, i, o.beta_1, gi);
      const v = moveAverage(velocity, i, o.beta_2, gi * gi);
      maximum[i] = Math.max(at(maximum, i), v);
      increase(w, i, (-alpha * m) / (Math.sqrt(o.amsgrad ? at(maximum, i) : v) + o.epsilon));
    });
  };
}

const adam = rule({ ...adamDefaults, amsgrad: false }, adamUpdate);
const adamW = rule({ ...adamDefaults, amsgrad: false, weight_decay: 0.004 }, adamUpdate);

const adamax = rule(adamDefaults, (o, variable) => {
  const momentum = zerosLike(variable);
  const norm = zerosLike(variable);
  return (g, w, lr, t) =>
    g.forEach((gi, i) => {
      const m = moveAverage(momentum, i, o.beta_1, gi);
      norm[i] = Math.max(o.beta_2 * at(norm, i), Math.abs(gi));
      increase(w, i, (-lr * m) / ((1 - o.beta_1 ** t) * (at(norm, i) + o.epsilon)));
    });
});

const nadam = rule(adamDefaults, (o, variable) => {
  const momentum = zerosLike(variable);
  const velocity = zerosLike(variable);
  const u = (t: number): number => o.beta_1 * (1 - 0.5 * 0.96 ** t);
  return (g, w, lr, t) => {
    let product = 1;
    for (let k = 1; k <= t; k++) product *= u(k);
    g.forEach((gi, i) => {
      const m = moveAverage(momentum, i, o.beta_1, gi);
      const v = moveAverage(velocity, i, o.beta_2, gi * gi) / (1 - o.beta_2 ** t);
      const ahead = (u(t + 1) * m) / (1 - product * u(t + 1)) + ((1 - u(t)) * gi) / (1 - product);
      increase(w, i, (-lr * ahead) / (Math.sqrt(v) + o.epsilon));
    });
  };
});

const lamb = rule(adamDefaults, (o, variable) => {
  const momentum = zerosLike(variable);
  const velocity = zerosLike(variable);
  return (g, w, lr, t) => {
    const update = g.map((gi, i) => {
      const m = moveAverage(momentum, i, o.beta_1, gi) / (1 - o.beta_1 ** t);
      const v = moveAverage(velocity, i, o.beta_2, gi * gi) / (1 - o.beta_2 ** t);
      return m / (Math.sqrt(v) + o.epsilon);
    });
    const ratio = norm(w) > 0 && norm(update) > 0 ? norm(w) / norm(update) : 1;
    update.forEach((step, i) => increase(w, i, -ratio * lr * step));
  };
});

const scheduleFreeDefaults = { learning_rate: 0.0025, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, warmup_steps: 0 };

/** w is y, between z, which takes the steps, and x, the mean of all z. x is not kept but recovered from y and z. */
const scheduleFreeAdamW = rule(scheduleFreeDefaults, (o, variable) => {
  // The weights before the first decay: hence the first step undoes that decay.
  const z = Float64Array.from(variable.data);
  const velocity = zerosLike(variable);
  return (g, w, lr, t) => {
    const warm = lr * (o.warmup_steps > 0 ? Math.min(t / o.warmup_steps, 1) : 1);
    g.forEach((gi, i) => {
      const v = moveAverage(velocity, i, o.beta_2, gi * gi) / (1 - o.beta_2 ** t);
      const x = (at(w, i) - (1 - o.beta_1) * at(z, i)) / o.beta_1;
      const zNew = increase(z, i, (-warm * gi) / (Math.sqrt(v) + o.epsilon));
      const xNew = x + (zNew - x) / t;
      w[i] = (1 - o.beta_1) * zNew + o.beta_1 * xNew;
    });
  };
});

export const ADAM_RULES = {
  Adam: adam,
  AdamW: adamW,
  Adamax: adamax,
  Nadam: nadam,
  Lamb: lamb,
  ScheduleFreeAdamW: scheduleFreeAdamW,
};
