// Fuzzes: npm run fuzz -- [programs|files|plain ...] [--seed N] [--count N] [--minutes N] [--only onnx,tfjs]. Without seed each run
// tries others; `only` are kinds of files.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// A process tries so many seeds: enough to make its start cheap, few enough for what one leaves behind to be seen.
const BATCH = 1000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ seed: { type: 'string' }, count: { type: 'string' }, minutes: { type: 'string' } },
    only: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const count = Number(values.count ?? Number.POSITIVE_INFINITY);
const minutes = Number(values.minutes ?? (values.count === undefined ? 1 : Number.POSITIVE_INFINITY));
const subjects = positionals.length === 0 ? ['programs', 'files', 'plain'] : positionals;

const pathOf = (name) => (name.includes('/') ? name : new URL(`${name}.mjs`, import.meta.url).href);

// What a child is to know, and what repeats a finding.
const env = { ...process.env, FUZZ_ONLY: values.only };
const again = values.only === '' ? '' : ` --only ${values.only}`;

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** What a process of the fuzzer says, line by line. */
class Findings {
  faults = [];
  counts = {};
  next;
  #first;
  #lastCall = 'none';

  constructor(first) {
    this.next = first;
    this.#first = first;
  }

  get seed() {
    return this.next - 1;
  }

  /** Whether it came as far as to try any. */
  get hasBegun() {
    return this.next > this.#first;
  }

  hear({ seed, at, fault, end, counts }) {
    if (seed !== undefined) this.next = seed + 1;
    this.#lastCall = at ?? this.#lastCall;
    this.counts = counts ?? this.counts;
    if (fault !== undefined) this.faults.push({ seed: this.seed, fault });
    if (end !== undefined) this.ended(end);
  }

  /** The process came to its end before its time. */
  ended(how) {
    if (this.faults.at(-1)?.seed === this.seed) return;
    this.faults.push({ seed: this.seed, fault: `${how}, last call: ${this.#lastCall}` });
  }
}

/** Tries seeds in a process of its own, as far as it lives. */
async function batch(path, first, most, isOver) {
  const child = spawn(process.execPath, [CHILD, path, first, most], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env,
  });
  const found = new Findings(first);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-2000);
  });
  const end = once(child, 'close');
  for await (const line of createInterface({ input: child.stdio[3] })) {
    found.hear(JSON.parse(line));
    if (isOver()) child.kill();
  }
  const [status, signal] = await end;
  if (status !== 0 && !found.hasBegun && !isOver()) throw new Error(`The fuzzer does not start: ${errors}`);
  if (status !== 0 && !isOver()) found.ended(`the process ends with ${signal ?? status}: ${errors}`);
  return found;
}

/** Adds to what was counted of each call. */
function add(counts, more) {
  for (const [call, outcomes] of Object.entries(more)) {
    counts[call] ??= {};
    for (const [outcome, times] of Object.entries(outcomes)) {
      counts[call][outcome] = (counts[call][outcome] ?? 0) + times;
    }
  }
}

/** What faults of one cause have in common: what was said, without numbers, and the line of the library. */
function causeOf(fault) {
  const line = /dist\/.*/.exec(fault)?.[0] ?? '';
  return `${fault.split('\n')[0].slice(0, 100).replace(/\d+/g, '0')} ${line}`;
}

async function fuzz(name, until) {
  const isOver = () => performance.now() > until;
  const causes = new Map();
  const counts = {};
  let next = seed;
  while (next < seed + count && !isOver()) {
    const found = await batch(pathOf(name), next, Math.min(BATCH, seed + count - next), isOver);
    for (const { seed: at, fault } of found.faults) {
      const cause = causeOf(fault);
      const times = causes.get(cause) ?? 0;
      causes.set(cause, times + 1);
      if (times === 0)
        console.log(`${name}: ${fault}\n  again: npm run fuzz -- ${name} --seed ${at} --count 1${again}\n`);
    }
    add(counts, found.counts);
    next = found.next;
  }
  for (const [call, outcomes] of Object.entries(counts).sort()) console.log(`  ${call}: ${JSON.stringify(outcomes)}`);
  for (const [cause, times] of causes) console.log(`  ${times} times: ${cause}`);
  console.log(`${name}: seeds ${seed} to ${next - 1}, faults of ${causes.size} causes`);
  return causes.size;
}

let faults = 0;
for (const [i, name] of subjects.entries()) faults += await fuzz(name, minutes * 60_000 * ((i + 1) / subjects.length));
process.exit(faults === 0 ? 0 : 1);
