// @ts-check
// Learns a formula of physics from measurements: the impedance of a circuit in ohms, √(R² + (ωL - 1/(ωC))²). Its inputs have
// very different sizes, hence a Normalization layer; the learning rate warms up and falls; the rows come as a stream.
import {
  Adam,
  CosineDecay,
  Dense,
  dataset,
  Input,
  Normalization,
  RandomUniform,
  Sequential,
  setRandomSeed,
} from 'gemsbok';
import { trainingCurves } from 'gemsbok/plots';
import { readOptions, save } from './helpers.mjs';

const options = readOptions('Learns the impedance of a circuit from a stream of measurements.', {
  seed: '1',
  epochs: '40',
  folder: '.',
});
const [seed, epochs] = [Number(options.seed), Number(options.epochs)];
setRandomSeed(seed);

// After Friedman, Multivariate adaptive regression splines, 1991.
const INPUTS = [
  { name: 'ohms', from: 0, to: 100 },
  { name: 'radians a second', from: 40 * Math.PI, to: 560 * Math.PI },
  { name: 'henries', from: 0, to: 1 },
  { name: 'microfarads', from: 10, to: 110 },
];
/** @param {readonly number[]} inputs */
const impedance = ([r, w, l, c]) => Math.hypot(r, w * l - 1e6 / (w * c));

const [training, test] = [circuits(4000, 10 * seed), circuits(1000, 10 * seed + 5)];
// Kiloohms, so that the outputs are about as large as 1.
const rows = (list) => dataset(list).map(({ x }) => ({ x, y: impedance(/** @type {number[]} */ (x)) / 1000 }));

const batchSize = 32;
const steps = Math.ceil(training.length / batchSize);
const learningRate = new CosineDecay({
  initialLearningRate: 0,
  warmupTarget: 0.01,
  warmupSteps: 2 * steps,
  decaySteps: (epochs - 2) * steps,
});
const normalization = new Normalization();
await normalization.adapt(rows(training).batch(500));
const model = new Sequential([
  new Input({ shape: [4] }),
  normalization,
  new Dense({ units: 32, activation: 'gelu' }),
  new Dense({ units: 32, activation: 'gelu' }),
  new Dense({ units: 1 }),
]);
model.compile({ optimizer: new Adam({ learningRate }), loss: 'mse', metrics: ['mae'] });
const shuffled = rows(training).cache().shuffle({ bufferSize: training.length, seed });
const history = await model.fit(shuffled.batch(batchSize), {
  epochs,
  validationData: rows(test).batch(500),
  verbose: 2,
});

const predicted = Array.from((await model.predict(rows(test))).data, (kiloohms) => 1000 * kiloohms);
const truth = test.map(({ x }) => impedance(x));
const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length;
const off = (guess) => truth.reduce((sum, value, i) => sum + Math.abs(value - guess(i)), 0) / truth.length;
showScatter();
const [own, naive] = [(i) => predicted[i], () => mean].map(off);
console.log(`Off by ${own.toFixed(1)} ohms; always guessing the mean: ${naive.toFixed(0)}.`);

const rates = history.epoch.map((epoch) => learningRate.at((epoch + 1) * steps));
await save(
  options.folder,
  'impedance-curves',
  trainingCurves({ history: { ...history.history, learning_rate: rates } }),
);

/** Rows of inputs, each of them even over its range. */
function circuits(count, from) {
  const columns = INPUTS.map((input, i) =>
    new RandomUniform({ minval: input.from, maxval: input.to, seed: from + i }).initialize([count]),
  );
  return Array.from({ length: count }, (_, row) => ({ x: columns.map(({ data }) => data[row]) }));
}

/** Predictions over true values: on the diagonal where they are right. */
function showScatter() {
  const [width, height, most] = [60, 15, 1800];
  const cells = Array.from({ length: height }, () => new Array(width).fill(0));
  for (const [i, value] of truth.entries()) {
    const [column, row] = [(width * value) / most, (height * predicted[i]) / most].map(Math.floor);
    if (cells[row]?.[column] !== undefined) cells[row][column]++;
  }
  console.log('\nPredicted over true impedance, up to 1800 ohms');
  for (const row of cells.reverse()) {
    console.log(`│${row.map((count) => ' ·∘●'[Math.min(3, count)]).join('')}`.trimEnd());
  }
  console.log(`└${'─'.repeat(width)}\n`);
}
