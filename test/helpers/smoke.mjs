// What an installed package must be able to do; it is copied beside the installation and run there, on any runtime.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import * as gemsbok from 'gemsbok';

const required = createRequire(import.meta.url)('gemsbok');
assert.equal(required.Sequential, gemsbok.Sequential, 'import and require give one library');

const { MeanAbsoluteError, MeanSquaredError, CategoricalCrossentropy, SparseCategoricalCrossentropy } = gemsbok;
const p = [
  [0.15, 0.75, 0.1],
  [0.75, 0.15, 0.1],
];
const oneHot = [
  [0, 1, 0],
  [1, 0, 0],
];
assert.equal(new MeanAbsoluteError().compute([1, 0], [2, 3]), 2);
assert.equal(new MeanSquaredError().compute([1, 0], [2, 3]), 5);
assert.equal(new CategoricalCrossentropy().compute(oneHot, p).toPrecision(7), '0.2876821');
assert.equal(new SparseCategoricalCrossentropy().compute([1, 0], p).toPrecision(7), '0.2876821');

const { Sequential, Input, Dense } = gemsbok;
const x = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i));
const y = Float32Array.from({ length: 1000 }, (_, i) => x[4 * i] - x[4 * i + 1]);
const model = new Sequential([
  new Input({ shape: [4] }),
  new Dense({ units: 16, activation: 'tanh' }),
  new Dense({ units: 1 }),
]);
model.compile({ optimizer: 'adam', loss: 'mse' });
const { history } = await model.fit(x, y, { epochs: 20, verbose: 0 });
assert(history.loss[19] < history.loss[0] / 4, 'it learns');
const predicted = await model.predict(x);
assert.deepEqual([...predicted.shape], [1000, 1]);

const copy = Sequential.fromConfig(JSON.parse(JSON.stringify(model.getConfig())));
copy.setWeights(model.getWeights());
assert.deepEqual(copy.predictSync(x).data, model.predictSync(x).data);

const controller = new AbortController();
setTimeout(() => controller.abort(), 20);
await assert.rejects(model.fit(x, y, { epochs: 1e6, verbose: 0, signal: controller.signal }), { name: 'AbortError' });

const program = `
  const { parentPort } = require('node:worker_threads');
  const { Sequential, Input, Dense } = require(${JSON.stringify(createRequire(import.meta.url).resolve('gemsbok'))});
  const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 3 })]);
  model.predict([[1, 2]]).then(({ shape }) => parentPort.postMessage([...shape]));`;
const worker = new Worker(program, { eval: true });
assert.deepEqual(await new Promise((resolve) => worker.once('message', resolve)), [1, 3]);
await worker.terminate();
console.log(`smoke passed: ${JSON.stringify(gemsbok.info())}`);
