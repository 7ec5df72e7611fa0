// @ts-check
import {
  CategoricalCrossentropy,
  Dense,
  Input,
  losses,
  MeanAbsoluteError,
  MeanSquaredError,
  Sequential,
  SGD,
  SparseCategoricalCrossentropy,
  setRandomSeed,
} from 'gemsbok';
import { draw, readOptions, save } from './helpers.mjs';

const { folder } = readOptions('Prints losses and gradients, and draws the pictures of docs/losses.md.', {
  folder: 'docs/losses',
});

const [BLUE, ORANGE, GREY] = ['#2563eb', '#ea580c', '#4b5563'];
const grid = (from, to, points = 200) =>
  Array.from({ length: points + 1 }, (_, i) => from + ((to - from) * i) / points);

printValues();
await save(folder, 'metric', draw(metricBesideLoss()));
await save(folder, 'outlier', draw(await lineWithOutlier()));
await save(folder, 'two-errors', draw(twoErrors()));
await save(folder, 'confidence', draw(confidence()));
await save(folder, 'rmse', draw(sameMinimum()));
await save(folder, 'labels', draw(await arbitraryLabels()));
await save(folder, 'gradient', draw(gradientOfCrossentropy()));

function printValues() {
  const probabilities = [
    [0.15, 0.75, 0.1],
    [0.75, 0.15, 0.1],
  ];
  const oneHot = [
    [0, 1, 0],
    [1, 0, 0],
  ];
  for (const { loss, yTrue, yPred } of [
    { loss: new MeanAbsoluteError(), yTrue: [1, 0], yPred: [2, 3] },
    { loss: new MeanSquaredError(), yTrue: [1, 0], yPred: [2, 3] },
    { loss: new CategoricalCrossentropy(), yTrue: oneHot, yPred: probabilities },
    { loss: new SparseCategoricalCrossentropy(), yTrue: [1, 0], yPred: probabilities },
  ]) {
    const { value, gradient } = loss.valueAndGradient(yTrue, yPred);
    console.log(`${loss.name}: ${Number(value.toPrecision(7))}`);
    console.log('  gradient:', JSON.stringify(gradient.toArray()));
  }
}

/** Six samples of one feature, which a weight and a sigmoid classify: over the weight. */
function metricBesideLoss() {
  const [x, y] = [
    [-2, -1, 0.5, -0.5, 1, 2],
    [0, 0, 0, 1, 1, 1],
  ];
  const loss = new losses.BinaryCrossentropy({ dtype: 'float64' });
  return lines(
    'weight',
    grid(-2, 4, 199).flatMap((weight) => {
      const p = x.map((value) => [1 / (1 + Math.exp(-weight * value))]);
      const right = p.filter(([one], i) => Number(one > 0.5) === y[i]).length / x.length;
      return [
        {
          at: weight,
          value: loss.compute(
            y.map((one) => [one]),
            p,
          ),
          of: 'loss: binary crossentropy',
        },
        { at: weight, value: right, of: 'metric: accuracy', side: Math.sign(weight) },
      ];
    }),
  );
}

/** A line through points of which one is far off, by either loss. */
async function lineWithOutlier() {
  const x = grid(0, 2, 10);
  const y = x.map((value, i) => (i === 9 ? 9 : 2 * value + 1));
  const points = x.map((at, i) => ({ at, value: y[i], of: 'data' }));
  const fitted = [];
  for (const loss of /** @type {const} */ (['mae', 'mse'])) {
    setRandomSeed(1);
    const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1 })]);
    model.compile({ optimizer: new SGD({ learningRate: 0.05 }), loss });
    await model.fit(
      x.map((one) => [one]),
      y,
      { epochs: 2000, batchSize: x.length, shuffle: false, verbose: 0 },
    );
    for (const at of [0, 2]) fitted.push({ at, value: model.predictSync([[at]]).item(), of: loss });
  }
  return lines('x', fitted, points);
}

/** Both sums of losses, over how an error of 2 in all is shared by two predictions. */
function twoErrors() {
  return lines(
    'first error; the second one is 2 minus it',
    grid(0, 2).flatMap((first) =>
      [
        { of: 'mean absolute error', loss: new MeanAbsoluteError() },
        { of: 'mean squared error', loss: new MeanSquaredError() },
      ].map(({ of, loss }) => ({ at: first, value: loss.compute([0, 0], [first, 2 - first]), of })),
    ),
  );
}

function confidence() {
  const loss = new CategoricalCrossentropy({ dtype: 'float64' });
  const at = (p) => ({ at: p, value: loss.compute([[1, 0]], [[p, 1 - p]]), of: 'crossentropy' });
  const points = [0.75, 0.9].map((p) => ({ ...at(p), of: 'predictions of 75 % and 90 %' }));
  return lines('probability of the true class', grid(0.02, 1).map(at), points);
}

/** Three samples of a line through 0, over its slope. */
function sameMinimum() {
  const [x, y] = [
    [1, 2, 3],
    [2, 3, 7],
  ];
  const mse = new MeanSquaredError({ dtype: 'float64' });
  return lines(
    'slope',
    grid(0, 4).flatMap((slope) => {
      const value = mse.compute(
        y,
        x.map((one) => slope * one),
      );
      return [
        { at: slope, value, of: 'MSE' },
        { at: slope, value: Math.sqrt(value), of: 'RMSE' },
      ];
    }),
  );
}

/** What a model of one number says along a line on which three classes lie side by side, by how they are numbered. */
async function arbitraryLabels() {
  const x = grid(0, 3, 60).map((one) => [one]);
  const points = [];
  for (const numbers of [
    [0, 1, 2],
    [0, 2, 1],
  ]) {
    setRandomSeed(1);
    const model = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1 })]);
    model.compile({ optimizer: new SGD({ learningRate: 0.05 }), loss: 'mse' });
    const y = x.map(([one]) => numbers[Math.min(2, Math.floor(one))]);
    await model.fit(x, y, { epochs: 2000, batchSize: x.length, shuffle: false, verbose: 0 });
    for (const [at] of x)
      points.push({ at, value: model.predictSync([[at]]).item(), of: `numbered ${numbers.join(', ')}` });
  }
  return lines('x: the first class up to 1, the second up to 2, the third up to 3', points);
}

function gradientOfCrossentropy() {
  const loss = new CategoricalCrossentropy({ dtype: 'float64' });
  return lines(
    'probability p of the true class',
    grid(0.15, 1).flatMap((p) => [
      { at: p, value: loss.gradient([[1, 0]], [[p, 1 - p]]).data[0], of: '−(1/p − 1), as computed here and in Keras' },
      { at: p, value: -1 / p, of: '−1/p, of −ln p alone' },
    ]),
  );
}

/** Lines over `at`, one for each `of`, and dots. */
function lines(title, values, dots = []) {
  const of = [...new Set([...values, ...dots].map((value) => value.of))];
  const color = { field: 'of', type: 'nominal', scale: { domain: of, range: [BLUE, ORANGE, GREY] }, title: null };
  const encoding = {
    x: { field: 'at', type: 'quantitative', title, scale: { nice: false }, axis: { tickCount: 7 } },
    y: { field: 'value', type: 'quantitative', title: null, scale: { nice: 6 }, axis: { tickCount: 6 } },
    // A line that jumps is broken there.
    detail: { field: 'side', type: 'nominal' },
    color: { ...color, legend: { orient: 'bottom', direction: 'vertical', labelLimit: 400 } },
    strokeDash: {
      field: 'of',
      type: 'nominal',
      scale: {
        domain: of,
        range: [
          [1, 0],
          [8, 3],
          [1, 0],
        ],
      },
      title: null,
    },
  };
  const line = { data: { values }, mark: { type: 'line', strokeWidth: 2.5 }, encoding };
  const { strokeDash: _, ...dotted } = encoding;
  const dot = { data: { values: dots }, mark: { type: 'point', filled: true, size: 60, opacity: 1 }, encoding: dotted };
  return { layer: dots.length > 0 ? [line, dot] : [line] };
}
