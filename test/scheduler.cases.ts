import { Concatenate, Dense, Input, Model, Sequential, SGD } from 'gemsbok';

/** The smallest training: an epoch is one step. */
export const xor = {
  x: { data: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), shape: [4, 2] },
  y: Float32Array.of(0, 1, 1, 0),
} as const;

export function xorModel(): Sequential {
  const model = new Sequential([
    new Input({ shape: [2] }),
    new Dense({ units: 4, activation: 'tanh' }),
    new Dense({ units: 1, activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'binary_crossentropy' });
  return model;
}

/** Epochs that no test waits for. */
export const ENDLESS = { epochs: 10_000_000, verbose: 0 } as const;

const LAYERS = 8;
const UNITS = 16;

/** One row of ones, and targets that no output reaches. */
export const ones = {
  x: { data: Float32Array.of(1), shape: [1, 1] },
  y: { data: new Float32Array(LAYERS * UNITS).fill(1e8), shape: [1, LAYERS * UNITS] },
} as const;

/**
 * After n steps all weights are n, and so are their running means: the gradient of the mean absolute error is one over the
 * number of outputs, which is the learning rate, and the means remember nothing of the step before. Outputs for 1 are 2n.
 */
export function countingModel(): Model {
  const input = new Input({ shape: [1] });
  const parts = Array.from({ length: LAYERS }, () =>
    new Dense({ units: UNITS, kernelInitializer: 'zeros' }).apply(input),
  );
  const model = new Model({ inputs: input, outputs: new Concatenate().apply(parts) });
  const optimizer = new SGD({ learningRate: LAYERS * UNITS, useEma: true, emaMomentum: 0 });
  model.compile({ optimizer, loss: 'mean_absolute_error' });
  return model;
}

/** The one number that all of these are; NaN where they differ. */
export function onlyNumber(arrays: readonly { readonly data: ArrayLike<number> }[]): number {
  const [first = Number.NaN] = Array.from(arrays[0]?.data ?? []);
  return arrays.every(({ data }) => Array.from(data).every((value) => value === first)) ? first : Number.NaN;
}
