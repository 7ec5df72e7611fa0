import type { Optimizer } from 'gemsbok';
import * as gemsbok from 'gemsbok';

/** Options in Keras' names. */
export type Args = Readonly<Record<string, unknown>>;

export interface OptimizerRow {
  readonly type: (new () => Optimizer) & { fromConfig(config: Args): Optimizer };
  /** Its name in the native registry. */
  readonly entry: string;
  /** What it is compared with the oracle under. */
  readonly variants: readonly Args[];
  /** What `getConfig` shows of the default one, besides what all have. */
  readonly config: Args;
  /** What it remembers of a matrix and of a vector, by Keras' names. */
  readonly state: readonly (readonly [name: string, shape: readonly number[]])[];
}

const MATRIX = [3, 5];
const VECTOR = [7];

/** The state of an optimizer that keeps arrays shaped as each variable. */
function slots(...names: readonly string[]): OptimizerRow['state'] {
  return [MATRIX, VECTOR].flatMap((shape) => names.map((name) => [name, shape] as const));
}

const moments = { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };
const other = { learning_rate: 0.1, beta_1: 0.5, beta_2: 0.8, epsilon: 1e-3 };

export const OPTIMIZERS: Readonly<Record<string, OptimizerRow>> = {
  Adadelta: {
    type: gemsbok.Adadelta,
    entry: 'adadelta',
    variants: [{}, { learning_rate: 1, rho: 0.5, epsilon: 1e-2 }],
    config: { name: 'adadelta', learning_rate: 0.001, rho: 0.95, epsilon: 1e-7 },
    state: slots('accumulated_grad', 'accumulated_delta_var'),
  },
  Adafactor: {
    type: gemsbok.Adafactor,
    entry: 'adafactor',
    variants: [
      {},
      { learning_rate: 0.1 },
      { learning_rate: 2, clip_threshold: 0.5, beta_2_decay: -0.5 },
      { epsilon_1: 0.1, epsilon_2: 2, relative_step: false },
    ],
    config: {
      name: 'adafactor',
      learning_rate: 0.001,
      beta_2_decay: -0.8,
      epsilon_1: 1e-30,
      epsilon_2: 1e-3,
      clip_threshold: 1,
      relative_step: true,
    },
    state: [
      ['r', [3]],
      ['c', [5]],
      ['velocity', MATRIX],
      ['r', []],
      ['c', []],
      ['velocity', VECTOR],
    ],
  },
  Adagrad: {
    type: gemsbok.Adagrad,
    entry: 'adagrad',
    variants: [{}, { learning_rate: 0.5, initial_accumulator_value: 0, epsilon: 1e-2 }],
    config: { name: 'adagrad', learning_rate: 0.001, initial_accumulator_value: 0.1, epsilon: 1e-7 },
    state: slots('accumulator'),
  },
  Adam: {
    type: gemsbok.Adam,
    entry: 'adam',
    variants: [{}, other, { amsgrad: true }, { ...other, amsgrad: true }],
    config: { name: 'adam', ...moments, amsgrad: false },
    state: slots('momentum', 'velocity'),
  },
  AdamW: {
    type: gemsbok.AdamW,
    entry: 'adam',
    variants: [{}, { ...other, weight_decay: 0.5 }],
    config: { name: 'adam_w', ...moments, amsgrad: false, weight_decay: 0.004 },
    state: slots('momentum', 'velocity'),
  },
  Adamax: {
    type: gemsbok.Adamax,
    entry: 'adamax',
    variants: [{}, other],
    config: { name: 'adamax', ...moments },
    state: slots('momentum', 'norm'),
  },
  Ftrl: {
    type: gemsbok.Ftrl,
    entry: 'ftrl',
    variants: [
      {},
      { learning_rate: 0.1, l1_regularization_strength: 0.05, l2_regularization_strength: 0.1 },
      { learning_rate: 0.1, l2_shrinkage_regularization_strength: 0.02, beta: 0.5 },
      { learning_rate: 0.1, learning_rate_power: -0.7 },
      { learning_rate: 0.1, learning_rate_power: 0, initial_accumulator_value: 0 },
    ],
    config: {
      name: 'ftrl',
      learning_rate: 0.001,
      learning_rate_power: -0.5,
      initial_accumulator_value: 0.1,
      l1_regularization_strength: 0,
      l2_regularization_strength: 0,
      l2_shrinkage_regularization_strength: 0,
      beta: 0,
    },
    state: slots('accumulator', 'linear'),
  },
  Lamb: {
    type: gemsbok.Lamb,
    entry: 'lamb',
    variants: [{}, other],
    config: { name: 'lamb', ...moments },
    state: slots('momentum', 'velocity'),
  },
  Lion: {
    type: gemsbok.Lion,
    entry: 'lion',
    variants: [{}, { learning_rate: 0.1, beta_1: 0.5, beta_2: 0.8 }],
    config: { name: 'lion', learning_rate: 0.001, beta_1: 0.9, beta_2: 0.99 },
    state: slots('momentum'),
  },
  Muon: {
    type: gemsbok.Muon,
    entry: 'muon',
    variants: [
      {},
      { learning_rate: 0.1, momentum: 0.5, nesterov: false, ns_steps: 2, rms_rate: null, weight_decay: null },
      { learning_rate: 0.1, adam_lr_ratio: 0.5, adam_beta_1: 0.5, adam_beta_2: 0.8, adam_weight_decay: 0.1 },
      // Of a polynomial that takes singular values to 1. Under 3, -4, 2 they grow past it, to 4,000 in five iterations, and
      // roundings with them: float32 in any order is then 1e-4 off.
      { muon_a: 3, muon_b: -3.2, muon_c: 1.2, rms_rate: 0.5, epsilon: 1e-3, adam_weight_decay: null },
    ],
    config: {
      name: 'muon',
      learning_rate: 0.001,
      weight_decay: 0.004,
      adam_beta_1: 0.9,
      adam_beta_2: 0.999,
      epsilon: 1e-7,
      exclude_layers: [],
      muon_a: 3.4445,
      muon_b: -4.775,
      muon_c: 2.0315,
      adam_lr_ratio: 1,
      momentum: 0.95,
      ns_steps: 5,
      nesterov: true,
      exclude_embeddings: true,
      adam_weight_decay: 0.004,
      rms_rate: 0.2,
    },
    state: [
      ['momentum', MATRIX],
      ['momentum', VECTOR],
      ['velocity', VECTOR],
    ],
  },
  Nadam: {
    type: gemsbok.Nadam,
    entry: 'nadam',
    variants: [{}, other],
    config: { name: 'nadam', ...moments },
    state: [...slots('momentum', 'velocity'), ['u_product', []]],
  },
  RMSprop: {
    type: gemsbok.RMSprop,
    entry: 'rmsprop',
    variants: [
      {},
      { learning_rate: 0.1, rho: 0.5, epsilon: 1e-3 },
      { momentum: 0.8 },
      { centered: true },
      { momentum: 0.8, centered: true },
    ],
    config: { name: 'rm_sprop', learning_rate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false },
    state: slots('velocity'),
  },
  ScheduleFreeAdamW: {
    type: gemsbok.ScheduleFreeAdamW,
    entry: 'schedule_free_adam_w',
    variants: [{}, other, { warmup_steps: 4 }],
    config: {
      name: 'schedule_free_adam_w',
      learning_rate: 0.0025,
      beta_1: 0.9,
      beta_2: 0.999,
      epsilon: 1e-8,
      warmup_steps: 0,
    },
    state: slots('momentum', 'velocity'),
  },
  SGD: {
    type: gemsbok.SGD,
    entry: 'sgd',
    variants: [{}, { momentum: 0.9 }, { momentum: 0.5, nesterov: true }, { learning_rate: 0.3, nesterov: true }],
    config: { name: 'sgd', learning_rate: 0.01, momentum: 0, nesterov: false },
    state: [],
  },
};

/** The classes of `keras.optimizers`, besides Optimizer. */
export const KERAS_NAMES = [
  'Adadelta',
  'Adafactor',
  'Adagrad',
  'Adam',
  'AdamW',
  'Adamax',
  'Ftrl',
  'Lamb',
  'Lion',
  'LossScaleOptimizer',
  'MultiOptimizer',
  'Muon',
  'Nadam',
  'OptimizerMap',
  'RMSprop',
  'SGD',
  'ScheduleFreeAdamW',
];

/** Those that there are not, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  LossScaleOptimizer: 'a factor that grows and shrinks serves half precision only; `lossScaleFactor` is there',
  MultiOptimizer: 'a model has one optimizer; it needs a graph of layers to choose from',
  OptimizerMap: 'the part of MultiOptimizer that names layers',
};

/** What `getConfig` shows of every default one. */
export const SHARED_CONFIG = {
  weight_decay: null,
  clipnorm: null,
  global_clipnorm: null,
  clipvalue: null,
  use_ema: false,
  ema_momentum: 0.99,
  ema_overwrite_frequency: null,
  loss_scale_factor: null,
  gradient_accumulation_steps: null,
};

const decaying = { class: 'ExponentialDecay', args: { initial_learning_rate: 0.1, decay_steps: 2, decay_rate: 0.5 } };

/** The options that all have, alone and together. */
export const SHARED_VARIANTS: readonly Args[] = [
  { learning_rate: decaying },
  { learning_rate: 0.1, weight_decay: 0.2 },
  { clipnorm: 0.5 },
  { clipnorm: 1e3 },
  { clipvalue: 0.25 },
  { global_clipnorm: 0.5 },
  { global_clipnorm: 1e3 },
  { learning_rate: 0.1, use_ema: true, ema_momentum: 0.8 },
  { learning_rate: 0.1, use_ema: true, ema_momentum: 0.8, ema_overwrite_frequency: 2 },
  { loss_scale_factor: 8 },
  { learning_rate: 0.1, gradient_accumulation_steps: 3 },
  {
    learning_rate: decaying,
    weight_decay: 0.2,
    global_clipnorm: 0.5,
    use_ema: true,
    ema_overwrite_frequency: 2,
    loss_scale_factor: 3,
    gradient_accumulation_steps: 2,
  },
];

/** Vectors of whole lanes, of one element less and one more; matrices, wide, tall and of one row or column; cubes. */
export const SHAPES: readonly (readonly number[])[] = [
  [1],
  [7],
  [8],
  [9],
  [31],
  [33],
  [3, 5],
  [9, 4],
  [1, 8],
  [7, 1],
  [2, 3, 4],
  [],
];
