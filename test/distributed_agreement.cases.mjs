// What one process does otherwise than the rest, which continue: mpirun -n 2 node distributed_agreement.cases.mjs WHAT FOLDER
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as g from 'gemsbok';
import { print } from './helpers/print.mjs';

const [, , what, folder = ''] = process.argv;
const dist = await g.distributed.mpi({ timeout: 60_000 });
const isLast = dist.rank === dist.size - 1;
/** One value in the last process, another one elsewhere. */
const apart = (last, others) => (isLast ? last : others);
const fails = () => {
  if (isLast) throw new Error('a fault of the last process');
};

g.setRandomSeed(7);
const ROWS = 100;
const x = Float32Array.from({ length: ROWS * 4 }, (_, i) => Math.sin(i * i));
const y = Float32Array.from({ length: ROWS }, (_, i) => Math.cos(i));
const given = new g.Tensor(x, [ROWS, 4]);
const spoilt = new g.Tensor(
  x.map((value, i) => (i === 250 ? Number.NaN : value)),
  [ROWS, 4],
);
const narrow = new g.Tensor(x.subarray(0, ROWS * 3), [ROWS, 3]);

function makeModel({ units = 3, layers = [], ...compile } = {}) {
  const model = new g.Sequential([
    new g.Input({ shape: [4] }),
    new g.Dense({ units, activation: 'relu' }),
    ...layers,
    new g.Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'mse', ...compile });
  return model;
}

class OwnRate extends g.LearningRateSchedule {
  at() {
    fails();
    return 0.1;
  }
}
class OwnLayer extends g.Layer {
  forward(values) {
    fails();
    return values;
  }
  backward(_, gradient) {
    return { input: gradient, weights: [] };
  }
}

const own = { verbose: 0, distributed: dist };
const whole = { ...own, epochs: 2 };
const step = { distributed: dist };
const rows = (at) =>
  g.dataset(async function* () {
    for (let i = 0; i < 20; i++) {
      if (i === at) fails();
      yield { x: x.subarray(4 * i, 4 * i + 4), y: y[i] };
    }
  });
const aborted = () => apart(AbortSignal.abort(), undefined);
const ofOwn = (yTrue, yPred) => {
  fails();
  return g.losses.meanSquaredError(yTrue, yPred);
};

const ownLoss = (yTrue, yPred) => ({ value: ofOwn(yTrue, yPred), gradient: yPred });

/** Closed in the last process, which no other has to do with. */
const ofClosed = (yTrue, yPred) => {
  if (isLast) throw new g.GemsbokError('ERR_CLOSED', 'Expected an open file.');
  return ownLoss(yTrue, yPred);
};

/** Each fails in the last process by itself. */
const FAILURES = {
  'NaN in data': () => makeModel().fit(apart(spoilt, given), y, whole),
  'no rows': () => makeModel().fit(apart(given.data.subarray(0, 0), given), y, whole),
  'another shape': () => makeModel().fit(apart(narrow, given), y, whole),
  'fewer targets': () => makeModel().fit(given, apart(y.subarray(1), y), whole),
  'a bad option': () => makeModel().fit(given, y, { ...whole, epochs: apart(0, 2) }),
  'NaN to validate by': () => makeModel().fit(given, y, { ...whole, validationData: [apart(spoilt, given), y] }),
  'NaN to validate a stream by': () =>
    makeModel().fit(rows(-1), { ...whole, batchSize: 4, validationData: [apart(spoilt, given), y] }),
  'not compiled': () => {
    const model = apart(new g.Sequential([new g.Input({ shape: [4] }), new g.Dense({ units: 1 })]), makeModel());
    return model.fit(given, y, whole);
  },
  'a loss': () => makeModel({ loss: ownLoss }).fit(given, y, whole),
  'a loss that uses what is closed': () => makeModel({ loss: ofClosed }).fit(given, y, whole),
  'a metric': () => makeModel({ metrics: [ofOwn] }).fit(given, y, whole),
  'a layer': () => makeModel({ layers: [new OwnLayer()] }).fit(given, y, whole),
  'a schedule': () => makeModel({ optimizer: new g.SGD({ learningRate: new OwnRate() }) }).fit(given, y, whole),
  'a model that a callback is set': () =>
    makeModel().fit(given, y, { ...whole, callbacks: [{ onEpochEnd() {}, setModel: fails }] }),
  'shape to evaluate': () => makeModel().evaluate(apart(narrow, given), y, own),
  'metric to evaluate': () => makeModel({ metrics: [ofOwn] }).evaluate(given, y, own),
  'stream to evaluate': () => makeModel().evaluate(rows(9), { ...own, batchSize: 4 }),
  'abort of evaluate': () => makeModel().evaluate(given, y, { ...own, signal: aborted() }),
  'shape to predict': () => makeModel().predict(apart(narrow, given), own),
  'layer to predict': () => makeModel({ layers: [new OwnLayer()] }).predict(given, own),
  'start of a stream to predict': () => makeModel().predict(rows(0), own),
  'stream to predict': () => makeModel().predict(rows(9), { ...own, batchSize: 4 }),
  'NaN in a step': () => makeModel().trainOnBatch(apart(spoilt, given), y, step),
  'another shape in a step': () => makeModel().trainOnBatch(apart(narrow, given), y, step),
  'loss of a step': () => makeModel({ loss: ownLoss }).trainOnBatch(given, y, step),
  'layer of a step': () => makeModel({ layers: [new OwnLayer()] }).trainOnBatch(given, y, step),
  'schedule of a step': () =>
    makeModel({ optimizer: new g.SGD({ learningRate: new OwnRate() }) }).trainOnBatch(given, y, step),
  'option of a step': () => makeModel().trainOnBatch(given, y, apart({ ...step, classWeight: 3 }, step)),
  'abort of predict': () => makeModel().predict(given, { ...own, signal: aborted() }),
};
for (const hook of ['TestBegin', 'TestBatchBegin', 'TestEnd']) {
  FAILURES[`on${hook}`] = () => makeModel().evaluate(given, y, { ...own, callbacks: { [`on${hook}`]: fails } });
}
for (const hook of ['PredictBegin', 'PredictBatchBegin', 'PredictEnd']) {
  FAILURES[`on${hook}`] = () => makeModel().predict(given, { ...own, callbacks: { [`on${hook}`]: fails } });
}

const trained = async () => {
  const model = makeModel();
  if (isLast) await model.fit(given, y, { seed: 1, verbose: 0 });
  return model;
};
/** Each is refused in all processes, by the name of what differs. */
const DIFFERENCES = {
  epochs: () => makeModel().fit(given, y, { ...own, epochs: apart(2, 1) }),
  batchSize: () => makeModel().evaluate(given, y, { ...own, batchSize: apart(16, 32) }),
  'batchSize, to validate by': () =>
    makeModel().fit(given, y, { ...own, validationData: [given, y], validationBatchSize: apart(16, 32) }),
  model: () => makeModel({ units: apart(4, 3) }).fit(given, y, own),
  loss: () => makeModel({ loss: apart('mae', 'mse') }).fit(given, y, own),
  optimizer: () => makeModel({ optimizer: apart('sgd', 'adam') }).fit(given, y, own),
  data: () =>
    makeModel().fit(
      given,
      y.map((value, i) => value + apart(i, 0)),
      own,
    ),
  'data, of which some rows in the middle differ': () =>
    makeModel().fit(
      given,
      y.map((value, i) => value + apart(i > 40 && i < 50 ? 1 : 0, 0)),
      own,
    ),
  'data, of which the middle of rows differs': () => {
    const [units, columns] = [1, 64];
    const model = new g.Sequential([new g.Input({ shape: [columns] }), new g.Dense({ units })]);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    const data = Float32Array.from({ length: ROWS * columns }, (_, i) => ((i % columns) >>> 4 === 2 ? apart(1, 0) : 0));
    return model.evaluate(new g.Tensor(data, [ROWS, columns]), y, own);
  },
  'data, to validate by': () =>
    makeModel().fit(given, y, {
      ...own,
      validationData: [given, y.map((value, i) => value + apart(i > 45 && i < 55 ? 1 : 0, 0))],
    }),
  'validation, by a stream or arrays': () =>
    makeModel().fit(given, y, { ...own, validationData: apart(rows(-1), [given, y]) }),
  'validation, of a stream by a stream or arrays': () =>
    makeModel().fit(rows(-1), { ...own, batchSize: 4, validationData: apart(rows(-1), [given, y]) }),
  trainable: () => {
    const model = makeModel();
    model.layers[0].trainable = apart(false, true);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    return model.fit(given, y, own);
  },
  weights: async () => (await trained()).evaluate(given, y, own),
  'model, to predict': () => makeModel({ units: apart(4, 3) }).predict(given, own),
  'weights, to predict': async () => (await trained()).predict(given, own),
  'data, of a step': () => makeModel().trainOnBatch(given, apart(y.slice().reverse(), y), step),
  'data, of a step by setDistribution': async () => {
    g.setDistribution(new g.distribution.DataParallel());
    await makeModel()
      .trainOnBatch(given, apart(y.slice().reverse(), y))
      .finally(() => g.setDistribution(null));
  },
  'weights, of a step': async () => (await trained()).trainOnBatch(given, y, step),
  'learningRate, of a step': () =>
    makeModel({ optimizer: new g.SGD({ learningRate: apart(0.1, 0.2) }) }).trainOnBatch(given, y, step),
  'call, fit or a step': () => (isLast ? makeModel().trainOnBatch(given, y, step) : makeModel().fit(given, y, own)),
  samples: () => makeModel().predict(apart(x.subarray(0, 396), x), own),
  'samples, of which some in the middle differ': () =>
    makeModel().predict(
      x.map((value, i) => value + apart(i > 180 && i < 220 ? 1 : 0, 0)),
      own,
    ),
  'call, fit or evaluate': () => (isLast ? makeModel().evaluate(given, y, own) : makeModel().fit(given, y, own)),
  'call, predict of a stream or of arrays': () =>
    isLast ? makeModel().predict(given, own) : makeModel().predict(rows(-1), own),
  'call, evaluate of arrays or of a stream': () =>
    isLast ? makeModel().evaluate(rows(-1), own) : makeModel().evaluate(given, y, own),
  'call, fit of a stream or of arrays': () =>
    isLast ? makeModel().fit(given, y, own) : makeModel().fit(rows(-1), own),
  'call, predict or evaluate': () => (isLast ? makeModel().predict(given, own) : makeModel().evaluate(given, y, own)),
};

const errorOf = (promise) =>
  promise.then(
    () => null,
    (error) => error,
  );

const WHAT = {
  async failures() {
    const found = {};
    for (const [name, work] of Object.entries(FAILURES)) {
      const error = await errorOf((async () => work())());
      found[name] = error === null ? 'none' : typeof error.code === 'string' ? error.code : error.message;
    }
    // All continue, with the numbers of one process.
    const model = makeModel();
    await model.trainOnBatch(given, y, step);
    await model.fit(given, y, { ...own, seed: 1 });
    return { found, weights: model.getWeights().map(({ data }) => [...data]) };
  },
  async differences() {
    const found = {};
    for (const [name, work] of Object.entries(DIFFERENCES)) {
      const error = await errorOf((async () => work())());
      found[name] = error === null ? 'none' : `${error.code} ${/same `?(\w+)/.exec(error.message)?.[1]}`;
    }
    return { found };
  },
  /** They are closed amid a call, in its callbacks, and twice at once. */
  async closings() {
    const codeOf = async (promise) => (await errorOf(promise))?.code ?? 'none';
    const codes = [];
    const callbacks = { onEpochEnd: async () => void codes.push(await codeOf(dist.close())) };
    await makeModel().fit(given, y, { ...own, callbacks });
    const fit = makeModel().fit(given, y, own);
    codes.push(await codeOf(dist.close()));
    await fit;
    const last = [dist.close(), dist.close(), dist.barrier(), makeModel().evaluate(given, y, own)];
    return { codes: [...codes, ...(await Promise.all(last.map(codeOf)))] };
  },
  async together() {
    // Other arrays of the same numbers.
    const mixed = makeModel();
    await mixed.fit(apart(new g.Tensor(Float64Array.from(x), [ROWS, 4]), given), apart([...y], y), { ...own, seed: 1 });
    const isSame = (await dist.allreduce(new Float32Array(mixed.getWeights()[0].data), { op: 'mean' })).every(
      (value, i) => Math.abs(value - mixed.getWeights()[0].data[i]) < 1e-6,
    );
    const [first, second] = [makeModel(), makeModel()];
    const arrays = await Promise.all([errorOf(first.fit(given, y, own)), errorOf(second.fit(given, y, own))]);
    const streams = [first.fit(rows(-1), { ...own, batchSize: 4 }), second.fit(rows(-1), { ...own, batchSize: 4 })];
    const busy = [...arrays, ...(await Promise.all(streams.map(errorOf)))].map((error) => error?.code ?? 'none');
    // One more in one process is that one's own affair.
    const one = [first.fit(given, y, own), ...(isLast ? [errorOf(second.fit(given, y, own))] : [])];
    await one[0];
    const seen = await dist.allreduce(Float64Array.of(isLast && (await one[1])?.code === 'ERR_MODEL_BUSY' ? 1 : 0));
    const { length } = (await first.predict(new g.Tensor(x.subarray(0, 4), [1, 4]), own)).data;
    const none = (await first.predict(new g.Tensor(new Float32Array(0), [0, 4]), own)).shape;
    const path = join(folder, 'model.keras');
    for (let i = 0; i < 5; i++) {
      await Promise.all([first.save(path), first.save(path)]);
      await g.loadModel(path);
    }
    await dist.barrier();
    const loaded = await g.loadModel(path);
    const isSaved = loaded
      .getWeights()
      .every(({ data }, i) => data.every((value, k) => value === first.getWeights()[i].data[k]));
    // Memory that goes to others, or becomes less, amid the sum; memory that threads share.
    const [sent, shrunk] = [new ArrayBuffer(64), new ArrayBuffer(64, { maxByteLength: 64 })];
    const sums = [sent, shrunk].map((buffer) => errorOf(dist.allreduce(new Float32Array(buffer).fill(1))));
    structuredClone(sent, { transfer: [sent] });
    shrunk.resize(4);
    const codes = (await Promise.all(sums)).map(({ code }) => code);
    const shared = await dist.allreduce(new Float32Array(new SharedArrayBuffer(8)).fill(1), { op: 'mean' });
    const worker = new Worker(
      `import('${import.meta.resolve('gemsbok')}').then((g) => g.distributed.mpi()).catch((e) => require('worker_threads').parentPort.postMessage(e.code));`,
      { eval: true },
    );
    const inWorker = await new Promise((resolve) => worker.once('message', resolve));
    return { isSame, busy, seen: seen[0], length, none, isSaved, codes, shared: [...shared], inWorker };
  },
};

const result = await WHAT[what]();
print(JSON.stringify({ rank: dist.rank, ...result }));
await dist.close();
