// @ts-check
import { Adam, Dense, datasets, Input, Model, Rescaling, Reshape, Sequential, setRandomSeed } from 'gemsbok';
import { draw, readOptions, save } from './helpers.mjs';

const { seed, rows, epochs, folder } = readOptions('Puts digits into a plane, and draws them again from there.', {
  seed: '1',
  rows: '10000',
  epochs: '12',
  folder: '.',
});
setRandomSeed(Number(seed));

const { trainX, testX, testY } = await datasets.mnist.loadData();
const scale = new Sequential([
  new Input({ shape: [28, 28, 1] }),
  new Rescaling({ scale: 1 / 255 }),
  new Reshape({ targetShape: [784] }),
]);
const digits = await scale.predict(trainX.data.subarray(0, Number(rows) * 784));
const held = await scale.predict(testX.data.subarray(0, 1000 * 784));

const auto = new Sequential([
  new Input({ shape: [784] }),
  new Dense({ units: 256, activation: 'relu' }),
  new Dense({ units: 64, activation: 'relu' }),
  new Dense({ units: 2, name: 'plane' }),
  new Dense({ units: 64, activation: 'relu' }),
  new Dense({ units: 256, activation: 'relu' }),
  new Dense({ units: 784, activation: 'sigmoid' }),
]);
auto.compile({ optimizer: new Adam({ learningRate: 0.002 }), loss: 'binary_crossentropy', metrics: ['mse'] });
await auto.fit(digits, digits, { epochs: Number(epochs), batchSize: 128, verbose: 2 });

const { mse } = await auto.evaluate(held, held);
console.log(
  `Mean squared error of a pixel: ${mse.toFixed(4)}; always drawing the mean: ${meanImageError().toFixed(4)}`,
);

const encoder = new Model({ inputs: auto.inputs, outputs: auto.getLayer('plane').output });
const [places] = [await encoder.predict(held)].flat();
console.log(
  `The nearest neighbour in the plane is the same digit: ${Math.round(100 * sameNeighbours())} %, by chance 10 %`,
);
const values = Array.from({ length: 1000 }, (_, i) => ({
  first: places.data[2 * i],
  second: places.data[2 * i + 1],
  digit: testY.data[i],
}));
/** @param {string} field */
const axis = (field) => ({ field, type: 'quantitative', title: `${field} number of the code` });
await save(
  folder,
  'autoencoder-plane',
  draw({
    width: 520,
    height: 520,
    data: { values },
    mark: { type: 'text', fontSize: 12, fontWeight: 'bold' },
    encoding: {
      x: axis('first'),
      y: axis('second'),
      text: { field: 'digit' },
      color: { field: 'digit', type: 'nominal', scale: { scheme: 'category10' }, legend: null },
    },
  }),
);
await show();

function meanImageError() {
  const mean = new Float64Array(784);
  for (const [i, pixel] of digits.data.entries()) mean[i % 784] += pixel / Number(rows);
  return held.data.reduce((sum, pixel, i) => sum + (pixel - mean[i % 784]) ** 2, 0) / held.data.length;
}

function sameNeighbours() {
  let same = 0;
  for (let i = 0; i < 1000; i++) {
    let [best, nearest] = [Number.POSITIVE_INFINITY, -1];
    for (let j = 0; j < 1000; j++) {
      const distance = Math.hypot(
        places.data[2 * i] - places.data[2 * j],
        places.data[2 * i + 1] - places.data[2 * j + 1],
      );
      if (j !== i && distance < best) [best, nearest] = [distance, j];
    }
    if (testY.data[nearest] === testY.data[i]) same++;
  }
  return same / 1000;
}

/** Some digits, and what is drawn of them. */
async function show() {
  const drawn = await auto.predict(held.data.subarray(0, 5 * 784));
  for (const images of [held.data, drawn.data]) {
    for (let y = 2; y < 26; y += 2) {
      const line = Array.from({ length: 5 }, (_, image) => {
        const pixels = Array.from({ length: 24 }, (_, x) => images[image * 784 + y * 28 + x + 2]);
        return pixels.map((pixel) => ' ░▒▓█'[Math.min(4, Math.floor(5 * pixel))]).join('');
      });
      console.log(line.join(' ').trimEnd());
    }
    console.log();
  }
}
