// One process of a fuzzer: node child.mjs SUBJECT SEED COUNT. It tells on descriptor 3 which seed it tries and what it finds, in
// lines that are written at once, so that the last one names the seed of a crash.
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Judge } from './judge.mjs';
import { Random } from './random.mjs';

const OUTPUT = 3;
const BEAT_MS = 10;

const [subjectPath, first, count] = process.argv.slice(2);
const { subject } = await import(subjectPath);

const say = (line) => writeSync(OUTPUT, `${JSON.stringify(line)}\n`);
const beats = new Int32Array(new SharedArrayBuffer(8));

async function watch() {
  const watcher = new Worker(new URL('watch.mjs', import.meta.url), {
    workerData: { beats, limits: subject.limits, output: OUTPUT },
  });
  await once(watcher, 'message');
  watcher.unref();
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
}

const judge = new Judge(say);
let isDone = false;
process.on('unhandledRejection', (error) => judge.stray('a rejection that nobody hears of', error));
process.on('uncaughtException', (error) => judge.stray('an exception out of nowhere', error));
// Nothing is left that could settle what the program waits for.
process.on('exit', () => {
  if (!isDone) say({ end: 'what it awaits stays pending for ever' });
});

await watch();
await subject.begin?.();
for (let i = 0; i < Number(count); i++) {
  const seed = Number(first) + i;
  Atomics.add(beats, 1, 1);
  say({ seed });
  await subject.run(new Random(seed), judge, seed);
  await new Promise(setImmediate);
}
isDone = true;
say({ counts: judge.counts });
process.exit(0);
