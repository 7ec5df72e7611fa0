/** Keras' learning-rate schedules in float64. NaN stands for a required argument. */

import { withDefaults } from './args';

type Args = Readonly<Record<string, unknown>>;
type Schedule = (args: Args, step: number) => number;

function exponentialDecay(args: Args, step: number): number {
  const o = withDefaults(args, { initial_learning_rate: NaN, decay_steps: NaN, decay_rate: NaN, staircase: false });
  const periods = step / o.decay_steps;
  return o.initial_learning_rate * o.decay_rate ** (o.staircase ? Math.floor(periods) : periods);
}

function inverseTimeDecay(args: Args, step: number): number {
  const o = withDefaults(args, { initial_learning_rate: NaN, decay_steps: NaN, decay_rate: NaN, staircase: false });
  const periods = step / o.decay_steps;
  return o.initial_learning_rate / (1 + o.decay_rate * (o.staircase ? Math.floor(periods) : periods));
}

function piecewiseConstantDecay(args: Args, step: number): number {
  const o = withDefaults(args, { boundaries: [] as number[], values: [] as number[] });
  // A boundary itself still has the earlier value.
  return o.values[o.boundaries.filter((boundary) => step > boundary).length] ?? NaN;
}

function polynomialDecay(args: Args, step: number): number {
  const o = withDefaults(args, {
    initial_learning_rate: NaN,
    decay_steps: NaN,
    end_learning_rate: 1e-4,
    power: 1,
    cycle: false,
  });
  // A cycle stretches the period to the next multiple; step 0 belongs to the first one.
  const periods = o.cycle ? Math.max(1, Math.ceil(step / o.decay_steps)) : 1;
  const fraction = Math.min(step / (o.decay_steps * periods), 1);
  return (o.initial_learning_rate - o.end_learning_rate) * (1 - fraction) ** o.power + o.end_learning_rate;
}

/** From 1 at fraction 0 to alpha at fraction 1. */
function cosine(fraction: number, alpha: number, height = 1): number {
  return (1 - alpha) * height * 0.5 * (1 + Math.cos(Math.PI * fraction)) + alpha;
}

function cosineDecay(args: Args, step: number): number {
  const o = withDefaults(args, {
    initial_learning_rate: NaN,
    decay_steps: NaN,
    alpha: 0,
    warmup_target: null as number | null,
    warmup_steps: 0,
  });
  // Without a target the warm-up steps mean nothing.
  if (o.warmup_target === null) return o.initial_learning_rate * cosine(Math.min(step / o.decay_steps, 1), o.alpha);
  if (step < o.warmup_steps) {
    return o.initial_learning_rate + (o.warmup_target - o.initial_learning_rate) * (step / o.warmup_steps);
  }
  return o.warmup_target * cosine(Math.min((step - o.warmup_steps) / o.decay_steps, 1), o.alpha);
}

function cosineDecayRestarts(args: Args, step: number): number {
  const o = withDefaults(args, { initial_learning_rate: NaN, first_decay_steps: NaN, t_mul: 2, m_mul: 1, alpha: 0 });
  if (o.t_mul < 1) throw new Error('the periods of t_mul < 1 add up to a finite time, after which Keras gives NaN');
  // Keras finds the period by a logarithm; counting has no rounding at the restarts.
  let period = o.first_decay_steps;
  let rest = step;
  let height = 1;
  while (rest >= period) {
    rest -= period;
    period *= o.t_mul;
    height *= o.m_mul;
  }
  return o.initial_learning_rate * cosine(rest / period, o.alpha, height);
}

const SCHEDULES: ReadonlyMap<string, Schedule> = new Map(
  Object.entries({
    ExponentialDecay: exponentialDecay,
    InverseTimeDecay: inverseTimeDecay,
    PiecewiseConstantDecay: piecewiseConstantDecay,
    PolynomialDecay: polynomialDecay,
    CosineDecay: cosineDecay,
    CosineDecayRestarts: cosineDecayRestarts,
  }),
);

/** The learning rate after `step` finished steps: 0 at the first update. */
export function schedule(className: string, args: Args, step: number): number {
  const at = SCHEDULES.get(className);
  if (at === undefined) throw new Error(`unknown schedule ${className}`);
  return at(args, step);
}
