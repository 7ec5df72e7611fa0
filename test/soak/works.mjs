// What a service does all day, a little of each.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import * as gemsbok from 'gemsbok';
import { LivePlot } from 'gemsbok/plots';
import { handler } from 'gemsbok/serving';

const { Dense, dataset, Input, loadModel, readArrow, readCsv, readNpy, readParquet, Sequential, writeNpy } = gemsbok;

const folder = mkdtempSync(join(tmpdir(), 'gemsbok-soak-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const fixture = (name) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
let files = 0;

/** A path that is free again after its use. */
async function withPath(ending, use) {
  const path = join(folder, `${files++}${ending}`);
  await use(path);
  rmSync(path, { force: true });
}

const ROWS = 256;
const x = { data: Float32Array.from({ length: ROWS * 8 }, (_, i) => Math.sin(i)), shape: [ROWS, 8] };
const y = Float32Array.from({ length: ROWS }, (_, i) => Math.cos(i));

function makeModel() {
  const model = new Sequential([
    new Input({ shape: [8] }),
    new Dense({ units: 32, activation: 'relu' }),
    new gemsbok.BatchNormalization(),
    new Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
  return model;
}

const quiet = { verbose: 0, epochs: 2 };
const refused = async (promise) => {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  if (error === null) throw new Error('nothing was refused');
};

async function readAll(table) {
  for await (const _ of table);
}

const ARROW = tableToIPC(tableFromArrays({ a: Float32Array.of(1, 2, 3), b: Int32Array.of(4, 5, 6) }), 'file');
const KERAS = readFileSync(fixture('keras/sequential.keras'));

const WORKER = `
  const { Dense, Input, Sequential } = require('gemsbok');
  const model = new Sequential([new Input({ shape: [4] }), new Dense({ units: 16 }), new Dense({ units: 1 })]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  model.fit(new Float32Array(256), new Float32Array(64), { epochs: 1e6, verbose: 0 });
  require('node:worker_threads').parentPort.postMessage('trains');
`;

const TWIN = `
  const { parentPort, workerData } = require('node:worker_threads');
  const twin = require('gemsbok').Sequential.fromShared(workerData);
  const predict = () => twin.predict(new Float32Array(8 * 256)).then(predict);
  predict();
  parentPort.postMessage('predicts');
`;

/** Kept for ever, while models that are made of it come and go. */
const encoder = new Sequential([new Input({ shape: [8] }), new Dense({ units: 16 }), new Dense({ units: 4 })]);
const halve = (values) => values.map((value) => value / 2);

/** A model of parts that others have, too, with layers on the JavaScript thread. */
async function shareParts(i) {
  const half = new gemsbok.Lambda({ forward: ({ data }) => halve(data), backward: (_, { data }) => halve(data) });
  const head = new Sequential([half, new Dense({ units: 1 })]);
  const model = new Sequential([encoder, head]);
  const hidden = new gemsbok.Model({ inputs: encoder.inputs, outputs: encoder.layers[0].output });
  hidden.predictSync([[1, 2, 3, 4, 5, 6, 7, 8]]);
  model.compile({ optimizer: i % 2 === 0 ? 'adam' : 'sgd', loss: 'mse' });
  if (i % 50 === 0) await Promise.all([model.trainOnBatch(x, y), hidden.predict(x)]);
  else model.predictSync([[1, 2, 3, 4, 5, 6, 7, 8]]);
  if (i % 100 === 0) gemsbok.cloneModel(model).predictSync(x);
}

export const works = {
  async parts() {
    for (let i = 0; i < 500; i++) await shareParts(i);
  },

  async fit() {
    const model = makeModel();
    await model.fit(x, y, { ...quiet, validationSplit: 0.2, callbacks: [{ onTrainBatchEnd() {} }] });
    await Promise.all([model.predict(x), model.evaluate(x, y), model.trainOnBatch(x, y)]);
    model.setWeights(model.getWeights());
  },

  async stream() {
    const rows = () => Array.from({ length: 64 }, (_, i) => ({ x: [i, 1, 2, 3, 4, 5, 6, 7], y: i }));
    await makeModel().fit(dataset(rows).shuffle({ bufferSize: 16 }).batch(8).prefetch(2), quiet);
  },

  async abort() {
    const controller = new AbortController();
    const running = makeModel().fit(x, y, { verbose: 0, epochs: 1e6, signal: controller.signal });
    setImmediate(() => controller.abort());
    await refused(running);
  },

  async save() {
    const model = makeModel();
    for (const ending of ['.keras', '.h5']) {
      await withPath(ending, async (path) => {
        await model.save(path);
        (await loadModel(path)).predictSync(x);
      });
    }
    await withPath('.weights.h5', async (path) => {
      await model.saveWeights(path);
      await model.loadWeights(path);
    });
  },

  async damaged() {
    await withPath('.keras', async (path) => {
      writeFileSync(path, KERAS.subarray(0, KERAS.length / 2));
      await refused(loadModel(path));
    });
    await refused(readArrow(new Uint8Array(100)).then(readAll));
    await refused(readParquet(new Uint8Array(100)).then(readAll));
  },

  async tables() {
    await readAll(await readCsv(() => ['a,b\n1,2\n3,4\n']));
    await readAll(await readArrow(new Uint8Array(ARROW)));
    await readAll(await readParquet(fixture('snappy.parquet'), { columns: { kind: 'category' }, missing: 0 }));
    await withPath('.npy', async (path) => {
      await writeNpy(path, gemsbok.tensor(y));
      await readNpy(path);
    });
  },

  async worker() {
    const worker = new Worker(WORKER, { eval: true });
    await once(worker, 'message');
    await worker.terminate();
  },

  /** A thread that reads a model of this one, and ends before it has an answer. */
  async sharedModel() {
    const worker = new Worker(TWIN, { eval: true, workerData: makeModel().share() });
    await once(worker, 'message');
    await worker.terminate();
  },

  /** Clients at once, of whom some ask what is refused, and some leave. */
  async requests() {
    const handle = handler({ models: { model: makeModel() } });
    const server = createServer(handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const options = { port: server.address().port, path: '/v1/models/model:predict', method: 'POST', agent };
    const ask = async (row, i) => {
      const asking = request(options);
      asking.end(JSON.stringify({ instances: [row] }));
      if (i % 50 === 0) {
        asking.on('error', () => {}).destroy();
        return null;
      }
      const [response] = await once(asking, 'response');
      await once(response.resume(), 'end');
      return response.statusCode;
    };
    const rows = Array.from({ length: 400 }, (_, i) => (i % 7 === 0 ? [1] : [1, 2, 3, 4, 5, 6, 7, 8]));
    const answers = await Promise.all(rows.map(ask));
    const wrong = answers.findIndex((status, i) => status !== null && status !== (i % 7 === 0 ? 400 : 200));
    if (wrong !== -1) throw new Error(`request ${wrong}: ${answers[wrong]}`);
    agent.destroy();
    server.close();
    await handle.close();
  },

  /** A page that is looked at while a model trains, and left. */
  async page() {
    const plot = new LivePlot({ port: 0, print() {} });
    await makeModel().fit(x, y, {
      ...quiet,
      callbacks: [
        plot,
        { onTrainBegin: () => once(get(plot.url), 'response').then(([response]) => response.resume()) },
      ],
    });
    await plot.close();
  },
};
