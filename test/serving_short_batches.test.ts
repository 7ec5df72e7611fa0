import { setImmediate as turn } from 'node:timers/promises';
import { Batcher } from 'gemsbok/serving';
import t from 'tap';
import { classifier, INPUTS, ROWS, x } from './models.cases';

const rows = Array.from({ length: ROWS }, (_, r) => x.data.slice(r * INPUTS, (r + 1) * INPUTS));

t.test('what is short is computed in the turn in which it is sent', async (t) => {
  const batcher = new Batcher(classifier());
  let answered = 0;
  for (const row of rows) void batcher.predict(row).then(() => answered++);
  await turn();
  t.equal(answered, ROWS);
});

t.test('what is short leaves time to others, however many there are', async (t) => {
  const batcher = new Batcher(classifier(), { maxBatchSize: 1, maxQueue: 50_000 });
  let answered = 0;
  const all = Array.from({ length: 50_000 }, () => batcher.predict(rows[0] as Float32Array).then(() => answered++));
  await turn();
  t.ok(answered > 0 && answered < all.length);
  await Promise.all(all);
});
