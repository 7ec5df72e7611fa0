// @ts-check
// Tells three kinds of irises apart by their sepals, where one kind is rare: the weights of classes make up for it, and
// training stops by itself.
import { Adam, Dense, datasets, EarlyStopping, Input, Sequential, setRandomSeed } from 'gemsbok';
import { confusionMatrix, trainingCurves } from 'gemsbok/plots';
import { readOptions, save } from './helpers.mjs';

const options = readOptions('Tells three kinds of irises apart by their sepals, where one kind is rare.', {
  seed: '2',
  seeds: '5',
  folder: '.',
});

const { x, y, classNames } = await datasets.iris.loadData();
const flowers = Array.from(y.data, (kind, row) => ({ row, kind, sepal: x.data.slice(4 * row, 4 * row + 2) }));
// Every third flower tests. Of the others the last kind is rare: half of them are left.
const test = flowers.filter(({ row }) => row % 3 === 0);
const known = flowers.filter(({ row, kind }) => row % 3 !== 0 && (kind < 2 || row % 2 === 1));
const [training, validation] = [known.filter((_, i) => i % 4 > 0), known.filter((_, i) => i % 4 === 0)];

const count = (kind) => training.filter((flower) => flower.kind === kind).length;
console.log(`To train with: ${classNames.map((name, kind) => `${count(kind)} ${name}`).join(', ')}\n`);
// With these all kinds weigh the same together.
const balanced = Object.fromEntries(classNames.map((_, kind) => [kind, training.length / (3 * count(kind))]));

console.log(`Recognized${classNames.map((name) => name.padStart(16)).join('')}`);
const plain = await train(null);
showShares('plain', plain);
const weighted = await train(balanced);
showShares('weighted', weighted);
showMap(weighted.model);

await showSeeds();

const truth = test.map(({ kind }) => kind);
await save(options.folder, 'iris-curves', trainingCurves(weighted.history));
await save(options.folder, 'iris-confusion', confusionMatrix(truth, weighted.predicted, { labels: classNames }));

async function train(classWeight, seed = Number(options.seed)) {
  setRandomSeed(seed);
  const model = new Sequential([
    new Input({ shape: [2] }),
    new Dense({ units: 16, activation: 'relu' }),
    new Dense({ units: 3, activation: 'softmax' }),
  ]);
  const loss = 'sparse_categorical_crossentropy';
  model.compile({ optimizer: new Adam({ learningRate: 0.02 }), loss, metrics: ['acc'] });
  const [own, held] = [training, validation].map((list) => ({
    x: list.map(({ sepal }) => sepal),
    y: list.map(({ kind }) => kind),
  }));
  // Validation counts each kind as much as training does.
  const sampleWeight = classWeight && held.y.map((kind) => classWeight[kind]);
  const history = await model.fit(own.x, own.y, {
    epochs: 1000,
    batchSize: 8,
    classWeight,
    validationData: { ...held, sampleWeight },
    callbacks: [new EarlyStopping({ monitor: 'val_loss', patience: 30, restoreBestWeights: true })],
    verbose: 0,
  });
  return { model, history, predicted: await model.predict(test.map(({ sepal }) => sepal)) };
}

function kindsOf(predicted) {
  return predicted.toArray().map((row) => row.indexOf(Math.max(...row)));
}

/** The share of each kind that was recognized. */
function showShares(what, { history, predicted }) {
  const answers = kindsOf(predicted);
  const shares = classNames.map((_, kind) => {
    const hits = test.flatMap((flower, i) => (flower.kind === kind ? [answers[i] === kind] : []));
    return `${Math.round((100 * hits.filter(Boolean).length) / hits.length)} %`.padStart(16);
  });
  console.log(`${what.padEnd(10)}${shares.join('')}   in ${history.epoch.length} epochs`);
}

/** One run may be luck: the share of the rare kind over several. */
async function showSeeds() {
  const truth = test.map(({ kind }) => kind);
  for (const [what, classWeight] of [
    ['plain', null],
    ['weighted', balanced],
  ]) {
    const shares = [];
    for (let seed = 1; seed <= Number(options.seeds); seed++) {
      const answers = kindsOf((await train(classWeight, seed)).predicted);
      const rare = answers.filter((_, i) => truth[i] === 2);
      shares.push(Math.round((100 * rare.filter((kind) => kind === 2).length) / rare.length));
    }
    const mean = Math.round(shares.reduce((sum, share) => sum + share, 0) / shares.length);
    const range = `from ${Math.min(...shares)} % to ${Math.max(...shares)} %`;
    console.log(`${what}: ${classNames[2]} recognized in ${mean} % on average of ${shares.length} seeds, ${range}`);
  }
  console.log();
}

/** What the model says of every sepal, as letters. */
function showMap(model) {
  const letters = ['s', 'v', 'i'];
  const columns = Array.from({ length: 38 }, (_, i) => 4.2 + i / 10);
  console.log(`\nSepal width over length: ${classNames.map((name, kind) => `${letters[kind]} = ${name}`).join(', ')}`);
  for (let width = 4.5; width > 1.9; width -= 0.2) {
    const answers = kindsOf(model.predictSync(columns.map((length) => [length, width])));
    console.log(`${width.toFixed(1)}  ${answers.map((kind) => letters[kind]).join('')}`);
  }
  const ticks = columns.filter((_, i) => i % 9 === 0).map((length) => length.toFixed(1));
  console.log(`     ${ticks.join('      ')}\n`);
}
