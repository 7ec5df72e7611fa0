import type { LearningRateSchedule } from 'gemsbok';
import * as gemsbok from 'gemsbok';
import type { Args } from './optimizers.cases';

export interface ScheduleRow {
  readonly type: (new (options: never) => LearningRateSchedule) & { fromConfig(config: Args): LearningRateSchedule };
  /** What it is compared with the oracle under; the first has only what must be given. */
  readonly variants: readonly Args[];
  /** Of that first one, in full. */
  readonly config: Args;
}

const rate = { initial_learning_rate: 0.1, decay_steps: 7, decay_rate: 0.9 };
const decay = { initial_learning_rate: 0.1, decay_steps: 7 };
const restarts = { initial_learning_rate: 0.1, first_decay_steps: 7 };

export const SCHEDULES: Readonly<Record<string, ScheduleRow>> = {
  CosineDecay: {
    type: gemsbok.CosineDecay,
    variants: [
      decay,
      { ...decay, alpha: 0.25 },
      { ...decay, alpha: 0.25, warmup_target: 1.5, warmup_steps: 5 },
      { ...decay, warmup_target: 1.5 },
      { ...decay, warmup_steps: 5 },
    ],
    config: { ...decay, alpha: 0, name: 'CosineDecay', warmup_target: null, warmup_steps: 0 },
  },
  CosineDecayRestarts: {
    type: gemsbok.CosineDecayRestarts,
    variants: [
      restarts,
      { ...restarts, t_mul: 1 },
      { ...restarts, t_mul: 1, m_mul: 0.5, alpha: 0.125 },
      { ...restarts, t_mul: 1.5, m_mul: 1.25 },
      { ...restarts, t_mul: 10 },
    ],
    config: { ...restarts, t_mul: 2, m_mul: 1, alpha: 0, name: 'SGDRDecay' },
  },
  ExponentialDecay: {
    type: gemsbok.ExponentialDecay,
    variants: [rate, { ...rate, staircase: true }, { ...rate, decay_steps: 0.5 }],
    config: { ...rate, staircase: false, name: 'ExponentialDecay' },
  },
  InverseTimeDecay: {
    type: gemsbok.InverseTimeDecay,
    variants: [rate, { ...rate, staircase: true }],
    config: { ...rate, staircase: false, name: 'InverseTimeDecay' },
  },
  PiecewiseConstantDecay: {
    type: gemsbok.PiecewiseConstantDecay,
    variants: [
      { boundaries: [3, 7, 50], values: [1, 0.5, 0.25, 0.1] },
      { boundaries: [], values: [0.3] },
      { boundaries: [0], values: [1, 2] },
    ],
    config: { boundaries: [3, 7, 50], values: [1, 0.5, 0.25, 0.1], name: 'PiecewiseConstant' },
  },
  PolynomialDecay: {
    type: gemsbok.PolynomialDecay,
    variants: [decay, { ...decay, end_learning_rate: 0.05, power: 2 }, { ...decay, power: 0.5, cycle: true }],
    config: { ...decay, end_learning_rate: 1e-4, power: 1, cycle: false, name: 'PolynomialDecay' },
  },
};

/** Finished steps: with the ends of periods, and what lies before and behind them; at 777 a logarithm rounds. */
export const STEP_COUNTS = [0, 1, 3, 4, 5, 6, 7, 8, 12, 14, 20, 21, 22, 48, 49, 50, 51, 777, 1000, 1e6];

/** A schedule's arguments that it refuses, and the code. */
export const REFUSED: readonly [name: string, args: Args, code: string][] = [
  ['CosineDecay', {}, 'ERR_INVALID_ARG'],
  ['CosineDecay', { ...decay, decay_steps: 0 }, 'ERR_OUT_OF_RANGE'],
  ['CosineDecay', { ...decay, warmup_steps: -1 }, 'ERR_OUT_OF_RANGE'],
  ['CosineDecay', { ...decay, warmup_target: '1' }, 'ERR_INVALID_ARG'],
  ['CosineDecay', { ...decay, beta: 1 }, 'ERR_INVALID_ARG'],
  ['CosineDecayRestarts', { ...restarts, first_decay_steps: 0 }, 'ERR_OUT_OF_RANGE'],
  ['CosineDecayRestarts', { ...restarts, t_mul: 0 }, 'ERR_OUT_OF_RANGE'],
  ['ExponentialDecay', { ...rate, decay_steps: -3 }, 'ERR_OUT_OF_RANGE'],
  ['ExponentialDecay', decay, 'ERR_INVALID_ARG'],
  ['ExponentialDecay', { ...rate, staircase: 1 }, 'ERR_INVALID_ARG'],
  ['InverseTimeDecay', { ...rate, decay_steps: 0 }, 'ERR_OUT_OF_RANGE'],
  ['PiecewiseConstantDecay', { boundaries: [1, 2], values: [1, 2] }, 'ERR_INVALID_ARG'],
  ['PiecewiseConstantDecay', { boundaries: [2, 1], values: [1, 2, 3] }, 'ERR_OUT_OF_RANGE'],
  ['PiecewiseConstantDecay', { values: [1] }, 'ERR_INVALID_ARG'],
  ['PiecewiseConstantDecay', { boundaries: [1], values: [1, Number.NaN] }, 'ERR_INVALID_ARG'],
  ['PolynomialDecay', { ...decay, decay_steps: 0 }, 'ERR_OUT_OF_RANGE'],
  ['PolynomialDecay', { ...decay, initial_learning_rate: null }, 'ERR_INVALID_ARG'],
];
