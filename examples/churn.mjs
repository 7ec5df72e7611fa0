// @ts-check
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Adam,
  Concatenate,
  Dense,
  EarlyStopping,
  Embedding,
  Flatten,
  Input,
  Model,
  Normalization,
  readCsv,
  setRandomSeed,
} from 'gemsbok';
import { gainsCurve, rocCurve } from 'gemsbok/plots';
import { readOptions, save } from './helpers.mjs';

const { seed, rows, folder } = readOptions(
  'Finds the customers that are about to leave, from a CSV file with words and gaps.',
  {
    seed: '1',
    rows: '4000',
    folder: '.',
  },
);
setRandomSeed(Number(seed));

const NUMBERS = ['months', 'price', 'calls'];
const CATEGORIES = ['plan', 'city'];
const home = await mkdtemp(join(tmpdir(), 'churn-'));
await writeFile(join(home, 'customers.csv'), customers(Number(rows), Number(seed)));
const table = await readCsv(join(home, 'customers.csv'), {
  target: 'leaves',
  features: [...NUMBERS, ...CATEGORIES],
  columns: { plan: 'category', city: 'category', leaves: ['no', 'yes'] },
  missing: { price: 'median' },
});
/** @type {number[][]} */
const x = [];
/** @type {number[]} */
const y = [];
for await (const row of table) {
  x.push([.../** @type {Float32Array} */ (row.x)]);
  y.push(/** @type {number} */ (row.y));
}
await rm(home, { recursive: true });

const [train, valid] = [Math.floor(0.6 * x.length), Math.floor(0.8 * x.length)];
/** Numbers together, each column of words by itself. @param {number} from @param {number} to */
const inputsOf = (from, to) => {
  const part = x.slice(from, to);
  const words = CATEGORIES.map((name, i) => [name, part.map((row) => [row[NUMBERS.length + i]])]);
  return { numbers: part.map((row) => row.slice(0, NUMBERS.length)), ...Object.fromEntries(words) };
};
const normalization = new Normalization();
normalization.adapt(inputsOf(0, train).numbers);

const numbers = new Input({ shape: [NUMBERS.length], name: 'numbers' });
const words = CATEGORIES.map((name) => new Input({ shape: [1], name }));
const embedded = words.map((input, i) => {
  const inputDim = table.categories[CATEGORIES[i]].length;
  return new Flatten().apply(new Embedding({ inputDim, outputDim: 3 }).apply(input));
});
const merged = new Concatenate().apply([normalization.apply(numbers), ...embedded]);
const leaves = new Dense({ units: 1, activation: 'sigmoid' }).apply(
  new Dense({ units: 24, activation: 'relu' }).apply(merged),
);
const model = new Model({ inputs: [numbers, ...words], outputs: leaves });
model.compile({ optimizer: new Adam({ learningRate: 0.005 }), loss: 'binary_crossentropy', metrics: ['auc'] });
await model.fit(inputsOf(0, train), y.slice(0, train), {
  epochs: 60,
  validationData: [inputsOf(train, valid), y.slice(train, valid)],
  callbacks: [new EarlyStopping({ monitor: 'val_loss', patience: 6, restoreBestWeights: true })],
  verbose: 0,
});

const testY = y.slice(valid);
const predicted = await model.predict(inputsOf(valid, x.length));
const { auc } = await model.evaluate(inputsOf(valid, x.length), testY);
const share = testY.reduce((sum, one) => sum + one, 0) / testY.length;
console.log(`${Math.round(100 * share)} % leave. AUC ${auc.toFixed(3)}; a guess has 0.5`);
const ranked = testY.map((one, i) => ({ one, score: predicted.data[i] })).sort((a, b) => b.score - a.score);
const called = ranked.slice(0, Math.floor(testY.length / 5));
const found = called.reduce((sum, { one }) => sum + one, 0) / (share * testY.length);
console.log(
  `Calling the fifth with the highest scores reaches ${Math.round(100 * found)} % of those that leave; by chance 20 %`,
);
await save(folder, 'churn-roc', rocCurve(testY, predicted));
await save(folder, 'churn-gains', gainsCurve(testY, predicted));

/**
 * Customers as a file has them.
 *
 * @param {number} count
 * @param {number} state
 */
function customers(count, state) {
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  /** @template T @param {readonly T[]} list @returns {T} */
  const pick = (list) => list[Math.floor(list.length * random())];
  const lines = Array.from({ length: count }, () => {
    const [months, price, calls] = [
      Math.ceil(72 * random() ** 2),
      Math.round(20 + 80 * random()),
      Math.floor(6 * random() ** 2),
    ];
    const [plan, city] = [pick(['basic', 'family', 'pro']), pick(['Bath', 'Cork', 'Graz', 'Lyon', 'Oslo'])];
    const odds =
      -1.6 +
      0.02 * (price - 60) -
      0.05 * months +
      0.7 * calls +
      (plan === 'basic' ? 0.9 : 0) +
      (city === 'Oslo' ? 1.2 : 0);
    const leaves = random() < 1 / (1 + Math.exp(-odds));
    return [months, random() < 0.03 ? '' : price, calls, plan, city, leaves ? 'yes' : 'no'].join();
  });
  return `months,price,calls,plan,city,leaves\n${lines.join('\n')}\n`;
}
