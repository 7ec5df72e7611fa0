import fs, { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import workers from 'node:worker_threads';
import { getThreads, loadModel, type Sequential, setThreads } from 'gemsbok';
import t from 'tap';
import { fixture } from './files.cases';
import { scratch } from './helpers/scratch';
import { bits, classifier, QUIET, x, y } from './models.cases';

const folder = scratch();
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Threads that work on files: those that there are, the most that there were at once, and all that began. */
const counts = { now: 0, most: 0, all: 0 };
const { Worker } = workers;
workers.Worker = class extends Worker {
  constructor(...given: ConstructorParameters<typeof Worker>) {
    super(...given);
    counts.all++;
    counts.now++;
    counts.most = Math.max(counts.most, counts.now);
    this.once('exit', () => counts.now--);
  }
};

async function counted<T>(work: () => Promise<T>): Promise<{ readonly most: number; readonly all: number }> {
  Object.assign(counts, { most: counts.now, all: 0 });
  await work();
  return { most: counts.most, all: counts.all };
}

t.beforeEach(() => setThreads(2));

t.test('many loads at once share few threads', async (t) => {
  const { most, all } = await counted(async () => {
    const models = await Promise.all(many(60, () => loadModel(fixture('sequential.keras'))));
    const [first] = models;
    for (const model of models) t.strictSame(bits(model as Sequential), bits(first as Sequential));
  });
  t.ok(most <= getThreads(), `${most} at once`);
  t.ok(all <= getThreads(), `${all} in all`);
});

t.test('many saves at once do, and each keeps its moment', async (t) => {
  const model = classifier();
  const moments: number[][] = [];
  const saves: Promise<void>[] = [];
  const { most, all } = await counted(async () => {
    for (const i of many(20, (i) => i)) {
      moments.push(bits(model));
      saves.push(model.save(join(folder, `${i}.keras`)));
      await model.trainOnBatch(x, y);
    }
    await Promise.all(saves);
  });
  t.ok(most <= getThreads() && all <= getThreads(), `${most} at once, ${all} in all`);
  for (const [i, moment] of moments.entries()) {
    t.strictSame(bits((await loadModel(join(folder, `${i}.keras`))) as Sequential), moment, `save ${i}`);
  }
});

t.test('damaged files between sound ones harm none', async (t) => {
  const bytes = readFileSync(fixture('keras3.h5'));
  const damaged = join(folder, 'damaged.h5');
  writeFileSync(damaged, bytes.subarray(0, bytes.length - 100));
  const { most } = await counted(async () => {
    const results = await Promise.allSettled(many(30, (i) => loadModel(i % 3 === 1 ? damaged : fixture('keras3.h5'))));
    for (const [i, result] of results.entries()) {
      if (i % 3 !== 1) t.equal(result.status, 'fulfilled', `file ${i}`);
      else t.match(result, { reason: { code: 'ERR_CORRUPT_FILE' } }, `file ${i}`);
    }
  });
  t.ok(most <= getThreads(), `${most} at once`);
});

t.test('one thread does it all, too', async (t) => {
  setThreads(1);
  const model = classifier();
  await model.fit(x, y, QUIET);
  await Promise.all(many(4, (i) => model.save(join(folder, `one${i}.h5`))));
  const loaded = await Promise.all(many(4, (i) => loadModel(join(folder, `one${i}.h5`))));
  for (const each of loaded) t.strictSame(bits(each as Sequential), bits(model));
});

t.test('hours on the clock say nothing of a file', async (t) => {
  if (process.platform !== 'linux') return;
  const { now } = performance;
  let hours = 0;
  performance.now = () => now.call(performance) + 3_600_000 * hours;
  const timer = setInterval(() => hours++, 10);
  await Promise.all(many(20, () => t.resolves(loadModel(fixture('sequential.keras')))));
  clearInterval(timer);
  performance.now = now;
});

/** HDF5 reads this one for ever. */
function endless(): string {
  const path = join(folder, 'endless.h5');
  const bytes = readFileSync(fixture('functional.weights.h5'));
  const wrong = { 1367: 1, 3124: 57, 8017: 0, 9430: 255 };
  for (const [at, value] of Object.entries(wrong)) bytes[Number(at)] = value;
  writeFileSync(path, bytes);
  return path;
}

t.test('a file that is read for ever is stopped, and the next one is read', async (t) => {
  setThreads(1);
  const [refused, loaded] = [loadModel(endless()), loadModel(fixture('sequential.keras'))];
  await t.rejects(refused, { code: 'ERR_CORRUPT_FILE', message: /endless\.h5/ });
  await t.resolves(loaded);
});

t.test('where only a clock can tell, nothing is said of damage', async (t) => {
  const { readFileSync } = fs;
  const { now } = performance;
  let hours = 0;
  performance.now = () => now.call(performance) + 3_600_000 * hours++;
  fs.readFileSync = ((...given: Parameters<typeof readFileSync>) => {
    if (String(given[0]).startsWith('/proc/')) throw new Error('There is none.');
    return readFileSync(...given);
  }) as typeof readFileSync;
  const error = await loadModel(endless()).catch((error: unknown) => error);
  Object.assign(fs, { readFileSync });
  performance.now = now;
  t.match(error, { code: 'ERR_DEADLINE', message: /endless\.h5.*within \d+ s/ });
  t.notMatch((error as Error).message, /damaged/);
});
