// @ts-check
// A generator learns four heaps of points by a Wasserstein critic whose gradient is held at a length of 1 (WGAN-GP).
//
// The penalty (|d critic / d x| - 1)^2 asks for the gradient of a gradient. Along its own direction u a gradient's length is a
// difference of two values, (critic(x + h u) - critic(x - h u)) / 2 h, so that one step of usual training does it: the critic
// sees both points, and the targets say how much each counts.
import { Adam, Dense, Input, LeakyReLU, RandomNormal, Sequential, setRandomSeed } from 'gemsbok';
import { readOptions } from './helpers.mjs';

const options = readOptions(
  'A generator learns four heaps of points by a Wasserstein critic with a penalty of gradients.',
  {
    seed: '1',
    steps: '400',
    folder: '.',
  },
);
const seed = Number(options.seed);
setRandomSeed(seed);

const [BATCH, CRITIC_STEPS, PENALTY, H] = [64, 4, 1, 0.01];
let draws = 0;
const normal = (rows, columns) => new RandomNormal({ stddev: 1, seed: seed + ++draws }).initialize([rows, columns]);
const HEAPS = [
  [1, 1],
  [-1, 1],
  [-1, -1],
  [1, -1],
];
const heaps = (rows) => {
  return normal(rows, 2)
    .toArray()
    .map((point, i) => point.map((value, axis) => HEAPS[i % 4][axis] + 0.1 * value));
};

/** What a row's output counts: its target. */
function counted(yTrue, yPred) {
  return { value: yPred.data.map((value, i) => value * yTrue.data[i]), gradient: yTrue };
}

const hidden = () => [new Dense({ units: 48 }), new LeakyReLU({ negativeSlope: 0.2 })];
const generator = new Sequential([new Input({ shape: [2] }), ...hidden(), ...hidden(), new Dense({ units: 2 })]);
const critic = new Sequential([new Input({ shape: [2] }), ...hidden(), ...hidden(), new Dense({ units: 1 })]);
const adam = () => new Adam({ learningRate: 0.002, beta1: 0.5, beta2: 0.9 });
critic.compile({ optimizer: adam(), loss: counted });
critic.trainable = false;
const both = new Sequential([generator, critic]);
both.compile({ optimizer: adam(), loss: counted });

const all = (rows, value) => Array.from({ length: rows }, () => [value]);

async function trainCritic() {
  const [truth, fakes] = [heaps(BATCH), /** @type {number[][]} */ (generator.predictSync(normal(BATCH, 2)).toArray())];
  const shares = normal(BATCH, 1).data.map((value) => 1 / (1 + Math.exp(-2 * value)));
  const between = truth.map((point, i) => point.map((value, a) => fakes[i][a] + shares[i] * (value - fakes[i][a])));
  // By the mean of all outputs; a single row's gradient is as many times as large as there are rows.
  const { gradients } = critic.inputGradients(between, all(BATCH, BATCH));
  const slopes = /** @type {number[][]} */ (gradients.toArray());
  const lengths = slopes.map((slope) => Math.hypot(...slope));
  const moved = (step) => {
    return between.map((point, i) => point.map((value, a) => value + (step * slopes[i][a]) / (lengths[i] || 1)));
  };
  const weights = lengths.map((length) => [(PENALTY * 2 * (length - 1)) / (2 * H)]);
  await critic.trainOnBatch(
    [...truth, ...fakes, ...moved(H), ...moved(-H)],
    [...all(BATCH, -1), ...all(BATCH, 1), ...weights, ...weights.map(([weight]) => [-weight])],
  );
  return lengths.reduce((sum, length) => sum + length, 0) / BATCH;
}

for (let step = 1; step <= Number(options.steps); step++) {
  let length = 0;
  for (let i = 0; i < CRITIC_STEPS; i++) length = await trainCritic();
  await both.trainOnBatch(normal(BATCH, 2), all(BATCH, -1));
  if (step % 100 === 0) report(step, length);
}

function report(step, length) {
  const counts = HEAPS.map(() => 0);
  for (const point of /** @type {number[][]} */ (generator.predictSync(normal(1000, 2)).toArray())) {
    const heap = HEAPS.findIndex(([a, b]) => Math.hypot(point[0] - a, point[1] - b) < 0.4);
    if (heap >= 0) counts[heap]++;
  }
  const shares = counts.map((count) => `${Math.round(count / 10)} %`).join(', ');
  console.log(`Step ${step}: in the heaps ${shares}; the critic's gradient has length ${length.toFixed(2)}`);
}
