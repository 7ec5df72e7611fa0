import {
  Activation,
  ActivityRegularization,
  BatchNormalization,
  Dense,
  Dropout,
  ELU,
  Embedding,
  Flatten,
  GaussianNoise,
  GroupNormalization,
  Input,
  type Layer,
  LayerNormalization,
  LeakyReLU,
  layers,
  Masking,
  Model,
  Normalization,
  Permute,
  PReLU,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  RMSNormalization,
  Softmax,
  type SymbolicTensor,
  UnitNormalization,
} from 'gemsbok';
import { sequence } from './helpers/numbers';
import { concatenate, dense, type Masked, masking, maskOf, merge, normalizeBatch, softmax } from './oracle/masks';
import { type Nd, nd } from './oracle/ndarray';

export const [ROWS, STEPS, FEATURES, UNITS] = [6, 4, 3, 2];

/** The layers that hand masks on, as in Keras, and those that do not. */
export const KEEPING: readonly (() => Layer)[] = [
  () => new Activation({ activation: 'tanh' }),
  () => new ActivityRegularization(),
  () => new BatchNormalization(),
  () => new Dense({ units: 3 }),
  () => new Dropout({ rate: 0.5 }),
  () => new ELU(),
  () => new GaussianNoise({ stddev: 1 }),
  () => new GroupNormalization({ groups: 1 }),
  () => new layers.Identity(),
  () => new LayerNormalization(),
  () => new LeakyReLU(),
  () => new Normalization({ mean: 0, variance: 1 }),
  () => new PReLU(),
  () => new ReLU(),
  () => new Rescaling({ scale: 2 }),
  () => new Softmax(),
  () => new UnitNormalization(),
];
export const DROPPING: readonly (() => Layer)[] = [
  () => new Reshape({ targetShape: [4, 3] }),
  () => new Permute({ dims: [2, 1] }),
  () => new RMSNormalization(),
];
export const FLAT_DROPPING: readonly (() => Layer)[] = [() => new Flatten(), () => new RepeatVector({ n: 2 })];

/** Samples of some steps, of which some are zero. */
export function samples(seed: number): Nd {
  const data = sequence(ROWS * STEPS * FEATURES, seed);
  const gone = sequence(ROWS * STEPS, seed + 50);
  return nd(
    [ROWS, STEPS, FEATURES],
    data.map((value, i) => ((gone[Math.floor(i / FEATURES)] ?? 0) < -0.2 ? 0 : value)),
  );
}

/** A model of samples and its float64 double, whose weights are those of the model in its order. */
export interface MaskCase {
  readonly name: string;
  readonly x: readonly Nd[];
  readonly make: () => Model;
  readonly forward: (weights: readonly Nd[], x: readonly Nd[], training: boolean) => Masked;
}

const [X, Z, V] = [samples(1), samples(2), samples(3)];
const input = (): Input => new Input({ shape: [STEPS, FEATURES] });
const head = (hidden: SymbolicTensor): SymbolicTensor => new Dense({ units: UNITS }).apply(hidden);
const normal = ({ x, mask }: Masked, [gamma, beta, mean, variance]: readonly Nd[], training: boolean): Masked => {
  if (training) return normalizeBatch({ x, mask }, gamma as Nd, beta as Nd, 1e-3);
  const channels = (gamma as Nd).data.length;
  const value = (one: number, i: number): number => {
    const of = (weight: Nd | undefined): number => weight?.data[i % channels] ?? Number.NaN;
    return ((one - of(mean)) / Math.sqrt(of(variance) + 1e-3)) * of(gamma) + of(beta);
  };
  return { x: nd(x.shape, x.data.map(value)), mask };
};
const take = (weights: readonly Nd[], from: number): [Nd, Nd] => weights.slice(from, from + 2) as [Nd, Nd];

/** Masking, a layer, Dense. */
function between(
  name: string,
  layer: () => Layer,
  does: (hidden: Masked, weights: readonly Nd[], training: boolean) => Masked,
): MaskCase {
  return {
    name,
    x: [X],
    make: () => {
      const source = input();
      const hidden = new Dense({ units: FEATURES }).apply(new Masking().apply(source));
      return new Model({ inputs: source, outputs: head(layer().apply(hidden)) });
    },
    forward: (weights, [x], training) => {
      const hidden = dense(masking(x as Nd, 0), ...take(weights, 0));
      return dense(does(hidden, weights.slice(2, -2), training), ...take(weights, weights.length - 2));
    },
  };
}

/** Inputs, masked or not, that are merged, each after a Dense. */
function merged(
  name: string,
  layer: () => Layer,
  masks: string,
  merge: (inputs: readonly Masked[]) => Masked,
): MaskCase {
  const flags = [...masks].map((flag) => flag === '1');
  return {
    name: `${name} ${masks}`,
    x: [X, Z, V].slice(0, flags.length),
    make: () => {
      const sources = flags.map(input);
      const hidden = sources.map((source, i) =>
        new Dense({ units: FEATURES }).apply(flags[i] ? new Masking().apply(source) : source),
      );
      return new Model({ inputs: sources, outputs: head(layer().apply(hidden)) });
    },
    forward: (weights, x) => {
      const hidden = x.map((one, i) =>
        dense(flags[i] ? masking(one, 0) : { x: one, mask: null }, ...take(weights, 2 * i)),
      );
      return dense(merge(hidden), ...take(weights, 2 * x.length));
    },
  };
}

const WORDS = nd(
  [ROWS, STEPS],
  sequence(ROWS * STEPS, 9).map((value) => Math.max(0, Math.floor(3 * value + 1))),
);
const embedded = (words: Nd, table: Nd): Masked => ({
  x: nd(
    [ROWS, STEPS, FEATURES],
    Array.from({ length: ROWS * STEPS * FEATURES }, (_, i) => {
      const word = words.data[Math.floor(i / FEATURES)] ?? Number.NaN;
      return table.data[word * FEATURES + (i % FEATURES)] ?? Number.NaN;
    }),
  ),
  mask: maskOf(nd([ROWS, STEPS, 1], words.data), 0),
});

const MERGES = {
  Add: layers.Add,
  Average: layers.Average,
  Multiply: layers.Multiply,
  Maximum: layers.Maximum,
} as const;

export const CASES: readonly MaskCase[] = [
  between(
    'nothing',
    () => new layers.Identity(),
    (hidden) => hidden,
  ),
  between('BatchNormalization', () => new BatchNormalization(), normal),
  between(
    'a frozen BatchNormalization',
    () => new BatchNormalization({ trainable: false }),
    (hidden, weights) => normal(hidden, weights, false),
  ),
  between(
    'Softmax',
    () => new Softmax(),
    (hidden) => softmax(hidden, -1),
  ),
  between(
    'Softmax over steps',
    () => new Softmax({ axis: 1 }),
    (hidden) => softmax(hidden, 1),
  ),
  between(
    'Reshape',
    () => new Reshape({ targetShape: [STEPS, FEATURES] }),
    ({ x }) => ({ x, mask: null }),
  ),
  {
    name: 'Embedding',
    x: [WORDS],
    make: () => {
      const source = new Input({ shape: [STEPS] });
      const words = new Embedding({ inputDim: 4, outputDim: FEATURES, maskZero: true }).apply(source);
      return new Model({ inputs: source, outputs: head(new BatchNormalization().apply(words)) });
    },
    forward: (weights, [words], training) =>
      dense(normal(embedded(words as Nd, weights[0] as Nd), weights.slice(1, 5), training), ...take(weights, 5)),
  },
  {
    name: 'Concatenate, where an input without a mask has zeros',
    x: [X, Z],
    make: () => {
      const [a, b] = [input(), input()];
      const both = new layers.Concatenate({ axis: 1 }).apply([new Masking().apply(a), b]);
      return new Model({ inputs: [a, b], outputs: head(both) });
    },
    forward: (weights, [a, b]) =>
      dense(concatenate([masking(a as Nd, 0), { x: b as Nd, mask: null }], 1), ...take(weights, 0)),
  },
  ...Object.entries({ ...MERGES, Minimum: layers.Minimum, Subtract: layers.Subtract }).flatMap(([name, Class]) =>
    ['11', '10', '01'].map((masks) =>
      merged(
        name,
        () => new Class(),
        masks,
        (inputs) => merge(name, inputs),
      ),
    ),
  ),
  ...Object.entries(MERGES).flatMap(([name, Class]) =>
    ['111', '101', '011'].map((masks) =>
      merged(
        name,
        () => new Class(),
        masks,
        (inputs) => merge(name, inputs),
      ),
    ),
  ),
  ...[-1, 1].flatMap((axis) =>
    ['11', '10', '00'].map((masks) =>
      merged(
        `Concatenate along ${axis}`,
        () => new layers.Concatenate({ axis }),
        masks,
        (inputs) => concatenate(inputs, axis === -1 ? 2 : axis),
      ),
    ),
  ),
];
