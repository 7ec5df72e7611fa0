// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Adam, CosineDecay, Dense, datasets, Input, LayerStatistics, Sequential, setRandomSeed } from 'gemsbok';
import {
  activationCurves,
  calibrationCurve,
  confusionMatrix,
  gainsCurve,
  layerCurves,
  lossCurves,
  prCurve,
  predictedOverTrue,
  report,
  residuals,
  rocCurve,
  scheduleCurves,
  trainingCurves,
  weightHistograms,
} from 'gemsbok/plots';
import { readOptions } from './helpers.mjs';

const options = readOptions('Draws what there is to see of losses, of runs and of what they predict, as SVG and PNG.', {
  folder: 'build/figures',
});
const folder = resolve(options.folder);
await mkdir(folder, { recursive: true });

async function save(name, draw) {
  await writeFile(join(folder, `${name}.svg`), await draw({ format: 'svg' }));
  await writeFile(join(folder, `${name}.png`), await draw({ format: 'png' }));
}

await save('losses-regression', (options) => lossCurves(['mae', 'mse'], options));
await save('loss-crossentropy', (options) => lossCurves('categorical_crossentropy', options));
await save('loss-binary-crossentropy', (options) => lossCurves('binary_crossentropy', options));
await save('activations', (options) => activationCurves(['relu', 'gelu', 'tanh'], options));
const schedule = new CosineDecay({ initialLearningRate: 0.1, decaySteps: 1000, warmupSteps: 100, warmupTarget: 0.2 });
await save('learning-rate', (options) => scheduleCurves(schedule, options));

// A run whose pictures are worth looking at: three kinds of irises.
setRandomSeed(3);
const { x, y, classNames: labels } = await datasets.iris.loadData();
const model = new Sequential([
  new Input({ shape: [4] }),
  new Dense({ units: 16, activation: 'relu' }),
  new Dense({ units: 3, activation: 'softmax' }),
]);
model.compile({
  optimizer: new Adam({ learningRate: 0.01 }),
  loss: 'sparse_categorical_crossentropy',
  metrics: ['acc'],
});
// The rows are ordered by kind: every fifth one validates.
const pick = (keep) => {
  const rows = Array.from({ length: 150 }, (_, row) => row).filter((row) => keep(row % 5 === 0));
  return { x: rows.map((row) => x.data.slice(4 * row, 4 * row + 4)), y: rows.map((row) => y.data[row]) };
};
const [training, validation] = [pick((held) => !held), pick((held) => held)];
const history = await model.fit(training.x, training.y, {
  epochs: 60,
  batchSize: 16,
  validationData: validation,
  callbacks: [new LayerStatistics()],
  verbose: 0,
});
const predicted = await model.predict(x);

await save('training', (options) => trainingCurves(history, options));
await save('confusion', (options) => confusionMatrix(y, predicted, { ...options, labels }));
await save('roc', (options) => rocCurve(y, predicted, { ...options, labels }));
await save('precision-recall', (options) => prCurve(y, predicted, { ...options, labels }));
await save('calibration', (options) => calibrationCurve(y, predicted, { ...options, labels }));
await save('gains', (options) => gainsCurve(y, predicted, { ...options, labels }));
await save('layers', (options) => layerCurves(history, options));
await save('weights', (options) => weightHistograms(model, options));
await writeFile(
  join(folder, 'report.html'),
  await report(history, model, { title: 'Irises', yTrue: y, yPred: predicted, labels }),
);

/** Trains one layer and more on the irises' first `inputs` columns; returns what it predicts for all of them. */
async function fitted(inputs, targets, last, loss) {
  const rows = Array.from({ length: 150 }, (_, row) => x.data.slice(4 * row, 4 * row + inputs));
  const own = new Sequential([
    new Input({ shape: [inputs] }),
    new Dense({ units: 16, activation: 'relu' }),
    new Dense({ units: targets[0].length, activation: last }),
  ]);
  own.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss });
  await own.fit(rows, targets, { epochs: 60, batchSize: 16, verbose: 0 });
  return own.predict(rows);
}
const column = (index) => Array.from({ length: 150 }, (_, row) => x.data[4 * row + index]);

// A regression: how wide the petals are, by all else.
const widths = column(3).map((width) => [width]);
const regressed = await fitted(3, widths, 'linear', 'mse');
await save('predicted-over-true', (options) => predictedOverTrue(widths, regressed, options));
await save('residuals', (options) => residuals(widths, regressed, options));

// Labels of which a flower may have several, by its sepals alone.
const names = ['long sepal', 'long petal', 'wide petal'];
const flags = column(0).map((sepal, row) => [sepal > 5.8, column(2)[row] > 4, column(3)[row] > 1.6].map(Number));
const labelled = await fitted(2, flags, 'sigmoid', 'binary_crossentropy');
await save('labels', (options) => confusionMatrix(flags, labelled, { ...options, labels: names }));
await save('labels-roc', (options) => rocCurve(flags, labelled, { ...options, labels: names }));
console.log(`Figures: ${folder}`);
