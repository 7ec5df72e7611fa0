import { dataset, Model, type Tensor, tensor } from 'gemsbok';
import { Batcher } from 'gemsbok/serving';
import t from 'tap';
import { filled, modelOf, samples } from './helpers/matrix_models';
import { type MatrixRow, ROWS } from './matrix.cases';

type Ask = (model: Model, x: readonly Tensor[]) => Promise<unknown>;
const one = (x: readonly Tensor[]): never => (x.length === 1 ? x[0] : x) as never;
const bitsOf = (outputs: unknown): number[][] =>
  [outputs].flat().map((output) => [...(output as Tensor).data].map(Number));

function sampleOf(x: readonly Tensor[], row: number): never {
  const parts = x.map(({ data, shape: [rows = 1, ...shape] }) => {
    const size = data.length / rows;
    return tensor(data.slice(row * size, (row + 1) * size), { shape });
  });
  return one(parts);
}

/** One after another, as outputs of all rows. */
function joined(parts: readonly unknown[]): number[][] {
  const [first = [], ...others] = parts.map(bitsOf);
  return first.map((output, o) => [...output, ...others.flatMap((part) => part[o] ?? [])]);
}

const rowsOf = (x: readonly Tensor[]): number[] => Array.from({ length: x[0]?.shape[0] ?? 0 }, (_, row) => row);

/** Each way to ask a model for what `predict` answers. */
const WAYS: Readonly<Record<string, (...args: Parameters<Ask>) => Promise<number[][]>>> = {
  predictSync: async (model, x) => bitsOf(model.predictSync(one(x))),
  predictOnBatch: async (model, x) => bitsOf(await model.predictOnBatch(one(x))),
  'in place': async (model, x) => bitsOf(await model.predict(one(x), { copy: false })),
  'with callbacks': async (model, x) =>
    bitsOf(await model.predict(one(x), { batchSize: 2, callbacks: { onPredictBatchEnd() {} } })),
  'a stream': async (model, x) => {
    const stream = dataset(() => rowsOf(x).map((row) => ({ x: sampleOf(x, row) })));
    return bitsOf(await model.predict(stream, { batchSize: 2 }));
  },
  'a Batcher, row by row': async (model, x) => {
    const batcher = new Batcher(model, { maxBatchSize: 3 });
    const parts = await Promise.all(rowsOf(x).map((row) => batcher.predict(sampleOf(x, row))));
    await batcher.drain();
    return joined(parts);
  },
  'a Batcher, at once': async (model, x) => {
    const batcher = new Batcher(model, { maxBatchSize: 2 });
    const outputs = await batcher.predict(one(x));
    await batcher.drain();
    return bitsOf(outputs);
  },
};

for (const row of ROWS as readonly MatrixRow[]) {
  t.test(`${row.name} on ${JSON.stringify(row.inputs)}`, async (t) => {
    const model = filled(modelOf([row])) as Model;
    const x = samples(row) as readonly Tensor[];
    const wanted = bitsOf(await model.predict(one(x)));
    for (const [way, ask] of Object.entries(WAYS)) {
      const found = await ask(model, x).catch((error: Error) => error);
      t.strictSame(found, wanted, way);
    }
    const shared = await (async () => Model.fromShared(model.share()))().catch((error: Error) => error);
    if (shared instanceof Error) t.match(shared, { code: 'ERR_UNSUPPORTED' }, 'shared');
    else t.strictSame(bitsOf(await (shared as Model).predict(one(x))), wanted, 'shared');
  });
}
