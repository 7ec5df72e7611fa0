import { Worker } from 'node:worker_threads';
import { Concatenate, Dense, Embedding, Flatten, Input, Model, Sequential, type TypedArray } from 'gemsbok';
import t from 'tap';
import { Random } from './losses.cases';

const COLUMNS = 64;
/** More numbers than are copied at once. */
const ROWS = 3 * 2 ** 15 + 7;
const random = new Random(3);
const numbers = Float32Array.from({ length: ROWS * COLUMNS }, () => random.between(-1, 1));

const TYPES = [Float32Array, Uint8Array, Uint8ClampedArray, Float64Array, Int32Array, BigInt64Array] as const;

/** The same numbers in memory of its own, or in memory that threads share. */
function arraysOf(Type: (typeof TYPES)[number], rows: number): Record<string, TypedArray> {
  const isBig = Type === BigInt64Array;
  const size = rows * COLUMNS;
  const fill = (array: TypedArray): TypedArray => {
    for (let i = 0; i < size; i++) {
      const value = /Float/.test(Type.name) ? Number(numbers[i]) : Math.floor(9 * Math.abs(Number(numbers[i])));
      array[i] = (isBig ? BigInt(value) : value) as never;
    }
    return array;
  };
  const shared = new SharedArrayBuffer(size * Type.BYTES_PER_ELEMENT + 16);
  return { own: fill(new Type(size)), shared: fill(new Type(shared as never, 16, size)) };
}

/** Compares far faster than element by element. */
const bits = ({ data }: { data: Float32Array }): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

function dense(): Sequential {
  const model = new Sequential([
    new Input({ shape: [COLUMNS] }),
    new Dense({ units: 3, activation: 'tanh' }),
    new Dense({ units: 1 }),
  ]);
  model.compile({ loss: 'mse', optimizer: 'sgd', advice: false });
  return model;
}

t.test('predicts the same bits of samples that are not copied', async (t) => {
  const model = dense();
  for (const Type of TYPES) {
    for (const [where, x] of Object.entries(arraysOf(Type, Type === Float32Array ? ROWS : 100))) {
      const wanted = await model.predict(x);
      t.ok(bits(await model.predict(x, { copy: false })).equals(bits(wanted)), `${Type.name}, ${where}`);
      const batches: number[] = [];
      const callbacks = { onPredictBatchEnd: (batch: number) => void batches.push(batch) };
      const given = { copy: false, callbacks, batchSize: 2 ** 15, steps: 2 };
      const some = await model.predict(x, given);
      t.ok(bits(some).equals(bits(wanted).subarray(0, bits(some).length)), `${Type.name}, ${where}: batches`);
      t.equal(batches.length, Math.min(2, Math.ceil(wanted.data.length / 2 ** 15)));
    }
  }
  t.equal((await model.predict([], { copy: false })).data.length, 0);
});

t.test('of several inputs, also of indices, each where it lies', async (t) => {
  const [ids, features] = [new Input({ shape: [1], name: 'ids' }), new Input({ shape: [COLUMNS], name: 'features' })];
  const vectors = new Flatten().apply(new Embedding({ inputDim: 10, outputDim: 2 }).apply(ids));
  const outputs = new Dense({ units: 1 }).apply(new Concatenate().apply([vectors, features]));
  const model = new Model({ inputs: [ids, features], outputs });
  const own = Float32Array.from({ length: ROWS }, (_, i) => i % 10);
  const shared = new Float32Array(new SharedArrayBuffer(4 * ROWS));
  shared.set(own);
  const wanted = await model.predict({ ids: own, features: numbers });
  for (const one of [own, shared]) {
    t.ok(bits(await model.predict({ ids: one, features: numbers }, { copy: false })).equals(bits(wanted)));
  }
  own[ROWS - 1] = shared[ROWS - 1] = 10;
  const error = { code: 'ERR_OUT_OF_RANGE', message: new RegExp(`received 10. It stands in row ${ROWS - 1};`) };
  for (const one of [own, shared]) {
    await t.rejects(model.predict({ ids: one, features: numbers }, { copy: false }), error);
  }
});

t.test('trains on what it finds where it lies', async (t) => {
  const { own, shared } = arraysOf(Float32Array, 100) as Record<'own' | 'shared', Float32Array>;
  const y = own.filter((_, i) => i % COLUMNS === 0);
  const settings = { batchSize: 10, shuffle: false, verbose: 0 } as const;
  const [whole, steps] = [dense(), dense()];
  steps.setWeights(whole.getWeights());
  // The promise is broken to see that nothing was copied.
  const callbacks = { onEpochEnd: () => void shared.fill(0.5) };
  await whole.fit(shared, y, { ...settings, epochs: 2, copy: false, callbacks });
  await steps.fit(own, y, settings);
  await steps.fit(own.fill(0.5), y, settings);
  t.same(whole.getWeights(), steps.getWeights());
  await t.rejects(whole.fit(shared, y, { copy: 1 as never }), { code: 'ERR_INVALID_ARG', message: /`copy`/ });
  await t.rejects(whole.predict(shared, { copy: 'no' as never }), { code: 'ERR_INVALID_ARG', message: /`copy`/ });
  shared[5] = Number.NaN;
  await t.rejects(whole.fit(shared, y, { ...settings, copy: false }), {
    code: 'ERR_NOT_FINITE',
    message: /row 0, column 5/,
  });
});

t.test('trains on samples of each type where they lie, also on indices', async (t) => {
  const embedding = (): Sequential => {
    const model = new Sequential([
      new Input({ shape: [COLUMNS] }),
      new Embedding({ inputDim: 10, outputDim: 2 }),
      new Flatten(),
      new Dense({ units: 1 }),
    ]);
    model.compile({ loss: 'mse', optimizer: 'sgd', advice: false });
    return model;
  };
  const y = numbers.subarray(0, 100);
  const settings = { batchSize: 10, epochs: 2, verbose: 0, seed: 1, validationSplit: 0.2 } as const;
  for (const Type of TYPES) {
    const { own, shared } = arraysOf(Type, 100) as Record<'own' | 'shared', TypedArray>;
    for (const make of Type === Float32Array || Type === Float64Array ? [dense] : [dense, embedding]) {
      const [here, there] = [make(), make()];
      there.setWeights(here.getWeights());
      const histories = [await here.fit(own, y, settings), await there.fit(shared, y, { ...settings, copy: false })];
      t.same(there.getWeights(), here.getWeights(), `${Type.name}, ${make.name}`);
      t.same(histories[1]?.history, histories[0]?.history);
    }
  }
});

t.test('an array that is taken away in between is refused', async (t) => {
  const model = dense();
  const x = numbers.slice();
  const result = model.predict(x, { copy: false });
  structuredClone(x, { transfer: [x.buffer] });
  await t.rejects(result, { code: 'ERR_INVALID_ARG', message: /arrays that stay as they are with { copy: false }/ });
  t.equal((await model.predict(numbers)).data.length, ROWS);
});

t.test('an array that says that its memory is shared', async (t) => {
  const model = dense();
  const [bare, tagged] = [numbers.slice(), numbers.slice()];
  const memory = [bare.buffer, tagged.buffer] as const;
  Object.defineProperty(bare, 'buffer', { value: new SharedArrayBuffer(8) });
  Object.defineProperty(tagged.buffer, Symbol.toStringTag, { value: 'SharedArrayBuffer' });
  for (const [i, x] of [bare, tagged].entries()) {
    const result = model.predict(x, { copy: false });
    structuredClone(memory[i], { transfer: [memory[i] as ArrayBuffer] });
    await t.rejects(result, { code: 'ERR_INVALID_ARG', message: /arrays that stay as they are/ });
  }
});

t.test('shared memory is held as long as it is read, and no longer', async (t) => {
  const code = `
    const { Dense, Input, Sequential } = require('gemsbok');
    require('node:v8').setFlagsFromString('--expose-gc');
    const gc = require('node:vm').runInNewContext('gc');
    const model = new Sequential([new Input({ shape: [64] }), new Dense({ units: 1 })]);
    model.compile({ loss: 'mse', advice: false });
    const held = [];
    const shared = (rows) => {
      const x = new Float32Array(new SharedArrayBuffer(256 * rows)).fill(1);
      held.push(new WeakRef(x));
      return x;
    };
    (async () => {
      const y = new Float32Array(20000);
      const runs = [model.fit(shared(20000), y, { epochs: 3, verbose: 0, copy: false })];
      for (let i = 0; i < 5; i++) runs.push(model.predict(shared(20000), { copy: false }));
      gc();
      await Promise.all(runs);
      const alive = () => held.filter((one) => one.deref() !== undefined).length;
      for (let tries = 0; tries < 100 && alive() > 0; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        gc();
      }
      require('node:worker_threads').parentPort.postMessage(alive());
      model.fit(shared(20000), y, { epochs: 1e6, verbose: 0, copy: false });
    })();
  `;
  const worker = new Worker(code, { eval: true });
  t.equal(await new Promise((resolve) => worker.once('message', resolve)), 0, 'arrays that are still held');
  t.equal(await worker.terminate(), 1, 'a worker ends in the middle of a run');
});
