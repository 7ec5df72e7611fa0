// Programs: a random model, and calls on it that run at once, with data, options and owners of arrays that mean no good.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dense, dataset, Input, loadModel, Model, Sequential } from 'gemsbok';
import { Planted } from './judge.mjs';
import { compile, model as modelOf } from './models.mjs';
import { make } from './objects.mjs';
import { data, disturb, hostile } from './values.mjs';
import { dyingWorker } from './workers.mjs';

const folder = mkdtempSync(join(tmpdir(), 'gemsbok-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const listOf = (shapes) => (Array.isArray(shapes?.[0]) ? shapes : [shapes]);

/** Rows for all inputs or outputs of a model; at times of another count, or no rows at all. */
function rows(random, shapes, count, classes) {
  if (random.chance(0.05)) return hostile(random);
  const all = listOf(shapes).map((shape) => {
    const sizes = shape?.slice(1) ?? [3];
    const number = random.chance(0.03) ? random.integer(0, 3) : count;
    return data(random, [number, ...(random.chance(0.03) ? sizes.slice(1) : sizes)], classes);
  });
  return all.length === 1 ? all[0] : all;
}

function batchOf(random, model) {
  const count = random.pick([0, 1, 1, 2, 5, 8, 9, 33]);
  const width = listOf(model.outputShape)[0]?.at(-1) ?? 1;
  const sparse = random.chance(0.2);
  const targets = sparse ? listOf(model.outputShape).map((shape) => shape?.slice(0, -1) ?? [null]) : model.outputShape;
  const classes = sparse || random.chance(0.3) ? Math.max(2, width) : null;
  return { x: rows(random, model.inputShape, count, null), y: rows(random, targets, count, classes), count };
}

function signalOf(random) {
  const controller = new AbortController();
  const abort = () => controller.abort(random.chance(0.1) ? new Planted('reason') : undefined);
  if (random.chance(0.2)) abort();
  else if (random.chance(0.5)) setImmediate(abort);
  else setTimeout(abort, random.integer(0, 4));
  return controller.signal;
}

const HOOKS = [
  'onTrainBegin',
  'onEpochBegin',
  'onEpochEnd',
  'onTrainBatchBegin',
  'onTrainBatchEnd',
  'onTestEnd',
  'onTrainEnd',
];

function callback(random, judge, model) {
  const acts = [
    () => {
      throw new Planted('callback');
    },
    () => {
      model.stopTraining = true;
    },
    () => judge.settle('fit in a callback', () => model.fit([[1]], [1], { verbose: 0 })),
    () => judge.call('compile in a callback', () => model.compile({ loss: 'mse' })),
    () => judge.call('getWeights in a callback', () => model.getWeights()),
    () => judge.call('setWeights in a callback', () => model.setWeights(model.getWeights())),
    (_, logs) => {
      if (logs !== undefined) logs.loss = 'changed';
    },
    async () => new Promise((resolve) => setTimeout(resolve, 1)),
    () => judge.call('predictSync in a callback', () => model.predictSync(batchOf(random, model).x)),
  ];
  return Object.fromEntries(random.list(random.integer(1, 2), () => [random.pick(HOOKS), random.pick(acts)]));
}

function fitOptions(random, judge, model, count) {
  const given = {
    verbose: 0,
    epochs: random.integer(1, 3),
    ...(random.chance(0.5) && { batchSize: random.pick([1, 2, 7, 32, 1000]) }),
    ...(random.chance(0.2) && { validationSplit: random.pick([0, 0.2, 0.5, 0.99]) }),
    ...(random.chance(0.1) && { stepsPerEpoch: random.integer(1, 5) }),
    ...(random.chance(0.1) && { sampleWeight: data(random, [count]) }),
    ...(random.chance(0.1) && { classWeight: { 0: 1, 1: random.next() * 3 } }),
    ...(random.chance(0.2) && { callbacks: [callback(random, judge, model)] }),
    ...(random.chance(0.2) && { signal: signalOf(random) }),
    ...(random.chance(0.2) && { shuffle: random.chance(0.5) }),
  };
  const names = [
    'batchSize',
    'epochs',
    'validationData',
    'sampleWeight',
    'classWeight',
    'callbacks',
    'signal',
    'seed',
    'verbose',
  ];
  if (random.chance(0.05)) given[random.pick(names)] = hostile(random);
  // It would print, or never end.
  if (given.verbose !== 0) given.verbose = false;
  if (typeof given.epochs === 'number' && given.epochs > 1000) given.epochs = 2;
  return given;
}

/** Elements of a stream, which may throw, wait or be anything. */
function source(random, { x, y, count }) {
  return async function* elements() {
    for (let i = 0; i < 3; i++) {
      if (random.chance(0.1)) throw new Planted('source');
      if (random.chance(0.2)) await new Promise(setImmediate);
      yield random.chance(0.05)
        ? hostile(random)
        : { x, y, sampleWeight: random.chance(0.1) ? data(random, [count]) : undefined };
    }
  };
}

function stream(random, judge, batch) {
  return judge.call('dataset', () => {
    if (random.chance(0.3)) return dataset({ x: batch.x, y: batch.y });
    let stream = dataset(source(random, batch), { batched: true });
    if (random.chance(0.3)) stream = stream.batch(random.pick([1, 3, 64, hostile(random)]));
    if (random.chance(0.3)) stream = stream.shuffle({ bufferSize: random.integer(1, 9), seed: 1 });
    if (random.chance(0.2)) stream = stream.map((element) => (random.chance(0.1) ? hostile(random) : element));
    if (random.chance(0.2)) stream = stream.prefetch(2).take(random.integer(0, 4));
    return random.chance(0.2) ? stream.repeat(2).skip(1) : stream;
  });
}

function checkPredicted(judge, model, given, count) {
  if (given === undefined || listOf(model.outputShape)[0] == null) return;
  const outputs = Array.isArray(given) ? given : [given];
  const shapes = listOf(model.outputShape).map(([, ...shape]) => shape.join());
  const found = outputs.map(({ shape: [, ...shape] }) => shape.join());
  judge.expect(found.join(';') === shapes.join(';'), `predicts ${found} where the model says ${shapes}`);
  for (const { data, shape } of outputs) {
    judge.expect(data.length === shape.reduce((a, b) => a * b, 1), `predicts ${data.length} numbers of shape ${shape}`);
  }
  judge.expect(count === null || outputs[0].shape[0] >= 0, 'predicts no rows');
}

let files = 0;

const CALLS = {
  async fit(random, judge, model) {
    const { x, y, count } = batchOf(random, model);
    const running = judge.settle('fit', () => model.fit(x, y, fitOptions(random, judge, model, count)));
    if (random.chance(0.3)) for (const array of [x, y]) disturb(random, array);
    await running;
  },
  async fitStream(random, judge, model) {
    const given = stream(random, judge, batchOf(random, model));
    if (given !== undefined)
      await judge.settle('fit stream', () => model.fit(given, fitOptions(random, judge, model, 1)));
  },
  async evaluate(random, judge, model) {
    const { x, y } = batchOf(random, model);
    await judge.settle('evaluate', () => model.evaluate(x, y, random.chance(0.2) ? { signal: signalOf(random) } : {}));
  },
  async predict(random, judge, model) {
    const { x, count } = batchOf(random, model);
    const given = random.chance(0.1) ? hostile(random) : random.chance(0.2) ? { signal: signalOf(random) } : {};
    const running = judge.settle('predict', () => model.predict(x, given));
    if (random.chance(0.3)) disturb(random, x);
    checkPredicted(judge, model, await running, count);
  },
  async predictSync(random, judge, model) {
    const { x, count } = batchOf(random, model);
    checkPredicted(
      judge,
      model,
      judge.call('predictSync', () => model.predictSync(x)),
      count,
    );
  },
  async trainOnBatch(random, judge, model) {
    const { x, y } = batchOf(random, model);
    await judge.settle('trainOnBatch', () =>
      model.trainOnBatch(x, y, random.chance(0.1) ? { sampleWeight: hostile(random) } : {}),
    );
  },
  async testOnBatch(random, judge, model) {
    const { x, y } = batchOf(random, model);
    await judge.settle('testOnBatch', () => model.testOnBatch(x, y));
  },
  async lossAndGradients(random, judge, model) {
    const { x, y } = batchOf(random, model);
    judge.call('lossAndGradients', () => model.lossAndGradients(x, y));
  },
  async weights(random, judge, model) {
    const weights = judge.call('getWeights', () => model.getWeights()) ?? [];
    if (random.chance(0.3)) weights[random.integer(0, weights.length)] = hostile(random);
    judge.call('setWeights', () => model.setWeights(random.chance(0.05) ? hostile(random) : weights));
  },
  async compile(random, judge, model) {
    compile(random, judge, model);
  },
  async config(_, judge, model) {
    const text = judge.call('toJSON', () => JSON.stringify(model));
    if (text === undefined) return;
    const type = model instanceof Sequential ? Sequential : Model;
    judge.call('fromConfig', () => type.fromConfig(JSON.parse(text).config));
  },
  async summary(_, judge, model) {
    judge.call('summary', () => model.summary({ print() {} }));
  },
  async save(random, judge, model) {
    const path = join(folder, `${files++}${random.pick(['.keras', '.h5'])}`);
    await judge.settle('save', () => model.save(random.chance(0.03) ? hostile(random) : path));
    const left = readdirSync(folder).filter((name) => name.startsWith('.') || /tmp/.test(name));
    const loaded = await judge.settle('loadModel', () => loadModel(path, random.chance(0.02) ? hostile(random) : {}));
    if (loaded !== undefined)
      checkPredicted(
        judge,
        loaded,
        judge.call('predict loaded', () => loaded.predictSync(batchOf(random, loaded).x)),
        null,
      );
    rmSync(path, { force: true });
    return left;
  },
  async saveWeights(random, judge, model) {
    const path = join(folder, `${files++}.weights.h5`);
    await judge.settle('saveWeights', () => model.saveWeights(path));
    await judge.settle('loadWeights', () => model.loadWeights(random.chance(0.05) ? hostile(random) : path));
    rmSync(path, { force: true });
  },
  async metric(random, judge) {
    const metric = make(random, judge, 'metrics');
    if (metric === undefined) return;
    const shape = [random.integer(0, 5), random.integer(1, 3)];
    for (let i = 0; i < 2; i++) {
      judge.call('updateState', () => metric.updateState(values(random, shape, 3), values(random, shape), {}));
    }
    judge.call('result', () => metric.result());
  },
  async loss(random, judge) {
    const loss = make(random, judge, 'losses');
    const shape = [random.integer(0, 5), random.integer(1, 3)];
    if (loss !== undefined)
      judge.call('valueAndGradient', () => loss.valueAndGradient(values(random, shape), values(random, shape)));
  },
  async optimizer(random, judge) {
    const optimizer = make(random, judge, 'optimizers');
    const variables = [new Float32Array(4), { data: new Float32Array(6), shape: [2, 3] }];
    const gradients = [values(random, [4]), values(random, [2, 3])];
    if (optimizer !== undefined)
      judge.call('apply', () => optimizer.apply(gradients, random.chance(0.1) ? hostile(random) : variables));
  },
  async initializer(random, judge) {
    const initializer = make(random, judge, 'initializers');
    const shape = random.chance(0.1) ? hostile(random) : random.list(random.integer(0, 3), () => random.integer(1, 5));
    if (initializer !== undefined) judge.call('initialize', () => initializer.initialize(shape));
  },
  async layer(random, judge) {
    const built = judge.call('getLayer', () =>
      new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]).getLayer(hostile(random)),
    );
    if (built !== undefined) judge.call('setWeights of a layer', () => built.setWeights(hostile(random)));
  },
};

const values = (random, shape, classes) => (random.chance(0.1) ? hostile(random) : data(random, shape, classes));
const NAMES = Object.keys(CALLS);

export const subject = {
  limits: { stillSeconds: 3, waitSeconds: 60, programSeconds: 120, megabytes: 1500 },

  async run(random, judge) {
    if (random.chance(0.02)) return dyingWorker(random, judge, join(folder, 'worker.keras'));
    const model = modelOf(random, judge);
    if (model === undefined) return;
    if (random.chance(0.95)) compile(random, judge, model);
    const calls = random.list(random.integer(1, 5), () => random.pick(NAMES));
    const running = [];
    for (const name of calls) {
      running.push(CALLS[name](random, judge, model));
      if (random.chance(0.4)) await Promise.all(running);
      else if (random.chance(0.3)) await new Promise(setImmediate);
    }
    await Promise.all(running);
  },
};
