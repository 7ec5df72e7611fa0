import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Dataset,
  dataset,
  type FitOptions,
  getThreads,
  SparseCategoricalCrossentropy,
  setThreads,
  type Tensor,
  tensor,
} from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';
import { bits, classifier, INPUTS, QUIET, ROWS, x, y } from './models.cases';

type Floats = Tensor<Float32Array>;

const rowOf = (i: number) => ({ x: x.data.slice(i * INPUTS, (i + 1) * INPUTS), y: y[i] ?? 0 });
const rows = Array.from({ length: ROWS }, (_, i) => rowOf(i));

async function* generated() {
  yield* rows;
}

/** Batches of 8 as plain objects. */
async function* batches() {
  for (let from = 0; from < ROWS; from += QUIET.batchSize) {
    const to = Math.min(from + QUIET.batchSize, ROWS);
    yield { x: { data: x.data.slice(from * INPUTS, to * INPUTS), shape: [to - from, INPUTS] }, y: y.slice(from, to) };
  }
}

const SOURCES: readonly (readonly [string, () => Dataset, Partial<FitOptions>])[] = [
  ['an array', () => dataset(rows), {}],
  ['a generator function', () => dataset(generated), {}],
  ['a function that gives a stream', () => dataset(() => Readable.from(rows)), {}],
  ['an async function', () => dataset(async () => generated()), {}],
  ['pairs', () => dataset(rows.map((row) => [row.x, row.y] as const)), {}],
  ['rows that are batched', () => dataset(generated).batch(QUIET.batchSize), { batchSize: undefined }],
  ['batches', () => dataset(batches, { batched: true }), { batchSize: undefined }],
  ['rows of arrays', () => dataset({ x, y }).take(1000), {}],
  ['cached rows', () => dataset(generated()).cache(), {}],
  ['zipped rows', () => dataset(rows.map((row) => row.x)).zip(dataset(rows.map((row) => row.y))), {}],
];

t.test('a streamed fit gives the bits of a fit on arrays in order', async (t) => {
  const wanted = classifier();
  const options = { ...QUIET, shuffle: false } as const;
  const { history } = await wanted.fit(x, y, options);
  for (const [what, make, extra] of SOURCES) {
    const model = classifier();
    const found = await model.fit(make(), { ...QUIET, ...extra });
    t.strictSame(bits(model), bits(wanted), what);
    t.strictSame(found.history, history, `${what}: history`);
  }
  const before = getThreads();
  t.teardown(() => setThreads(before));
  for (const threads of [1, 3]) {
    setThreads(threads);
    const model = classifier();
    await model.fit(dataset(rows), QUIET);
    t.strictSame(bits(model), bits(wanted), `${threads} threads`);
  }
});

t.test('a loss of the caller trains and judges a stream as arrays', async (t) => {
  const own = () => {
    const model = classifier();
    const inner = new SparseCategoricalCrossentropy();
    const loss = (yTrue: Floats, yPred: Floats) => inner.valueAndGradientOf(yTrue, yPred);
    model.compile({ optimizer: 'adam', loss, metrics: ['acc'] });
    return model;
  };
  const [wanted, model] = [own(), own()];
  const sampleWeight = Float32Array.from(y, (label) => 1 + label);
  const options = { ...QUIET, validationData: [x, y] } as const;
  const { history } = await wanted.fit(x, y, { ...options, shuffle: false, sampleWeight });
  const weighted = rows.map((row, i) => ({ ...row, sampleWeight: sampleWeight[i] ?? 1 }));
  const found = await model.fit(dataset(weighted), { ...options, validationData: dataset(rows) });
  t.strictSame(bits(model), bits(wanted));
  t.strictSame(Object.keys(found.history), Object.keys(history));
  t.strictSame(found.history.loss, history.loss);
  near(t, tensor(found.history.val_loss ?? []), tensor(history.val_loss ?? []), 1e-6, 'val_loss');
});

t.test('arrays that native code keeps', async (t) => {
  const source = x.data.slice();
  const kept = dataset({ x: { data: source, shape: x.shape }, y });
  source.fill(Number.NaN);
  t.equal(kept.rows, ROWS);
  const [one, two] = [classifier(), classifier()];
  const options = { ...QUIET, validationSplit: 0.2 } as const;
  const [first, second] = [await one.fit(x, y, options), await two.fit(kept, options)];
  t.strictSame(bits(two), bits(one), 'train alike, shuffled and split');
  t.strictSame(second.history, first.history);
  t.strictSame(await one.evaluate(kept), await one.evaluate(x, y), 'evaluate alike');
  t.strictSame((await one.predict(kept)).data, (await one.predict(x)).data, 'predict alike');
  t.strictSame((await one.predict(kept, { callbacks: [{ onPredictBatchEnd() {} }] })).shape, [ROWS, 3]);
  t.strictSame(await one.fit(kept, options).then(({ epoch }) => epoch), [0, 1, 2], 'serve many runs');
  const bare = dataset({ x: x.data, y });
  t.strictSame((await one.predict(bare)).data, (await one.predict(x)).data, 'a bare TypedArray is cut');
  const bytes = dataset({ x: new Uint8Array(2 * INPUTS), y: [0, 1], sampleWeight: [1, 0.5] });
  for await (const row of bytes) t.type((row.x as { data: unknown }).data, Uint8Array, 'bytes stay bytes');
});

t.test('weights', async (t) => {
  const sampleWeight = Float32Array.from(y, (label) => 1 + label);
  const classWeight = { 0: 1, 1: 2, 2: 3 };
  const wanted = classifier();
  await wanted.fit(x, y, { ...QUIET, shuffle: false, sampleWeight });
  const weighted = rows.map((row, i) => ({ ...row, sampleWeight: sampleWeight[i] ?? 1 }));
  for (const [what, data, options] of [
    ['of kept arrays', dataset({ x, y, sampleWeight }), { shuffle: false }],
    ['of a stream', dataset(weighted), {}],
    ['of classes', dataset(rows), { classWeight }],
    ['of classes of kept arrays', dataset({ x, y }), { classWeight, shuffle: false }],
  ] as const) {
    const model = classifier();
    await model.fit(data, { ...QUIET, ...options });
    t.strictSame(bits(model), bits(wanted), what);
  }
  await t.rejects(classifier().fit(dataset(weighted), { ...QUIET, classWeight }), { message: /`classWeight`/ });
});

t.test('evaluate and predict', async (t) => {
  const model = classifier();
  const wanted = await model.evaluate(x, y, { batchSize: 8 });
  for (const [what, make, extra] of SOURCES) {
    const { loss = 0, acc } = await model.evaluate(make(), { batchSize: 8, ...extra });
    t.ok(Math.abs(loss - (wanted.loss ?? 0)) < 1e-6, `${what}: loss`);
    t.equal(acc, wanted.acc, `${what}: accuracy`);
    t.strictSame((await model.predict(make())).data, (await model.predict(x)).data, `${what}: outputs`);
  }
  const withStream = await classifier().fit(x, y, { ...QUIET, validationData: dataset(rows) });
  const withArrays = await classifier().fit(x, y, { ...QUIET, validationData: [x, y] });
  t.strictSame(withStream.history.val_acc, withArrays.history.val_acc, 'validation');
});

/** Counts what is asked of it; `onPull` hears of each row. */
function watched(length = Number.POSITIVE_INFINITY, onPull = async (_pulled: number): Promise<void> => {}) {
  const seen = { pulled: 0, returned: 0 };
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        await onPull(seen.pulled);
        return seen.pulled < length ? { done: false as const, value: rowOf(seen.pulled++ % ROWS) } : END;
      },
      return: async () => {
        seen.returned++;
        return END;
      },
    }),
  };
  return { seen, source };
}
const END = { done: true as const, value: undefined };

/** A source in whose midst, and while it is waited for, the signal aborts. */
function aborting() {
  const reason = new Error('enough');
  const controller = new AbortController();
  const seen = watched(Number.POSITIVE_INFINITY, async (pulled) => {
    if (pulled === 2 * QUIET.batchSize) controller.abort(reason);
    await sleep(1);
  });
  return { ...seen, reason, signal: controller.signal };
}

t.test('a source is read ahead, but not far', async (t) => {
  const { seen, source } = watched(1000);
  const most: number[] = [];
  const onTrainBatchEnd = async (batch: number): Promise<void> => {
    const trained = (batch + 1) * QUIET.batchSize;
    // The first batches wait until something lies ready; were nothing read ahead, they would wait for ever.
    while (batch < 10 && seen.pulled <= trained) await sleep(1);
    await sleep(1);
    most.push(seen.pulled - trained);
  };
  await classifier().fit(dataset(source).take(400), { ...QUIET, epochs: 1, callbacks: [{ onTrainBatchEnd }] });
  t.ok(Math.max(...most) <= 3 * QUIET.batchSize, `at most three batches ahead: ${Math.max(...most)}`);
  t.equal(seen.returned, 1, '`take` leaves the source');
});

t.test('what a source throws', async (t) => {
  const failing = dataset(async function* () {
    yield* rows.slice(0, 20);
    throw new Error('mine');
  });
  const model = classifier();
  const before = bits(model);
  await t.rejects(model.fit(failing, QUIET), { message: 'mine' });
  t.notSame(bits(model), before, 'after the batches before it');
  await t.rejects(model.evaluate(failing), { message: 'mine' });
  await t.rejects(model.predict(failing), { message: 'mine' });
  const stream = new Readable({ objectMode: true, read: () => {} });
  const running = model.fit(dataset(stream), QUIET);
  stream.destroy(new Error('broken'));
  await t.rejects(running, { message: 'broken' });
  await t.rejects(
    model.fit(
      dataset(() => Promise.reject(new Error('closed'))),
      QUIET,
    ),
    { message: 'closed' },
  );
  await t.resolves(model.fit(x, y, QUIET), 'the model goes on');
});

t.test('the source is left', async (t) => {
  t.test('when the run is aborted, also while it waits', async (t) => {
    const { seen, source, reason, signal } = aborting();
    const running = classifier().fit(dataset(source), { ...QUIET, signal });
    t.equal(await running.catch((error: unknown) => error), reason);
    t.equal(seen.returned, 1);
    const stop = new AbortController();
    const stuck = new Readable({ objectMode: true, read: () => setImmediate(() => stop.abort()) });
    await t.rejects(classifier().fit(dataset(stuck), { ...QUIET, signal: stop.signal }), { name: 'AbortError' });
    if (!stuck.closed) await once(stuck, 'close');
    t.ok(stuck.destroyed, 'a stream that gives nothing is destroyed');
  });
  t.test('through prefetch and repeat', async (t) => {
    const { seen, source, reason, signal } = aborting();
    const running = classifier().fit(dataset(source).prefetch(4).repeat(), { ...QUIET, signal });
    t.equal(await running.catch((error: unknown) => error), reason);
    t.equal(seen.returned, 1);
  });
  t.test('when training stops', async (t) => {
    const { seen, source } = watched();
    const model = classifier();
    const onTrainBatchEnd = (batch: number): void => {
      if (batch === 5) model.stopTraining = true;
    };
    const { epoch } = await model.fit(dataset(source), { ...QUIET, callbacks: [{ onTrainBatchEnd }] });
    t.strictSame([epoch, seen.returned], [[0], 1]);
  });
  t.test('when a hook throws', async (t) => {
    const { seen, source } = watched();
    const callbacks = [{ onTrainBatchEnd: () => Promise.reject(new Error('mine')) }];
    await t.rejects(classifier().fit(dataset(source), { ...QUIET, callbacks }), { message: 'mine' });
    t.equal(seen.returned, 1);
  });
  t.test('when a loop ends early', async (t) => {
    const { seen, source } = watched();
    for await (const _ of dataset(source)
      .batch(4)
      .map((batch) => batch))
      break;
    t.equal(seen.returned, 1);
  });
});

t.test('epochs', async (t) => {
  t.test('of steps go on where the last one stopped', async (t) => {
    const wanted = classifier();
    await wanted.fit(dataset(rows), { ...QUIET, epochs: 1 });
    const model = classifier();
    const { history, params } = await model.fit(dataset(rows).batch(8), {
      epochs: 2,
      stepsPerEpoch: 4,
      verbose: 0,
      callbacks: [],
    });
    t.equal(history.loss?.length, 2);
    t.equal(params?.steps, 4);
    t.strictSame(bits(model), bits(wanted), 'seven batches in two epochs, the last of which ends early');
  });
  t.test('steps are counted in the first pass', async (t) => {
    const steps: unknown[] = [];
    const callback = {
      params: { steps: 0 as number | null },
      setParams(params: { steps: number | null }) {
        this.params = params;
      },
      onEpochBegin() {
        steps.push(this.params.steps);
      },
    };
    await classifier().fit(dataset(rows), { ...QUIET, callbacks: [callback] });
    t.strictSame(steps, [null, 7, 7]);
  });
  t.test('a source that is spent', async (t) => {
    const message = /source that can be read once more/;
    await t.rejects(classifier().fit(dataset(generated()), QUIET), { code: 'ERR_INVALID_ARG', message });
    await t.resolves(classifier().fit(dataset(generated()), { ...QUIET, epochs: 1 }));
  });
});

t.test('data larger than the memory that it takes', async (t) => {
  const megabytes = Number(process.env.GEMSBOK_STREAM_MB ?? 400);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/fixtures/stream.mjs', String(megabytes)], {
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
  const { rows, above } = JSON.parse(stdout) as { rows: number; above: number };
  t.ok(rows * 1024 * 4 >= megabytes * 2 ** 20 * 0.99, `${rows} rows`);
  t.ok(above < 200, `${above} MB above the model`);
});
