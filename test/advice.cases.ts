import {
  Activation,
  BinaryCrossentropy,
  BinaryFocalCrossentropy,
  CategoricalCrossentropy,
  type CompileOptions,
  Dense,
  type FitOptions,
  Input,
  KLDivergence,
  type Layer,
  Sequential,
  Softmax,
  SparseCategoricalCrossentropy,
  type TensorLike,
} from 'gemsbok';

/** A program: a model, and data for it. */
export interface Program {
  readonly layers: readonly Layer[];
  readonly compile: CompileOptions;
  readonly x?: TensorLike;
  readonly y?: TensorLike;
  readonly fit?: FitOptions;
}

/** A program with a likely mistake. */
export interface Mistake extends Program {
  readonly what: string;
  readonly code: string;
  /** What the warning says of the place and of the mend. */
  readonly says: RegExp;
}

export function modelOf({ layers }: Program): Sequential {
  return new Sequential(layers);
}

export const row = new Input({ shape: [2] });
export const ends = (units: number, activation?: 'softmax' | 'sigmoid' | 'relu' | 'tanh' | 'log_softmax') => [
  new Input({ shape: [2] }),
  new Dense({ units, name: 'end', ...(activation && { activation }) }),
];

/** What `compile` warns of. */
export const COMPILED: readonly Mistake[] = [
  {
    what: 'softmax over one unit',
    code: 'GEMSBOK_ONE_UNIT',
    layers: ends(1, 'softmax'),
    compile: { loss: 'binary_crossentropy' },
    says: /`end`.*one unit.*'sigmoid'/,
  },
  {
    what: 'sigmoid, classes that exclude each other',
    code: 'GEMSBOK_SIGMOID_OF_CLASSES',
    layers: ends(3, 'sigmoid'),
    compile: { loss: 'categorical_crossentropy' },
    says: /CategoricalCrossentropy.*sigmoid of `end`.*'softmax'.*BinaryCrossentropy/,
  },
  {
    what: 'sigmoid, indices of classes',
    code: 'GEMSBOK_SIGMOID_OF_CLASSES',
    layers: ends(1, 'sigmoid'),
    compile: { loss: new SparseCategoricalCrossentropy() },
    says: /SparseCategoricalCrossentropy/,
  },
  {
    what: 'a sigmoid layer',
    code: 'GEMSBOK_SIGMOID_OF_CLASSES',
    layers: [row, new Dense({ units: 3 }), new Activation({ activation: 'sigmoid', name: 'end' })],
    compile: { loss: 'categorical_focal_crossentropy' },
    says: /`end`/,
  },
  {
    what: 'a linear output, probabilities of classes',
    code: 'GEMSBOK_NO_PROBABILITIES',
    layers: ends(3),
    compile: { loss: 'sparse_categorical_crossentropy' },
    says: /`end`.*'linear'.*'softmax'.*fromLogits: true/,
  },
  {
    what: 'a linear output, two classes',
    code: 'GEMSBOK_NO_PROBABILITIES',
    layers: ends(1),
    compile: { loss: new BinaryFocalCrossentropy() },
    says: /BinaryFocalCrossentropy.*'linear'.*'sigmoid'.*fromLogits: true/,
  },
  {
    what: 'a linear output, a divergence, which takes no logits',
    code: 'GEMSBOK_NO_PROBABILITIES',
    layers: ends(3),
    compile: { loss: new KLDivergence() },
    says: /KLDivergence.*'softmax' there\.$/,
  },
  {
    what: 'relu before a crossentropy',
    code: 'GEMSBOK_NO_PROBABILITIES',
    layers: ends(1, 'relu'),
    compile: { loss: 'binary_crossentropy' },
    says: /'relu'.*'sigmoid' there\.$/,
  },
  {
    what: 'tanh before a crossentropy',
    code: 'GEMSBOK_NO_PROBABILITIES',
    layers: ends(1, 'tanh'),
    compile: { loss: 'bce' },
    says: /'tanh'/,
  },
  {
    what: 'softmax, logits',
    code: 'GEMSBOK_TWO_ACTIVATIONS',
    layers: ends(3, 'softmax'),
    compile: { loss: new CategoricalCrossentropy({ fromLogits: true }) },
    says: /fromLogits: true.*`end`.*'softmax'.*Leave out one/,
  },
  {
    what: 'a Softmax layer, logits',
    code: 'GEMSBOK_TWO_ACTIVATIONS',
    layers: [row, new Dense({ units: 3 }), new Softmax({ name: 'end' })],
    compile: { loss: new SparseCategoricalCrossentropy({ fromLogits: true }) },
    says: /`end`.*'softmax'/,
  },
  {
    what: 'sigmoid, logits',
    code: 'GEMSBOK_TWO_ACTIVATIONS',
    layers: ends(1, 'sigmoid'),
    compile: { loss: new BinaryCrossentropy({ fromLogits: true }) },
    says: /`end`.*'sigmoid'/,
  },
  {
    what: 'relu, logits',
    code: 'GEMSBOK_CUT_LOGITS',
    layers: ends(3, 'relu'),
    compile: { loss: new CategoricalCrossentropy({ fromLogits: true }) },
    says: /negative.*`end`.*'relu'.*Leave out/,
  },
  {
    what: 'accuracy of a regression',
    code: 'GEMSBOK_ACCURACY_OF_NUMBERS',
    layers: ends(1),
    compile: { loss: 'mse', metrics: ['mae', 'accuracy'] },
    says: /'accuracy'.*MeanSquaredError.*`end`.*'mae' or 'r2_score'/,
  },
  {
    what: 'accuracy of a regression, weighted',
    code: 'GEMSBOK_ACCURACY_OF_NUMBERS',
    layers: ends(1, 'relu'),
    compile: { loss: 'huber', weightedMetrics: ['acc'] },
    says: /'acc'.*Huber/,
  },
];

/** Numbers that repeat, never in order: between 0 and 1. */
export const noise = (i: number, j = 0): number => (Math.sin(12.9898 * (i + 1) + 78.233 * (j + 1)) * 43758.5453) % 1;
export const features = (rows: number): number[][] => Array.from({ length: rows }, (_, i) => [noise(i), noise(i, 1)]);
/** More numbers than a sample has; the second column is a flag, set in one row. */
export const flagged = (rows: number, row = -1): TensorLike => ({
  data: Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? noise(i) : Number(i === 2 * row + 1))),
  shape: [rows, 2],
});
export const classes = (rows: number, classOf: (i: number) => number): number[] =>
  Array.from({ length: rows }, (_, i) => classOf(i));
export const mixed = (rows: number, count: number): number[] =>
  classes(rows, (i) => Math.floor(Math.abs(noise(i, 7)) * count));
export const binary = { layers: ends(1, 'sigmoid'), compile: { loss: 'binary_crossentropy' } } as const;
export const sparse = { layers: ends(3, 'softmax'), compile: { loss: 'sparse_categorical_crossentropy' } } as const;
export const regression = { layers: ends(1), compile: { loss: 'mse' } } as const;
export const hot = (labels: readonly number[]): number[][] =>
  labels.map((label) => [0, 1, 2].map((one) => Number(one === label)));

/** What `fit` warns of, with the data. */
export const TRAINED: readonly Mistake[] = [
  {
    ...binary,
    what: 'labels sorted by class, split',
    code: 'GEMSBOK_SPLIT',
    x: features(100),
    y: classes(100, (i) => Number(i >= 50)),
    fit: { validationSplit: 0.2 },
    says: /`y` is sorted by class.*shuffle x and y/,
  },
  {
    ...sparse,
    what: 'class indices sorted by class, split',
    code: 'GEMSBOK_SPLIT',
    x: features(90),
    y: classes(90, (i) => 2 - Math.floor(i / 30)),
    fit: { validationSplit: 0.1 },
    says: /sorted by class/,
  },
  {
    ...sparse,
    what: 'a class that the validation lacks',
    code: 'GEMSBOK_SPLIT',
    x: features(200),
    y: [...mixed(160, 3), ...mixed(40, 2)],
    fit: { validationSplit: 0.2 },
    says: /rows to validate with hold no sample of class 2/,
  },
  {
    layers: ends(3, 'softmax'),
    compile: { loss: 'categorical_crossentropy' },
    what: 'a class that the training lacks, one-hot',
    code: 'GEMSBOK_SPLIT',
    x: features(200),
    y: hot([...mixed(160, 2), ...mixed(40, 3)]),
    fit: { validationSplit: 0.2 },
    says: /rows to train with hold no sample of class 2/,
  },
  {
    ...regression,
    what: 'sorted targets, split',
    code: 'GEMSBOK_SPLIT',
    x: features(100),
    y: classes(100, (i) => i / 50),
    fit: { validationSplit: 0.2 },
    says: /`y` is sorted, /,
  },
  {
    ...binary,
    what: 'the weight of a class that does not occur',
    code: 'GEMSBOK_CLASS_WEIGHT',
    x: features(50),
    y: mixed(50, 2),
    fit: { classWeight: { 0: 1, 1: 2, 2: 3 } },
    says: /class 2, which does not occur in `y`: it holds 0, 1\./,
  },
  {
    ...sparse,
    what: 'a class without a weight',
    code: 'GEMSBOK_CLASS_WEIGHT',
    x: features(50),
    y: mixed(50, 3),
    fit: { classWeight: { 1: 2 } },
    says: /no weight for class 0, 2 of `y`, which therefore counts 1/,
  },
  {
    ...binary,
    what: 'a rare class',
    code: 'GEMSBOK_RARE_CLASS',
    x: features(1000),
    y: classes(1000, (i) => Number(i % 200 === 17)),
    says: /Class 1 makes up 0\.50 % of `y`.*classWeight.*AUC/,
  },
  {
    ...binary,
    what: 'a rare class among many rows',
    code: 'GEMSBOK_RARE_CLASS',
    x: new Float32Array(400_000).map((_, i) => noise(i)),
    y: new Uint8Array(200_000).map((_, i) => Number(i % 200 === 17)),
    fit: { batchSize: 10_000 },
    says: /Class 1 makes up 0\.5/,
  },
  {
    ...regression,
    what: 'features of different scales',
    code: 'GEMSBOK_FEATURE_SCALES',
    x: features(40).map(([a = 0, b = 0]) => [a, 50_000 * b]),
    y: classes(40, noise),
    says: /column 1 reaches 4\.9e\+4.*column 0.*Normalization.*adapt/,
  },
  {
    ...regression,
    what: 'a constant feature',
    code: 'GEMSBOK_CONSTANT_FEATURE',
    x: features(40).map(([a = 0]) => [a, 7]),
    y: classes(40, noise),
    says: /Column 1 of `x` is the same in all rows \(7\.0\).*Leave it out/,
  },
  {
    ...regression,
    what: 'constant features',
    code: 'GEMSBOK_CONSTANT_FEATURE',
    x: features(40).map(() => [7, 3]),
    y: classes(40, noise),
    says: /Columns 0, 1 of `x` hold one value each in all rows \(0: 7\.0\), so .* them\. Leave them out/,
  },
  {
    ...regression,
    what: 'a constant feature of many rows',
    code: 'GEMSBOK_CONSTANT_FEATURE',
    x: flagged(200_000),
    y: classes(200_000, noise),
    fit: { batchSize: 10_000 },
    says: /Column 1 of `x` is the same in all rows \(0\.0\)/,
  },
  {
    ...regression,
    what: 'targets of a large scale',
    code: 'GEMSBOK_TARGET_SCALE',
    x: features(40),
    y: classes(40, (i) => 250_000 + 1e5 * noise(i)),
    says: /targets `y` are far from unit scale \(2\.\de\+5.*Normalization.*invert: true/,
  },
  {
    ...regression,
    what: 'targets of a small scale',
    code: 'GEMSBOK_TARGET_SCALE',
    x: features(40),
    y: classes(40, (i) => 1e-5 * noise(i)),
    says: /too large for them/,
  },
];
