// What goes into runs: rows, options, callbacks, streams.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataset } from 'gemsbok';
import { Planted } from './judge.mjs';
import { libraryCallback } from './own.mjs';
import { data, hostile } from './values.mjs';

/** Of a process; all that its programs write. */
export const folder = mkdtempSync(join(tmpdir(), 'gemsbok-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

export const listOf = (shapes) => (Array.isArray(shapes?.[0]) ? shapes : [shapes]);

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

export function batchOf(random, model) {
  const count = random.pick([0, 1, 1, 2, 5, 8, 9, 33]);
  const width = listOf(model.outputShape)[0]?.at(-1) ?? 1;
  const sparse = random.chance(0.2);
  const targets = sparse ? listOf(model.outputShape).map((shape) => shape?.slice(0, -1) ?? [null]) : model.outputShape;
  const classes = sparse || random.chance(0.3) ? Math.max(2, width) : null;
  return { x: rows(random, model.inputShape, count, null), y: rows(random, targets, count, classes), count };
}

export function signalOf(random) {
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
      if (logs !== undefined) logs[random.pick(['loss', 'own'])] = hostile(random);
    },
    async () => new Promise((resolve) => setTimeout(resolve, 1)),
    () => judge.call('predictSync in a callback', () => model.predictSync(batchOf(random, model).x)),
  ];
  return Object.fromEntries(random.list(random.integer(1, 2), () => [random.pick(HOOKS), random.pick(acts)]));
}

function callbacks(random, judge, model) {
  const given = random.list(random.integer(1, 2), () =>
    random.chance(0.5) ? callback(random, judge, model) : libraryCallback(random, judge, folder),
  );
  return given.filter((one) => one !== undefined);
}

export function fitOptions(random, judge, model, count) {
  const given = {
    verbose: 0,
    epochs: random.integer(1, 3),
    ...(random.chance(0.5) && { batchSize: random.pick([1, 2, 7, 32, 1000]) }),
    ...(random.chance(0.2) && { validationSplit: random.pick([0, 0.2, 0.5, 0.99]) }),
    ...(random.chance(0.1) && { stepsPerEpoch: random.integer(1, 5) }),
    ...(random.chance(0.1) && { sampleWeight: data(random, [count]) }),
    ...(random.chance(0.1) && { classWeight: { 0: 1, 1: random.next() * 3 } }),
    ...(random.chance(0.3) && { callbacks: callbacks(random, judge, model) }),
    ...(random.chance(0.2) && { signal: signalOf(random) }),
    ...(random.chance(0.2) && { shuffle: random.chance(0.5) }),
    ...(random.chance(0.2) && { copy: random.chance(0.2) }),
    ...(random.chance(0.5) && { allowNonFinite: random.chance(0.9) }),
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
    'copy',
    'allowNonFinite',
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

export function stream(random, judge, batch) {
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

export function predictOptions(random) {
  return {
    ...(random.chance(0.2) && { signal: signalOf(random) }),
    ...(random.chance(0.3) && { copy: random.chance(0.2) }),
  };
}
