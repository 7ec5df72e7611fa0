import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Add, Dense, Embedding, Flatten, GlorotUniform, Input, Model, Sequential, type Tensor } from 'gemsbok';
import { Batcher, type BatcherOptions, type BatcherPredictOptions } from 'gemsbok/serving';
import t, { type Test } from 'tap';
import { bits, classifier, INPUTS, QUIET, ROWS, stepOf, x, y } from './models.cases';

/** Row by row, as callers send them. */
const rows = Array.from({ length: ROWS }, (_, r) => x.data.slice(r * INPUTS, (r + 1) * INPUTS));

function batcherOf(t: Test, options?: BatcherOptions): Batcher<Tensor<Float32Array>> {
  const batcher = new Batcher(classifier(), options);
  t.teardown(() => batcher.drain());
  return batcher;
}

const batchOf = (count: number): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from({ length: count * INPUTS }, (_, i) => Math.sin(i)),
  shape: [count, INPUTS],
});

/** The bits of `predict` for each row by itself. */
async function alone(model: Sequential, row: Float32Array): Promise<Float32Array> {
  return (await model.predict([row])).data;
}

t.test('requests give the bits of predict, whomever they are joined with', async (t) => {
  const model = classifier();
  for (const maxBatchSize of [1, 2, 3, 7, 16, 33, 64]) {
    const batcher = new Batcher(model, { maxBatchSize });
    const outputs = await Promise.all(rows.map((row) => batcher.predict(row)));
    for (const [r, row] of rows.entries()) {
      t.strictSame(outputs[r]?.shape, [1, 3]);
      t.strictSame(outputs[r]?.data, await alone(model, row), `row ${r} of batches of ${maxBatchSize}`);
    }
    const { requests, batches, rows: computed, queued, rejected } = batcher.stats();
    t.strictSame({ requests, computed, queued, rejected }, { requests: ROWS, computed: ROWS, queued: 0, rejected: 0 });
    t.equal(batches, Math.ceil(ROWS / maxBatchSize), 'one native call a batch');
  }
});

t.test('a thousand callers at once', async (t) => {
  const batcher = batcherOf(t);
  const all = await Promise.all(
    Array.from({ length: 1000 }, (_, i) => batcher.predict(rows[i % ROWS] as Float32Array)),
  );
  const model = classifier();
  const expected = await Promise.all(rows.map((row) => alone(model, row)));
  t.ok(all.every((output, i) => String(output.data) === String(expected[i % ROWS])));
  t.ok(batcher.stats().batches < 40);
});

t.test('a lone request goes at once, whatever the delay', async (t) => {
  const batcher = batcherOf(t, { maxDelay: 2 ** 31 - 1 });
  const output = await batcher.predict(rows[0] as Float32Array);
  t.strictSame(output.shape, [1, 3]);
  t.equal(batcher.stats().batches, 1);
});

t.test('a sample by itself is told by its shape', async (t) => {
  const one = new Sequential([new Input({ shape: [2, 1] }), new Flatten(), new Dense({ units: 1 })]);
  const batcher = new Batcher(one);
  const cases: readonly (readonly [Parameters<typeof batcher.predict>[0], number])[] = [
    [[1, 2], 1],
    [[[1], [2]], 1],
    [[[1, 2]], 1],
    [[[[1], [2]]], 1],
    [Float32Array.of(1, 2), 1],
    [Float32Array.of(1, 2, 1, 2), 2],
    [
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      3,
    ],
    [[Float32Array.of(1, 2)], 1],
    [Uint8Array.of(1, 2), 1],
    [BigInt64Array.of(1n, 2n), 1],
    [{ data: Float64Array.of(1, 2), shape: [2] }, 1],
    [[], 0],
  ];
  const expected = one.predictSync([[1, 2]]).item();
  for (const [given, count] of cases) {
    const output = await batcher.predict(given);
    t.strictSame(
      output.toArray(),
      Array.from({ length: count }, () => [expected]),
      JSON.stringify(output.shape),
    );
  }
  const scalar = new Batcher(new Sequential([new Input({ shape: [1] }), new Dense({ units: 1 })]));
  t.strictSame((await scalar.predict(5)).shape, [1, 1]);
  t.strictSame((await scalar.predict([1, 2, 3])).shape, [3, 1]);
});

t.test('several inputs and outputs', async (t) => {
  const [left, right] = [new Input({ shape: [2], name: 'left' }), new Input({ shape: [2], name: 'right' })];
  const sum = new Add().apply([left, right]);
  const model = new Model({ inputs: [left, right], outputs: [new Dense({ units: 1 }).apply(sum), sum] });
  const batcher = new Batcher(model);
  const [named, listed] = await Promise.all([
    batcher.predict({ left: [1, 2], right: [3, 4] }),
    batcher.predict([[[1, 2]], [[3, 4]]]),
  ]);
  for (const [scores, sums] of [named, listed]) {
    t.strictSame([scores.shape, sums.toArray()], [[1, 1], [[4, 6]]]);
  }
  t.equal(batcher.stats().batches, 1);
  await t.rejects(batcher.predict({ left: [1, 2] }), { code: 'ERR_INVALID_ARG', message: /x\.right/ });
  await t.rejects(batcher.predict({ left: [1, 2], right: [1, 2], top: [1] }), {
    code: 'ERR_INVALID_ARG',
    message: /top/,
  });
});

t.test('what callers do to their arrays afterwards has no effect', async (t) => {
  const batcher = batcherOf(t);
  const row = Float32Array.from(rows[0] as Float32Array);
  const output = batcher.predict(row);
  row.fill(1e9);
  t.strictSame((await output).data, await alone(classifier(), rows[0] as Float32Array));
});

t.test('a request with more rows than a batch is cut, and its pieces see one model', async (t) => {
  const model = classifier();
  const batcher = new Batcher(model, { maxBatchSize: 8 });
  const many = batchOf(1001);
  const expected = model.predictSync(many);
  const output = batcher.predict(many);
  const beside = batcher.predict(rows[0] as Float32Array);
  await beside;
  t.ok(batcher.stats().rows < 1001, 'others have their turn meanwhile');
  model.setWeights(model.getWeights().map(({ data, shape }) => ({ data: data.map((w) => w + 1), shape })));
  t.strictSame((await output).data, expected.data);
  t.strictSame((await output).shape, [1001, 3]);
  t.equal(batcher.stats().batches, 126 + 1);
});

t.test('a wrong request is rejected by itself', async (t) => {
  const batcher = batcherOf(t);
  const wrong = [
    [1, 2],
    [[1, 2]],
    'text',
    null,
    undefined,
    [[1, 'a', 3, 4, 5, 6]],
    new Float32Array(7),
    {},
    Symbol('s'),
  ];
  const good = rows.map((row) => batcher.predict(row));
  const bad = wrong.map((value) => batcher.predict(value as never));
  for (const [i, result] of (await Promise.allSettled(bad)).entries()) {
    t.match(result, { status: 'rejected', reason: { code: /^ERR_(SHAPE_MISMATCH|INVALID_ARG)$/ } }, `wrong ${i}`);
  }
  t.equal((await Promise.all(good)).length, ROWS);
  t.equal(batcher.stats().rejected, wrong.length);
});

t.test('what a request brings on by its numbers is nothing to those beside it', async (t) => {
  const model = new Sequential([
    new Input({ shape: [2] }),
    new Embedding({ inputDim: 5, outputDim: 3 }),
    new Flatten(),
    new Dense({ units: 1 }),
  ]);
  const batcher = new Batcher(model);
  const results = await Promise.allSettled(
    [
      [0, 1],
      [2, 9],
      [3, 4],
      [-1, 0],
      [4, 4],
    ].map((row) => batcher.predict(row)),
  );
  t.strictSame(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  );
  t.match(results[1], { reason: { code: 'ERR_OUT_OF_RANGE', message: /row 0, column 1/ } });
});

t.test('numbers that are none stay in their own rows', async (t) => {
  const batcher = batcherOf(t);
  const bad = Float32Array.of(Number.NaN, 1, 1, 1, 1, 1);
  const [before, nan, after] = await Promise.all(
    [rows[0], bad, rows[1]].map((row) => batcher.predict(row as Float32Array)),
  );
  t.ok(nan?.data.every(Number.isNaN));
  t.strictSame(before?.data, await alone(classifier(), rows[0] as Float32Array));
  t.strictSame(after?.data, await alone(classifier(), rows[1] as Float32Array));
});

t.test('beyond the queue requests are refused at once', async (t) => {
  const batcher = batcherOf(t, { maxQueue: 5, maxBatchSize: 2 });
  const results = await Promise.allSettled(rows.map((row) => batcher.predict(row)));
  const refused = results.filter(({ status }) => status === 'rejected');
  t.equal(refused.length, ROWS - 5);
  for (const result of refused) t.match(result, { reason: { name: 'GemsbokError', code: 'ERR_OVERLOADED' } });
  t.equal(batcher.stats().rejected, ROWS - 5);
  await t.resolves(batcher.predict(rows[0] as Float32Array), 'and accepted again later');
});

t.test('a request past its deadline is not computed', async (t) => {
  const batcher = batcherOf(t);
  await t.rejects(batcher.predict(batchOf(3), { deadline: 0 }), { code: 'ERR_DEADLINE' });
  t.equal(batcher.stats().rows, 0);
  await t.resolves(batcher.predict(rows[0] as Float32Array, { deadline: 2 ** 31 - 1 }));
  await t.rejects(batcher.predict(rows[0] as Float32Array, { deadline: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  await t.rejects(batcher.predict(rows[0] as Float32Array, { deadline: 2 ** 31 }), { code: 'ERR_OUT_OF_RANGE' });
  t.equal(batcher.stats().queued, 0);
});

t.test('an aborted request leaves the queue', async (t) => {
  const batcher = batcherOf(t, { maxBatchSize: 1 });
  const controller = new AbortController();
  const options: BatcherPredictOptions = { signal: controller.signal };
  const aborted = rows.map((row) => batcher.predict(row, options));
  const kept = batcher.predict(rows[0] as Float32Array);
  controller.abort(new Error('gone'));
  for (const request of aborted) await t.rejects(request, { message: 'gone' });
  await kept;
  t.equal(batcher.stats().rows, 1, 'none of them was computed');
  await t.rejects(batcher.predict(rows[0] as Float32Array, options), { message: 'gone' }, 'aborted before');
  const late = new AbortController();
  const running = batcher.predict(batchOf(50_000), { signal: late.signal });
  await turn();
  late.abort();
  await t.rejects(running, { name: 'AbortError' });
  t.equal(batcher.stats().queued, 0);
});

t.test('after a drain nothing is accepted, and all has ended', async (t) => {
  const batcher = new Batcher(classifier(), { maxBatchSize: 1 });
  let ended = 0;
  for (const row of rows) void batcher.predict(row).then(() => ended++);
  const drained = batcher.drain();
  await t.rejects(batcher.predict(rows[0] as Float32Array), { code: 'ERR_CLOSED' });
  await drained;
  t.equal(ended, ROWS);
  await t.rejects(batcher.swap(classifier()), { code: 'ERR_CLOSED' });
  await batcher[Symbol.asyncDispose]();
  await new Batcher(classifier())[Symbol.asyncDispose]();
});

/** A classifier of the same shape that gives other numbers. */
function other(): Sequential {
  const kernelInitializer = new GlorotUniform({ seed: 3 });
  return new Sequential([new Input({ shape: [INPUTS] }), new Dense({ units: 3, kernelInitializer })]);
}

t.test('a swap: what was asked before ends on the old model', async (t) => {
  const [first, second] = [classifier(), other()];
  const batcher = new Batcher(first, { maxBatchSize: 4 });
  let isSwapped = false;
  const before = rows.map((row) => batcher.predict(row));
  const many = batcher.predict(batchOf(300));
  const swapped = batcher.swap(second).then(() => {
    isSwapped = true;
  });
  const after = rows.map((row) => batcher.predict(row));
  t.notOk(isSwapped);
  for (const [r, output] of (await Promise.all(before)).entries())
    t.strictSame(output.data, await alone(first, rows[r] as Float32Array));
  for (const [r, output] of (await Promise.all(after)).entries())
    t.strictSame(output.data, await alone(second, rows[r] as Float32Array));
  t.strictSame((await many).data, first.predictSync(batchOf(300)).data);
  await swapped;
  t.equal(batcher.stats().rejected, 0);
  await t.rejects(batcher.swap({} as never), { code: 'ERR_INVALID_ARG' });
});

t.test('a model that trains serves, each request by the weights of one step', async (t) => {
  const model = classifier();
  const batcher = new Batcher(model);
  const controller = new AbortController();
  const training = model.fit(x, y, { ...QUIET, epochs: 1e6, signal: controller.signal });
  await stepOf(model);
  const outputs = await Promise.all(rows.map((row) => batcher.predict(row)));
  for (const { data } of outputs) t.ok(Math.abs(data.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
  controller.abort();
  await t.rejects(training, { name: 'AbortError' });
});

t.test('warming up changes nothing and counts nowhere', async (t) => {
  const model = classifier();
  const before = bits(model);
  const batcher = new Batcher(model);
  await batcher.warmUp();
  t.strictSame(bits(model), before);
  t.strictSame(batcher.stats(), { requests: 0, batches: 0, rows: 0, queued: 0, rejected: 0 });
  const unbuilt = new Batcher(new Sequential([new Dense({ units: 1 })]));
  await t.rejects(unbuilt.warmUp(), { code: 'ERR_INVALID_ARG', message: /built/ });
  t.strictSame((await unbuilt.predict([[1, 2, 3]])).shape, [1, 1], 'the first request builds the model');
});

t.test('options', async (t) => {
  const rejected: readonly BatcherOptions[] = [
    { maxBatchSize: 0 },
    { maxBatchSize: 1.5 },
    { maxDelay: -1 },
    { maxDelay: Number.NaN },
    { maxQueue: 0 },
    { onBatch: 1 as never },
    { maxRows: 1 } as never,
    1 as never,
  ];
  for (const options of rejected) {
    t.throws(
      () => new Batcher(classifier(), options),
      { code: /^ERR_(INVALID_ARG|OUT_OF_RANGE)$/ },
      JSON.stringify(options),
    );
  }
  t.throws(() => new Batcher(null as never), { code: 'ERR_INVALID_ARG', message: /`model`/ });
  const batches: unknown[] = [];
  const batcher = new Batcher(classifier(), { onBatch: (batch) => batches.push(batch) });
  await Promise.all([batcher.predict(batchOf(2)), batcher.predict(rows[0] as Float32Array)]);
  t.strictSame(batches, [{ rows: 3, requests: 2 }]);
});

t.test('a worker may end in the middle of its requests', async (t) => {
  const code = `
    const { parentPort } = require('node:worker_threads');
    const { Dense, Input, Sequential } = require('gemsbok');
    const { Batcher } = require('gemsbok/serving');
    const batcher = new Batcher(new Sequential([new Input({ shape: [64] }), new Dense({ units: 512 }), new Dense({ units: 1 })]));
    const row = new Float32Array(64);
    const send = () => batcher.predict(row).then(send);
    for (let i = 0; i < 200; i++) send();
    setTimeout(() => parentPort.postMessage('busy'), 20);`;
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(code, { eval: true });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
  }
  t.pass('the process lives');
});
