// @ts-check
import { Adam, Dense, EarlyStopping, Input, Sequential, setRandomSeed } from 'gemsbok';
import { draw, readOptions, save } from './helpers.mjs';

const { seed, days, folder } = readOptions('Forecasts the visitors of the next week from the last four.', {
  seed: '1',
  days: '1100',
  folder: '.',
});
setRandomSeed(Number(seed));

const [PAST, NEXT] = [28, 7];
const visitors = visits(Number(days), Number(seed));
// The tests are the last days: what comes later must not help to forecast what was before.
const windows = Array.from({ length: visitors.length - PAST - NEXT + 1 }, (_, i) => i);
const [train, valid] = [Math.floor(0.7 * windows.length), Math.floor(0.85 * windows.length)];
/** @param {readonly number[]} starts */
const rowsOf = (starts) => ({
  x: starts.map((start) => visitors.slice(start, start + PAST).map(scaled)),
  y: starts.map((start) => visitors.slice(start + PAST, start + PAST + NEXT).map(scaled)),
});
const [training, validation] = [rowsOf(windows.slice(0, train - NEXT)), rowsOf(windows.slice(train, valid - NEXT))];

const model = new Sequential([
  new Input({ shape: [PAST] }),
  new Dense({ units: 64, activation: 'relu' }),
  new Dense({ units: NEXT }),
]);
model.compile({ optimizer: new Adam({ learningRate: 0.003 }), loss: 'mae' });
await model.fit(training.x, training.y, {
  epochs: 200,
  validationData: validation,
  callbacks: [new EarlyStopping({ monitor: 'val_loss', patience: 15, restoreBestWeights: true })],
  verbose: 0,
});

const tests = windows.slice(valid);
const forecasts = (await model.predict(rowsOf(tests).x)).data;
const off = meanOf(tests, (start, day, i) => forecasts[NEXT * i + day] * 100 + 300 - visitors[start + PAST + day]);
const naive = meanOf(tests, (start, day) => visitors[start + PAST + day - 7] - visitors[start + PAST + day]);
console.log(`Off by ${off.toFixed(1)} visitors a day; repeating the last week: ${naive.toFixed(1)}`);

const last = tests.length - 1;
const start = tests[last];
/** @param {number} day @param {number} value @param {string} of */
const point = (day, value, of) => ({ day: start + day, visitors: value, of });
const values = [
  ...visitors.slice(start, start + PAST + NEXT).map((value, day) => point(day, value, 'visitors')),
  ...Array.from({ length: NEXT }, (_, day) => point(PAST + day, forecasts[NEXT * last + day] * 100 + 300, 'forecast')),
];
await save(
  folder,
  'forecast',
  draw({
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'day', type: 'quantitative', scale: { zero: false } },
      y: { field: 'visitors', type: 'quantitative', scale: { zero: false } },
      color: {
        field: 'of',
        type: 'nominal',
        title: null,
        legend: { orient: 'bottom' },
        scale: { domain: ['visitors', 'forecast'], range: ['#2563eb', '#ea580c'] },
      },
      strokeDash: {
        field: 'of',
        type: 'nominal',
        title: null,
        scale: {
          domain: ['visitors', 'forecast'],
          range: [
            [1, 0],
            [6, 3],
          ],
        },
      },
    },
  }),
);

/** @param {number} value */
function scaled(value) {
  return (value - 300) / 100;
}

/**
 * The mean size of an error over all days of all windows.
 *
 * @param {readonly number[]} starts
 * @param {(start: number, day: number, i: number) => number} errorOf
 */
function meanOf(starts, errorOf) {
  const errors = starts.flatMap((start, i) =>
    Array.from({ length: NEXT }, (_, day) => Math.abs(errorOf(start, day, i))),
  );
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

/**
 * Weeks, years, a trend, and noise that lasts some days.
 *
 * @param {number} count
 * @param {number} state
 */
function visits(count, state) {
  let weather = 0;
  return Array.from({ length: count }, (_, day) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    weather = 0.7 * weather + 60 * (state / 2 ** 32 - 0.5);
    const week = [0, -30, -40, -35, -10, 90, 80][day % 7];
    return 300 + week + 60 * Math.sin((2 * Math.PI * day) / 365) + 0.03 * day + weather;
  });
}
