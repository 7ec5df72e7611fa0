// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Adam, Dense, datasets, Input, Sequential, setRandomSeed } from 'gemsbok';
import {
  confusionMatrix,
  lossCurves,
  prCurve,
  report,
  rocCurve,
  trainingCurves,
  weightHistograms,
} from 'gemsbok/plots';
import { readOptions } from './helpers.mjs';

const options = readOptions('Draws what there is to see of losses and of a run, as SVG and PNG.', {
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
  verbose: 0,
});
const predicted = await model.predict(x);

await save('training', (options) => trainingCurves(history, options));
await save('confusion', (options) => confusionMatrix(y, predicted, { ...options, labels }));
await save('roc', (options) => rocCurve(y, predicted, { ...options, labels }));
await save('precision-recall', (options) => prCurve(y, predicted, { ...options, labels }));
await save('weights', (options) => weightHistograms(model, options));
await writeFile(
  join(folder, 'report.html'),
  await report(history, model, { title: 'Irises', yTrue: y, yPred: predicted, labels }),
);
console.log(`Figures: ${folder}`);
