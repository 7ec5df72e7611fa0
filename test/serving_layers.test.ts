import { setImmediate as turn } from 'node:timers/promises';
import { Dense, Input, Lambda, Sequential } from 'gemsbok';
import { Batcher } from 'gemsbok/serving';
import t from 'tap';
import { INPUTS, ROWS, x } from './models.cases';

const rows = Array.from({ length: ROWS }, (_, r) => x.data.slice(r * INPUTS, (r + 1) * INPUTS));

const batchOf = (count: number): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from({ length: count * INPUTS }, (_, i) => Math.sin(i)),
  shape: [count, INPUTS],
});

t.test('requests of a model of which JavaScript computes layers give the bits of predict', async (t) => {
  const halves = new Lambda({ forward: ({ data }) => data.map((value) => value / 2) });
  const model = new Sequential([
    new Input({ shape: [INPUTS] }),
    new Dense({ units: 5 }),
    halves,
    new Dense({ units: 3 }),
  ]);
  const batcher = new Batcher(model, { maxBatchSize: 7 });
  await batcher.warmUp();
  const outputs = await Promise.all([...rows, batchOf(20)].map((given) => batcher.predict(given)));
  for (const [r, row] of rows.entries()) t.strictSame(outputs[r]?.data, (await model.predict([row])).data, `row ${r}`);
  t.strictSame(outputs.at(-1)?.data, (await model.predict(batchOf(20))).data, 'a request that is cut');
  const leaving = new AbortController();
  const left = batcher.predict(batchOf(300), { signal: leaving.signal });
  await turn();
  leaving.abort();
  await t.rejects(left, { name: 'AbortError' });
  await batcher.drain();
});

t.test('a request that is cut is answered by one model, whatever comes between its pieces', async (t) => {
  const layers = [new Dense({ units: 3 }), new Dense({ units: 4000 })];
  const model = new Sequential([new Input({ shape: [INPUTS] }), ...layers]);
  const wanted = (await model.predict(batchOf(300))).toArray();
  const batcher = new Batcher(model, { maxBatchSize: 100 });
  const asked = batcher.predict(batchOf(300)).then(
    (output) => [output.toArray(), null],
    (error) => [null, error],
  );
  await turn();
  model.pop();
  const [answer, reason] = await asked;
  if (answer !== null) t.strictSame(answer, wanted);
  else t.match(reason, { code: 'ERR_MODEL_BUSY' });
  await batcher.drain();
});

t.test('a request that began before the layers changed says so', async (t) => {
  const model = new Sequential([new Input({ shape: [INPUTS] }), new Dense({ units: 5 }), new Dense({ units: 3 })]);
  const batcher = new Batcher(model);
  const begun = batcher.predict(rows[0] as Float32Array);
  model.pop();
  await t.rejects(begun, { code: 'ERR_MODEL_BUSY', message: /other layers now/ });
  t.strictSame((await batcher.predict(rows[0] as Float32Array)).shape, [1, 5]);
  await batcher.drain();
});
