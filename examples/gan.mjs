// @ts-check
// A generator learns to put points on a ring that it never sees: only what a discriminator says of them, while that learns to
// tell them from true ones.
import { Adam, Dense, Input, LeakyReLU, RandomNormal, Sequential, setRandomSeed } from 'gemsbok';
import { readOptions } from './helpers.mjs';

const options = readOptions('A generator learns to put points on a ring that it never sees.', {
  seed: '1',
  steps: '2000',
  folder: '.',
});
const seed = Number(options.seed);
setRandomSeed(seed);

const BATCH = 64;
let draws = 0;
const normal = (rows, columns) => new RandomNormal({ stddev: 1, seed: seed + ++draws }).initialize([rows, columns]);

/** Points at a distance of 1 from the middle, a bit blurred. */
function ring(rows) {
  const [directions, blur] = [normal(rows, 2).toArray(), normal(rows, 1).data];
  return directions.map(([a, b], i) => {
    const radius = (1 + 0.03 * blur[i]) / Math.hypot(a, b);
    return [radius * a, radius * b];
  });
}

const generator = new Sequential([
  new Input({ shape: [2] }),
  new Dense({ units: 32, activation: 'relu' }),
  new Dense({ units: 32, activation: 'relu' }),
  new Dense({ units: 2 }),
]);
const discriminator = new Sequential([
  new Input({ shape: [2] }),
  new Dense({ units: 64 }),
  new LeakyReLU({ negativeSlope: 0.2 }),
  new Dense({ units: 64 }),
  new LeakyReLU({ negativeSlope: 0.2 }),
  new Dense({ units: 1, activation: 'sigmoid' }),
]);
const loss = 'binary_crossentropy';
const adam = () => new Adam({ learningRate: 0.001, beta1: 0.5 });
discriminator.compile({ optimizer: adam(), loss });
// The same layers again, of which those of the discriminator stay as they are while the generator learns.
discriminator.trainable = false;
const both = new Sequential([generator, discriminator]);
both.compile({ optimizer: adam(), loss });

const labels = (rows, value) => Array.from({ length: rows }, () => [value]);
for (let step = 1; step <= Number(options.steps); step++) {
  const fakes = pointsOf(generator.predictSync(normal(BATCH, 2)));
  await discriminator.trainOnBatch([...ring(BATCH), ...fakes], [...labels(BATCH, 1), ...labels(BATCH, 0)]);
  await both.trainOnBatch(normal(BATCH, 2), labels(BATCH, 1));
  if (step % 500 === 0) report(step);
}
draw(pointsOf(await generator.predict(normal(400, 2))));

/** @param {import('gemsbok').Tensor} predicted */
function pointsOf(predicted) {
  return /** @type {number[][]} */ (predicted.toArray());
}

function report(step) {
  const radii = pointsOf(generator.predictSync(normal(1000, 2))).map((point) => Math.hypot(...point));
  const near = radii.filter((radius) => Math.abs(radius - 1) < 0.2).length;
  console.log(`Step ${step}: ${Math.round(near / 10)} % of the points are near the ring`);
}

function draw(points) {
  const size = 21;
  const lines = Array.from({ length: size }, () => Array.from({ length: size }, () => '  '));
  for (const [a, b] of points) {
    const [row, column] = [-b, a].map((value) => Math.round((value / 1.4 + 1) * (size / 2) - 0.5));
    if (lines[row]?.[column] !== undefined) lines[row][column] = '●●';
  }
  console.log(lines.map((line) => line.join('').trimEnd()).join('\n'));
}
