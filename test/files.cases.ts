import { readFileSync } from 'node:fs';
import {
  BatchNormalization,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  Input,
  LayerNormalization,
  layers,
  type losses,
  Model,
  Normalization,
  PReLU,
  Sequential,
} from 'gemsbok';
import { oneHot, x } from './models.cases';

const FOLDER = 'test/fixtures/keras';

/** What a file of Keras must give. */
export interface Expected {
  /** Of each output. */
  readonly predictions: readonly (readonly number[][])[];
  readonly iterations: number;
  readonly learning_rate: number;
  readonly memory?: readonly (number[] | number[][])[];
}

const { x: rows, ...files } = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Record<string, unknown>;
export const KERAS_X = rows as unknown as readonly number[][];
export const KERAS_FILES = Object.entries(files as Record<string, Expected>);

export function fixture(name: string): string {
  return `${FOLDER}/${name}`;
}

/** Which inputs a file's model takes. */
export function inputsOf(name: string): readonly number[][] | readonly (readonly number[][])[] {
  return name.startsWith('functional') ? [KERAS_X, [...KERAS_X].reverse()] : KERAS_X;
}

/** The largest difference of two lists of numbers. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return a.length === b.length
    ? Math.max(0, ...Array.from(a, (v, i) => Math.abs(v - (b[i] ?? 0))))
    : Number.POSITIVE_INFINITY;
}

function branched(): Model {
  const [left, right] = [new Input({ shape: [6], name: 'left' }), new Input({ shape: [6], name: 'right' })];
  const shared = new Dense({ units: 5, activation: 'tanh' });
  const deep = new Dense({ units: 5, activation: 'relu', useBias: false }).apply(shared.apply(left));
  const merged = layers.concatenate([deep, shared.apply(right)]);
  const normal = new BatchNormalization({ momentum: 0.5 }).apply(merged);
  return new Model({
    inputs: [left, right],
    outputs: [new Dense({ units: 3, activation: 'softmax' }).apply(normal), new Dense({ units: 3 }).apply(deep)],
  });
}

function statistics(): Sequential {
  const normal = new Normalization();
  normal.adapt(x);
  return new Sequential([
    new Input({ shape: [6] }),
    normal,
    new Dense({ units: 7, activation: 'relu', kernelRegularizer: 'l2', kernelConstraint: 'max_norm' }),
    new BatchNormalization(),
    new Dropout({ rate: 0.2, seed: 3 }),
    new PReLU(),
    new LayerNormalization({ trainable: false }),
    new Dense({ units: 3, activation: 'softmax' }),
  ]);
}

function embedded(): Sequential {
  return new Sequential([
    new Input({ shape: [6] }),
    new Embedding({ inputDim: 2, outputDim: 3 }),
    new Flatten(),
    new Dense({ units: 3, activation: 'softmax' }),
  ]);
}

interface ModelRow {
  readonly what: string;
  readonly make: () => Sequential | Model;
  readonly x: typeof x | readonly (typeof x)[];
  readonly y: typeof oneHot | readonly (typeof oneHot)[];
  readonly loss: losses.LossName | readonly losses.LossName[];
}

const signs = { data: x.data.map((v) => Number(v > 0)), shape: x.shape };

export const MODELS: readonly ModelRow[] = [
  { what: 'statistics', make: statistics, x, y: oneHot, loss: 'categorical_crossentropy' },
  { what: 'embedding', make: embedded, x: signs, y: oneHot, loss: 'categorical_crossentropy' },
  { what: 'graph', make: branched, x: [x, signs], y: [oneHot, oneHot], loss: ['categorical_crossentropy', 'mse'] },
];

export const OPTIMIZERS = [
  { class_name: 'SGD', config: {} },
  { class_name: 'SGD', config: { momentum: 0.9, nesterov: true, learning_rate: 1 } },
  { class_name: 'Adam', config: { amsgrad: true, use_ema: true, gradient_accumulation_steps: 2 } },
  { class_name: 'Nadam', config: {} },
  { class_name: 'RMSprop', config: { centered: true, momentum: 0.5 } },
  { class_name: 'Ftrl', config: {} },
  { class_name: 'Adafactor', config: {} },
  { class_name: 'Muon', config: { weight_decay: 0.1 } },
  {
    class_name: 'Lion',
    config: {
      learning_rate: {
        class_name: 'CosineDecay',
        config: { initial_learning_rate: 0.01, decay_steps: 40 },
      },
    },
  },
] as const;
