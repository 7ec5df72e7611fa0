// Works for long and sees whether anything grows: npm run soak -- [--minutes N] [--works FILE]. Needs --expose-gc.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string' }, works: { type: 'string' } } });
const minutes = Number(values.minutes ?? 10);
const { works } = await import(values.works ?? new URL('works.mjs', import.meta.url).href);

// Shares of the time: what a process needs once is there after the first, then it is measured so many times.
const WARM_UP = 0.3;
const MEASURES = 5;
// The pool of files ends threads that had no work for some seconds.
const MOST_TICKS = 80;
const LEAST_TICKS = 3;
const TICK_MS = 100;

const MB = 2 ** 20;
/** What may be more at the end than at the beginning: caches of JavaScript and of the allocator go up and down. */
const SLACK = { heap: 4 * MB, external: 2 * MB, resident: 48 * MB, threads: 0, descriptors: 0, handles: 0 };

const entries = (folder) => {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0; // Not on Linux.
  }
};

function measure() {
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heap: heapUsed,
    external,
    resident: rss,
    threads: entries('/proc/self/task'),
    descriptors: entries('/proc/self/fd'),
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
  };
}

let patience = MOST_TICKS;

/** The state of the process once it has nothing to do. What is more than `before` may end by itself in some seconds. */
async function settled(before) {
  for (let tick = 1; ; tick++) {
    await sleep(TICK_MS);
    globalThis.gc();
    const now = measure();
    const rests = before === null || (now.threads <= before.threads && now.handles <= before.handles);
    if (tick >= LEAST_TICKS && rests) return now;
    if (tick < patience) continue;
    // It will not end the next time either.
    patience = LEAST_TICKS;
    return now;
  }
}

const rounds = {};

/** One after the other and at once in turn, until the time comes. */
async function work(until) {
  do {
    for (const [name, run] of Object.entries(works)) {
      await run();
      rounds[name] = (rounds[name] ?? 0) + 1;
    }
    await Promise.all(Object.values(works).map((run) => run()));
  } while (performance.now() < until);
}

const end = minutes * 60_000;
await work(end * WARM_UP);
const measures = [await settled(null)];
for (let i = 1; i <= MEASURES; i++) {
  await work(end * (WARM_UP + ((1 - WARM_UP) * i) / MEASURES));
  measures.push(await settled(measures[0]));
}

/** The least of the last ones over the most of the first ones: what comes and goes does not count. */
function growth(name) {
  const third = Math.ceil(measures.length / 3);
  const of = (part) => part.map((one) => one[name]);
  return Math.min(...of(measures.slice(-third))) - Math.max(...of(measures.slice(0, third)));
}

const shown = (name, value) => (SLACK[name] >= MB ? `${(value / MB).toFixed(1)} MB` : String(value));
let faults = 0;
for (const [name, slack] of Object.entries(SLACK)) {
  const grows = growth(name) > slack;
  if (grows) faults++;
  const course = measures.map((one) => shown(name, one[name])).join(', ');
  console.log(`${grows ? 'GROWS' : 'flat '} ${name}: ${course}`);
}
console.log(`rounds: ${JSON.stringify(rounds)}`);
process.exit(faults === 0 ? 0 : 1);
