// @ts-check
// Trains a small dense network on the MNIST digits: on their raw pixels, from 0 to 255, or with `--rescale` on numbers
// from 0 to 1, which learn better, and better still in smaller batches.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Dense, datasets, Flatten, Input, Sequential, SparseCategoricalCrossentropy, setRandomSeed } from 'gemsbok';
import { trainingCurves } from 'gemsbok/plots';
import { readOptions } from './helpers.mjs';

const options = readOptions('Trains a small dense network on the digits of MNIST.', {
  rescale: false,
  epochs: '10',
  'batch-size': '',
  seed: '1',
  curves: 'mnist-curves.svg',
});
setRandomSeed(Number(options.seed));

const { trainX, trainY, testX, testY } = await datasets.mnist.loadData();
// Grey values from 0 to 255 as they are, or from 0 to 1.
const prepare = ({ data, shape }) =>
  options.rescale ? { data: Float32Array.from(data, (v) => v / 255), shape } : { data, shape };

const model = new Sequential([
  new Input({ shape: [28, 28, 1] }),
  new Flatten(),
  new Dense({ units: 84, activation: 'relu' }),
  new Dense({ units: 10, activation: 'softmax' }),
]);
model.summary();
model.compile({ optimizer: 'adam', loss: new SparseCategoricalCrossentropy(), metrics: ['acc'] });

const test = prepare(testX);
const history = await model.fit(prepare(trainX), trainY, {
  batchSize: Number(options['batch-size'] || (options.rescale ? 64 : 256)),
  epochs: Number(options.epochs),
  validationData: [test, testY],
});

const count = 5;
const probabilities = model.predictSync({ data: test.data.slice(0, count * 784), shape: [count, 28, 28, 1] });
showDigits(/** @type {number[][]} */ (probabilities.toArray()));

console.log(`Validation accuracy: ${history.history.val_acc.at(-1)?.toFixed(4)}`);
await writeFile(options.curves, await trainingCurves(history));
console.log(`Training curves: ${resolve(options.curves)}`);

/** Two rows of pixels in a line of text. */
function showDigits(predictions) {
  const ink = (digit, row, column) => Number(testX.data[digit * 784 + row * 28 + column] > 96);
  const digits = predictions.map((_, digit) => digit);
  for (let row = 2; row < 26; row += 2) {
    const line = digits.map((digit) =>
      Array.from({ length: 24 }, (_, i) => ' ▄▀█'[2 * ink(digit, row, i + 2) + ink(digit, row + 1, i + 2)]).join(''),
    );
    console.log(line.join(' ').trimEnd());
  }
  const answers = predictions.map((row, digit) => {
    const best = row.indexOf(Math.max(...row));
    return `${best} (${(100 * row[best]).toFixed(1)} %)${best === testY.data[digit] ? '' : ` not ${testY.data[digit]}`}`;
  });
  console.log(
    `${answers
      .map((text) => text.padEnd(25))
      .join('')
      .trimEnd()}\n`,
  );
}
