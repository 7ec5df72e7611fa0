import { Adam, type Optimizer, RMSprop, SGD } from 'gemsbok';

/** Options in Keras' names. */
export type Args = Readonly<Record<string, unknown>>;

export interface OptimizerRow {
  readonly type: (new () => Optimizer) & { fromConfig(config: Args): Optimizer };
  /** What it is compared with the oracle under. */
  readonly variants: readonly Args[];
}

export const OPTIMIZERS: Readonly<Record<string, OptimizerRow>> = {
  Adam: {
    type: Adam,
    variants: [{}, { learning_rate: 0.1, beta_1: 0.5, beta_2: 0.8, epsilon: 1e-3 }, { amsgrad: true }],
  },
  RMSprop: {
    type: RMSprop,
    variants: [
      {},
      { learning_rate: 0.1, rho: 0.5, epsilon: 1e-3 },
      { momentum: 0.8 },
      { centered: true },
      { momentum: 0.8, centered: true },
    ],
  },
  SGD: {
    type: SGD,
    variants: [{}, { momentum: 0.9 }, { momentum: 0.5, nesterov: true }, { learning_rate: 0.3, nesterov: true }],
  },
};

/** Vectors of whole lanes, of one element less and one more; matrices, wide, tall and of one row or column. */
export const SHAPES: readonly (readonly number[])[] = [[1], [7], [8], [9], [31], [33], [3, 5], [9, 4], [1, 8], [7, 1]];
