// @ts-check
import { Adam, Dense, EarlyStopping, Input, Normalization, Sequential, setRandomSeed } from 'gemsbok';
import { predictedOverTrue, residuals } from 'gemsbok/plots';
import { readOptions, save } from './helpers.mjs';

const { seed, rows, folder } = readOptions('Predicts the prices of flats, and shows where it is wrong.', {
  seed: '1',
  rows: '1500',
  folder: '.',
});
setRandomSeed(Number(seed));

const { x, y } = flats(Number(rows), Number(seed));
const [train, valid] = [Math.floor(0.7 * x.length), Math.floor(0.85 * x.length)];
const normalization = new Normalization();
normalization.adapt(x.slice(0, train));
const model = new Sequential([
  new Input({ shape: [4] }),
  normalization,
  new Dense({ units: 32, activation: 'relu' }),
  new Dense({ units: 32, activation: 'relu' }),
  new Dense({ units: 1 }),
]);
model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: 'huber', metrics: ['mae', 'r2_score'] });
const { epoch } = await model.fit(x.slice(0, train), y.slice(0, train), {
  epochs: 200,
  validationData: [x.slice(train, valid), y.slice(train, valid)],
  callbacks: [new EarlyStopping({ monitor: 'val_loss', patience: 15, restoreBestWeights: true })],
  verbose: 0,
});

const [testX, testY] = [x.slice(valid), y.slice(valid)];
const { mae, r2_score } = await model.evaluate(testX, testY);
const mean = y.slice(0, train).reduce((sum, price) => sum + price, 0) / train;
const naive = testY.reduce((sum, price) => sum + Math.abs(price - mean), 0) / testY.length;
console.log(`${epoch.length} epochs; the noise of the prices alone is 8 thousand on average`);
console.log(
  `Off by ${mae.toFixed(1)} thousand; always guessing the mean: ${naive.toFixed(1)}; R² ${r2_score.toFixed(3)}`,
);
const predicted = await model.predict(testX);
await save(folder, 'regression-residuals', residuals(testY, predicted));
await save(folder, 'regression-predicted', predictedOverTrue(testY, predicted));

/**
 * Flats with their prices in thousands: large ones are dear, the more so in the middle of the town.
 *
 * @param {number} count
 * @param {number} start
 */
function flats(count, start) {
  const random = generator(start);
  const x = Array.from({ length: count }, () => {
    const [area, distance, age] = [30 + 120 * random(), 15 * random(), 100 * random()];
    return [area, Math.round(area / 30 + random()), distance, age];
  });
  const y = x.map(([area, rooms, distance, age]) => {
    const noise = 10 * (random() + random() + random() + random() - 2) * 1.73;
    return 40 + area * (2 + 3 * Math.exp(-distance / 5)) + 6 * rooms - 0.4 * Math.min(age, 60) + noise;
  });
  return { x, y };
}

/** @param {number} state */
function generator(state) {
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
