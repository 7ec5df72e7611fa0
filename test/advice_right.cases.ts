import {
  BatchNormalization,
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Dense,
  Dropout,
  Flatten,
  Input,
  Normalization,
  Rescaling,
  SparseCategoricalCrossentropy,
} from 'gemsbok';
import {
  binary,
  classes,
  ends,
  features,
  hot,
  mixed,
  noise,
  type Program,
  regression,
  row,
  sparse,
} from './advice.cases';

const images = new Uint8Array(40 * 784).map((_, i) => (i % 784 < 28 ? 0 : (i * 7919) % 256));

/** Programs as they should be. */
export const RIGHT: Readonly<Record<string, Program>> = {
  'a classifier': { ...sparse, x: features(300), y: mixed(300, 3), fit: { validationSplit: 0.2 } },
  'two classes': { ...binary, x: features(300), y: mixed(300, 2), fit: { validationSplit: 0.2 } },
  'several labels': {
    layers: ends(3, 'sigmoid'),
    compile: { loss: 'binary_crossentropy', metrics: ['accuracy'] },
    x: features(100),
    y: hot(mixed(100, 3)),
  },
  logits: {
    layers: ends(3),
    compile: { loss: new SparseCategoricalCrossentropy({ fromLogits: true }), metrics: ['acc'] },
  },
  'one logit': { layers: ends(1), compile: { loss: new BinaryCrossentropy({ fromLogits: true }) } },
  'log probabilities': {
    layers: ends(3, 'log_softmax'),
    compile: { loss: new CategoricalCrossentropy({ fromLogits: true }) },
  },
  'the square error of probabilities': {
    layers: ends(1, 'sigmoid'),
    compile: { loss: 'mse', metrics: ['accuracy'] },
    x: features(50),
    y: mixed(50, 2),
  },
  'a regression': { ...regression, x: features(100), y: classes(100, noise), fit: { validationSplit: 0.2 } },
  'a regression of percentages': {
    layers: ends(1),
    compile: { loss: 'mape' },
    x: features(100),
    y: classes(100, (i) => 5000 + 1000 * noise(i)),
  },
  'sorted targets that are not split': { ...regression, x: features(100), y: classes(100, (i) => i / 100) },
  'a rare class with a weight': {
    ...binary,
    x: features(1000),
    y: classes(1000, (i) => Number(i % 200 === 17)),
    fit: { classWeight: { 0: 1, 1: 100 } },
  },
  'many classes, each of which is rare': {
    layers: [row, new Dense({ units: 200, activation: 'softmax' })],
    compile: { loss: 'sparse_categorical_crossentropy' },
    x: features(2000),
    y: mixed(2000, 200),
  },
  'few rows of one class, by chance': {
    ...binary,
    x: features(12),
    y: [0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
    fit: { validationSplit: 0.2 },
  },
  'normalized features': {
    layers: [
      new Input({ shape: [2] }),
      new Normalization({ mean: [0, 0], variance: [1, 1e8] }),
      new Dense({ units: 1 }),
    ],
    compile: { loss: 'mse' },
    x: features(40).map(([a = 0, b = 0]) => [a, 50_000 * b]),
    y: classes(40, noise),
  },
  'features that batches normalize': {
    layers: [new Input({ shape: [2] }), new BatchNormalization(), new Dense({ units: 1 })],
    compile: { loss: 'mse' },
    x: features(40).map(([a = 0, b = 0]) => [a, 50_000 * b]),
    y: classes(40, noise),
  },
  'normalized targets': {
    layers: [
      new Input({ shape: [2] }),
      new Dense({ units: 1 }),
      new Normalization({ axis: null, mean: 2e5, variance: 1e10, invert: true }),
    ],
    compile: { loss: 'mse' },
    x: features(40),
    y: classes(40, (i) => 250_000 + 1e5 * noise(i)),
  },
  'raw images, whose borders are black': {
    layers: [new Input({ shape: [28, 28, 1] }), new Flatten(), new Dense({ units: 3, activation: 'softmax' })],
    compile: { loss: 'sparse_categorical_crossentropy' },
    x: images,
    y: mixed(40, 3),
  },
  'flat images': {
    layers: [new Input({ shape: [784] }), new Dropout({ rate: 0.1 }), new Dense({ units: 3, activation: 'softmax' })],
    compile: { loss: 'sparse_categorical_crossentropy' },
    x: Float32Array.from(images, (one) => one / 255),
    y: mixed(40, 3),
  },
  'images scaled by a layer': {
    layers: [
      new Input({ shape: [784] }),
      new Rescaling({ scale: 1 / 255 }),
      new Dense({ units: 3, activation: 'softmax' }),
    ],
    compile: { loss: 'sparse_categorical_crossentropy' },
    x: images,
    y: mixed(40, 3),
  },
  'an autoencoder': {
    layers: ends(2),
    compile: { loss: 'mse' },
    x: features(50),
    y: features(50),
    fit: { validationSplit: 0.1 },
  },
};
