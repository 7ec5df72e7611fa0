import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type MessagePort, Worker } from 'node:worker_threads';
import {
  cloneModel,
  Dense,
  GlorotUniform,
  Input,
  info,
  Layer,
  Model,
  type ModelHandle,
  Sequential,
  SGD,
} from 'gemsbok';
import t from 'tap';
import { X as GRAPH_X, twoByTwo } from './graphs.cases';
import { LAYERS } from './layers.cases';
import { bits, classifier, QUIET, x, y } from './models.cases';
import { countingModel, ENDLESS, ones, onlyNumber } from './scheduler.cases';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const cloned = (model: Pick<Sequential, 'share'>): ModelHandle => structuredClone(model.share());
const all = (outputs: unknown): unknown => JSON.parse(JSON.stringify(outputs));

/** A thread that runs a program, with `twin` from this handle; it is called with each message, after `ready`. */
async function thread(handle: ModelHandle, program: string): Promise<Worker> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { Model, Sequential, Dense, Input } = require('gemsbok');
    const twin = Model.fromShared(workerData);
    const onMessage = async (message) => { ${program} };
    parentPort.on('message', (message) => onMessage(message).then((result) => parentPort.postMessage(result)));
    parentPort.postMessage('ready');`;
  const worker = new Worker(code, { eval: true, workerData: handle });
  await once(worker, 'message');
  return worker;
}

async function asked<T>(worker: Worker | MessagePort, message: unknown): Promise<T> {
  worker.postMessage(message);
  const [result] = await once(worker as Worker, 'message');
  return result as T;
}

/** Ends with the worker. */
const end = async (worker: Worker): Promise<number> => worker.terminate();

t.test('a twin computes what its owner does', async (t) => {
  for (const { name, make, inputs } of LAYERS) {
    const entries = inputs.map((shape) => new Input({ shape }));
    const outputs = make().apply(entries.length === 1 ? (entries[0] as Input) : entries);
    const model = new Model({ inputs: entries, outputs });
    const [first, ...more] = inputs.map((shape) => {
      const size = shape.reduce((product, one) => product * one, 2);
      return { data: Float32Array.from({ length: size }, (_, i) => Math.sin(i)), shape: [2, ...shape] };
    });
    const given = more.length === 0 && first !== undefined ? first : [first, ...more];
    const twin = Model.fromShared(cloned(model));
    t.strictSame(all(twin.predictSync(given as never)), all(model.predictSync(given as never)), name);
    t.strictSame(bits(twin), bits(model), name);
  }
  const { model } = twoByTwo(new SGD());
  t.strictSame(all(Model.fromShared(cloned(model)).predictSync(GRAPH_X)), all(model.predictSync(GRAPH_X)));
  const nested = new Sequential([classifier(), new Dense({ units: 2 })]);
  t.strictSame(all(Sequential.fromShared(cloned(nested)).predictSync(x)), all(nested.predictSync(x)), 'nested');
  class Twice extends Layer {
    override forward(one: { readonly data: Float32Array; readonly shape: readonly number[] }) {
      return { data: one.data.map((value) => 2 * value), shape: one.shape };
    }
  }
  const own = new Sequential([new Input({ shape: [6] }), new Twice(), new Dense({ units: 1 })]);
  const customObjects = { Twice };
  t.strictSame(all(Model.fromShared(cloned(own), { customObjects }).predictSync(x)), all(own.predictSync(x)), 'own');
  t.throws(() => Model.fromShared(cloned(own)), { message: /Twice/ });
});

t.test('it is told in each thread what the owner learns', async (t) => {
  const model = classifier();
  const worker = await thread(model.share(), 'return twin.predictSync(message).data;');
  t.teardown(() => end(worker));
  await model.fit(x, y, QUIET);
  t.strictSame([...(await asked<Float32Array>(worker, x))], [...model.predictSync(x).data]);
  model.setWeights(classifier().getWeights());
  t.strictSame([...(await asked<Float32Array>(worker, x))], [...model.predictSync(x).data]);
});

t.test('readers see whole steps', async (t) => {
  const model = countingModel();
  const reader = await thread(
    model.share(),
    `
    const [{ data: output }, ...weights] = [twin.predictSync([[1]]), ...twin.getWeights()];
    const { data: later } = await twin.predict([[1]]);
    return [[output], weights.map(({ data }) => data), [later]];`,
  );
  t.teardown(() => end(reader));
  const controller = new AbortController();
  const running = model.fit(ones.x, ones.y, { ...ENDLESS, signal: controller.signal }).catch(() => {});
  const seen = new Set<number>();
  for (let time = 0; time < 100; time++) {
    const read = await asked<Float32Array[][]>(reader, null);
    for (const arrays of read) seen.add(onlyNumber(arrays.map((data) => ({ data }))));
  }
  controller.abort();
  await running;
  t.notOk(seen.has(Number.NaN));
  t.ok(seen.size > 10, 'and each time another one');
});

t.test('what would change them is refused', async (t) => {
  const model = classifier();
  const before = bits(model);
  const twin = Sequential.fromShared<Sequential>(cloned(model));
  const weights = cloneModel(model).getWeights();
  const [first] = twin.layers as [Dense];
  const code = 'ERR_READ_ONLY';
  await t.rejects(twin.fit(x, y), { code, message: /`fit`/ }, 'fit, before compile');
  twin.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['acc'] });
  await t.rejects(twin.fit(x, y), { code }, 'fit');
  await t.rejects(twin.trainOnBatch(x, y), { code }, 'trainOnBatch');
  await t.rejects(twin.loadWeights('/nowhere.keras'), { code }, 'loadWeights');
  t.throws(() => twin.setWeights(weights), { code }, 'setWeights');
  t.throws(() => first.setWeights(weights.slice(0, 2)), { code }, 'setWeights of a layer');
  t.throws(() => first.variables[0]?.assign(weights[0] as never), { code }, 'assign');
  const head = new Sequential([twin, new Dense({ units: 1 })]);
  head.compile({ optimizer: 'sgd', loss: 'mse' });
  await t.rejects(head.fit(x, y, QUIET), { code }, 'a model with the twin in it');
  t.throws(() => head.setWeights(head.getWeights()), { code });
  t.strictSame(bits(model), before, 'nothing has changed');
  twin.trainable = false;
  head.compile({ optimizer: 'sgd', loss: 'mse' });
  const own = bits(head).slice(-4);
  await head.fit(x, y, QUIET);
  t.notSame(bits(head).slice(-4), own, 'but layers after it train');
  t.strictSame(bits(model), before);
  t.strictSame(await twin.evaluate(x, y), await model.evaluate(x, y), 'it is evaluated');
  const copy = cloneModel(twin);
  copy.trainable = true;
  copy.setWeights(twin.getWeights());
  copy.compile({ optimizer: 'sgd', loss: 'sparse_categorical_crossentropy' });
  await copy.fit(x, y, QUIET);
  t.notSame(bits(copy), before, 'a clone trains');
  t.strictSame(bits(model), before);
});

t.test('handles that are none', async (t) => {
  const handle = cloned(classifier());
  const other = cloned(new Sequential([new Input({ shape: [6] }), new Dense({ units: 3 })]));
  const FORGED: Readonly<Record<string, [handle: unknown, code: string]>> = {
    undefined: [undefined, 'ERR_INVALID_ARG'],
    null: [null, 'ERR_INVALID_ARG'],
    'a text': ['x', 'ERR_INVALID_ARG'],
    'an array': [[handle], 'ERR_INVALID_ARG'],
    'an empty object': [{}, 'ERR_INVALID_ARG'],
    'a model': [classifier(), 'ERR_INVALID_ARG'],
    'no id': [{ ...handle, id: undefined }, 'ERR_INVALID_ARG'],
    'a number for the id': [{ ...handle, id: 7 }, 'ERR_INVALID_ARG'],
    'another id': [{ ...handle, id: 'f'.repeat(32) }, 'ERR_CLOSED'],
    'an empty id': [{ ...handle, id: '' }, 'ERR_CLOSED'],
    'a long id': [{ ...handle, id: 'f'.repeat(1e6) }, 'ERR_CLOSED'],
    'another class': [{ ...handle, className: 'Functional' }, 'ERR_INVALID_ARG'],
    'no class': [{ ...handle, className: 'toString' }, 'ERR_INVALID_ARG'],
    'no config': [{ ...handle, config: undefined }, 'ERR_INVALID_ARG'],
    'an empty config': [{ ...handle, config: '{}' }, 'ERR_INVALID_ARG'],
    'no JSON': [{ ...handle, config: '{' }, 'ERR_INVALID_ARG'],
    null_config: [{ ...handle, config: 'null' }, 'ERR_INVALID_ARG'],
    "another model's config": [{ ...handle, config: other.config }, 'ERR_INVALID_ARG'],
    'a larger config': [
      { ...handle, config: handle.config.replaceAll('"units":16', '"units":1600000') },
      'ERR_INVALID_ARG',
    ],
    'a config without shapes': [{ ...handle, config: '{"name":"a","layers":[]}' }, 'ERR_INVALID_ARG'],
  };
  for (const [name, [forged, code]] of Object.entries(FORGED)) {
    t.throws(() => Model.fromShared(forged as ModelHandle), { code }, name);
  }
  t.throws(() => Model.fromShared(handle, { custom: {} } as never), { code: 'ERR_INVALID_ARG' });
  t.throws(() => new Sequential([new Dense({ units: 1 })]).share(), { code: 'ERR_INVALID_ARG' }, 'not built');
  const program = `
    const { Model } = require('gemsbok');
    try { Model.fromShared(${JSON.stringify(cloned(classifier()))}); } catch ({ code }) { console.log(code); }`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  t.equal(stdout.trim(), 'ERR_CLOSED', 'that of another process');
});

t.test('a handle stands for one model, however often it is shared', async (t) => {
  const model = classifier();
  t.strictSame(model.share(), model.share());
  t.not(model.share().id, classifier().share().id);
  const twin = Sequential.fromShared<Sequential>(cloned(model));
  const twinOfTwin = Sequential.fromShared<Sequential>(cloned(twin));
  await model.fit(x, y, QUIET);
  t.strictSame(bits(twinOfTwin), bits(model), 'a twin can be shared, too');
});

/** In a thread of its own; gives its handle, and trains without end. */
async function owner(): Promise<{ readonly worker: Worker; readonly handle: ModelHandle }> {
  const code = `
    const { parentPort } = require('node:worker_threads');
    const { Sequential, Input, Dense } = require('gemsbok');
    const model = new Sequential([new Input({ shape: [4] }), new Dense({ units: 64 }), new Dense({ units: 1 })]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    model.fit(new Float32Array(4096).fill(0.5), new Float32Array(1024), { epochs: 1e6, verbose: 0 });
    parentPort.postMessage(model.share());`;
  const worker = new Worker(code, { eval: true });
  const [handle] = await once(worker, 'message');
  return { worker, handle };
}

const ENDLESS_PREDICT = 'for (;;) await Promise.all([twin.predict(message), twin.predict(message)]);';
const samples = { data: new Float32Array(4000).fill(1), shape: [1000, 4] };

t.test('owner and readers end in any order, in the middle of their work', async (t) => {
  for (const order of ['owner first', 'readers first', 'all at once']) {
    const { worker, handle } = await owner();
    const readers = await Promise.all([1, 2, 3].map(() => thread(handle, ENDLESS_PREDICT)));
    for (const reader of readers) reader.postMessage(samples);
    const here = Model.fromShared(handle);
    await here.predict(samples);
    const work = here.predict(samples);
    if (order === 'owner first') await end(worker);
    const ended = Promise.all(readers.map(end));
    if (order === 'readers first') await ended;
    await Promise.all([ended, end(worker)]);
    t.strictSame((await work).shape, [1000, 1], order);
    t.notOk((await here.predict(samples)).data.some(Number.isNaN), 'who reads goes on without the owner');
    const last = bits(here);
    t.strictSame(bits(here), last, 'and sees no change any more');
    t.throws(() => Model.fromShared(handle), { code: 'ERR_CLOSED' }, 'nobody begins with a model that has gone');
  }
});

t.test('it is there as long as the owner has the model or the handle', async (t) => {
  const collect = async (): Promise<void> => {
    gc();
    await after(5);
  };
  const { setTimeout: real } = globalThis;
  let time = (): void => {};
  const timer = { unref: () => timer, refresh: () => timer };
  globalThis.setTimeout = ((act: () => void) => {
    time = act;
    return timer;
  }) as never;
  let handle: ModelHandle | null = classifier().share();
  globalThis.setTimeout = real;
  const copy = structuredClone(handle);
  const temporary = cloned(classifier());
  for (let time = 0; time < 5; time++) await collect();
  t.strictSame(Model.fromShared(temporary).predictSync(x).shape, [50, 3], 'for a while');
  t.strictSame(Model.fromShared(copy).predictSync(x).shape, [50, 3]);
  time();
  time = () => {};
  for (let time = 0; time < 5; time++) await collect();
  t.strictSame(Model.fromShared(copy).predictSync(x).shape, [50, 3], 'the handle');
  handle = null;
  const isGone = (): boolean => {
    try {
      Model.fromShared(copy);
      return false;
    } catch (error) {
      return (error as { readonly code?: string }).code === 'ERR_CLOSED';
    }
  };
  let gone = isGone();
  for (let time = 0; time < 100 && !gone; time++) {
    await collect();
    gone = isGone();
  }
  t.ok(gone, 'neither');
  t.equal(handle, null);
});

t.test('many threads have the weights once', async (t) => {
  const THREADS = 20;
  const layers = [1, 2].map((seed) => new Dense({ units: 1024, kernelInitializer: new GlorotUniform({ seed }) }));
  const model = new Sequential([new Input({ shape: [1024] }), ...layers]);
  const bytes = 4 * model.countParams();
  const row = { data: new Float32Array(1024).fill(1), shape: [1, 1024] };
  const expected = [...model.predictSync(row).data];
  const before = info().memory;
  const program = 'return (await twin.predict(message)).data;';
  const workers = await Promise.all(Array.from({ length: THREADS }, () => thread(model.share(), program)));
  const outputs = await Promise.all(workers.map((worker) => asked<Float32Array>(worker, row)));
  t.ok(outputs.every((output) => output.every((value, i) => value === expected[i])));
  t.ok(info().memory - before < bytes, `${info().memory - before} bytes more, of ${THREADS} twins`);
  await Promise.all(workers.map(end));
});
