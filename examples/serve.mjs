// @ts-check
// Trains on irises, serves the model over HTTP, and asks it as any client would.
import { Adam, Dense, datasets, Input, Normalization, Sequential, setRandomSeed } from 'gemsbok';
import { serve } from 'gemsbok/serving';
import { readOptions } from './helpers.mjs';

const options = readOptions('Trains on irises, serves the model over HTTP, and asks it as any client would.', {
  port: '0',
  folder: '.',
});

setRandomSeed(1);
const { x, y, classNames } = await datasets.iris.loadData();
const normalization = new Normalization();
await normalization.adapt(x);
const model = new Sequential([
  new Input({ shape: [4] }),
  normalization,
  new Dense({ units: 16, activation: 'relu' }),
  new Dense({ units: 3, activation: 'softmax' }),
]);
model.compile({
  optimizer: new Adam({ learningRate: 0.01 }),
  loss: 'sparse_categorical_crossentropy',
  metrics: ['acc'],
});
await model.fit(x, y, { epochs: 40, batchSize: 16, verbose: 0 });

const server = await serve({ models: { iris: model }, port: Number(options.port) });
const url = `http://127.0.0.1:${server.port}`;
console.log(`Serving at ${url}`);

/** The kind of a flower, as the server tells it. */
async function ask(flower) {
  const body = JSON.stringify({ instances: [flower] });
  const response = await fetch(`${url}/v1/models/iris:predict`, { method: 'POST', body });
  const [scores] = (await response.json()).predictions;
  return scores.indexOf(Math.max(...scores));
}

const flowers = Array.from(y.data, (_, row) => Array.from(x.data.slice(4 * row, 4 * row + 4)));
const kinds = await Promise.all(flowers.map(ask));
const right = kinds.filter((kind, row) => kind === Number(y.data[row])).length;
console.log(`${right} of ${kinds.length} right; the first is a ${classNames[kinds[0]]}`);
const metrics = await (await fetch(`${url}/metrics`)).text();
console.log(`In ${/^gemsbok_batch_rows_count\S* (\d+)$/m.exec(metrics)?.[1]} batches`);
await server.close();
