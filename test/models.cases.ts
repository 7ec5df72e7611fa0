import { setTimeout as sleep } from 'node:timers/promises';
import { Dense, GlorotUniform, Input, Sequential } from 'gemsbok';
import { sequence } from './helpers/numbers';

export const ROWS = 50;
export const INPUTS = 6;
export const CLASSES = 3;

export const x = { data: Float32Array.from(sequence(ROWS * INPUTS)), shape: [ROWS, INPUTS] };
export const y = Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES);

export const oneHot = {
  data: Float32Array.from({ length: ROWS * CLASSES }, (_, i) => (y[Math.floor(i / CLASSES)] === i % CLASSES ? 1 : 0)),
  shape: [ROWS, CLASSES],
};

/** The same weights each time. */
export function classifier(): Sequential {
  const model = new Sequential([
    new Input({ shape: [INPUTS] }),
    new Dense({ units: 16, activation: 'relu', kernelInitializer: new GlorotUniform({ seed: 1 }) }),
    new Dense({ units: CLASSES, activation: 'softmax', kernelInitializer: new GlorotUniform({ seed: 2 }) }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['acc'] });
  return model;
}

export const QUIET = { batchSize: 8, epochs: 3, verbose: 0, seed: 7 } as const;

/** All weights of a model, bit by bit. */
export function bits(model: Pick<Sequential, 'getWeights'>): number[] {
  return model.getWeights().flatMap(({ data }) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)]);
}

/** Waits until a model that trains has taken a step. */
export async function stepOf(model: Sequential): Promise<void> {
  while (model.iterations === 0) await sleep(1);
}
