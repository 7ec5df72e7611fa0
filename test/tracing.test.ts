import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { loadModel, Sequential } from 'gemsbok';
import { Batcher } from 'gemsbok/serving';
import t, { type Test } from 'tap';
import { classifier, QUIET, x, y } from './models.cases';

/** What a channel tells from here on: the events' names and what they hold. */
function listen(t: Test, name: string): { readonly event: string; readonly context: object }[] {
  const told: { event: string; context: object }[] = [];
  for (const event of ['start', 'asyncEnd', 'error']) {
    const channel = `tracing:gemsbok:${name}:${event}`;
    const hear = (context: unknown) => void told.push({ event, context: { ...(context as object) } });
    subscribe(channel, hear);
    t.teardown(() => unsubscribe(channel, hear));
  }
  return told;
}

t.test('who listens is told of runs, files and batches', async (t) => {
  const model = classifier();
  const path = join(t.testdir(), 'traced.keras');
  const batcher = new Batcher(model);
  const works: readonly (readonly [string, () => Promise<unknown>, object])[] = [
    ['fit', () => model.fit(x, y, QUIET), { model: model.name }],
    ['predict', () => model.predict(x), { model: model.name }],
    ['save', () => model.save(path), { model: model.name, path }],
    ['load', () => loadModel(path), { source: path }],
    ['batch', () => Promise.all([batcher.predict(x), batcher.predict(new Float32Array(6))]), { rows: 51, requests: 2 }],
  ];
  for (const [name, work, context] of works) {
    const told = listen(t, name);
    await work();
    t.match(
      told,
      [
        { event: 'start', context },
        { event: 'asyncEnd', context },
      ],
      name,
    );
    t.equal(told.length, 2);
  }
});

t.test('failures are told, and pass on as they are', async (t) => {
  const told = listen(t, 'fit');
  await t.rejects(new Sequential().fit([], []), { code: 'ERR_NOT_COMPILED' });
  t.match(told, [
    { event: 'start' },
    { event: 'error', context: { error: { code: 'ERR_NOT_COMPILED' } } },
    { event: 'asyncEnd' },
  ]);
});
