import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { type Dataset, npyBytes, readArrow, readCsv, readNpy, readParquet, tensor } from 'gemsbok';
import t from 'tap';
import { watched } from './helpers/watch';
import { classifier } from './models.cases';

const folder = mkdtempSync(join(tmpdir(), 'threads-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** Ticks of the watching thread without a turn of the loop: a parser that hangs reaches any number. */
const MOST_STILL = 150;
const CODES = new Set(['ERR_CORRUPT_FILE', 'ERR_INVALID_ARG', 'ERR_UNSUPPORTED', 'ERR_OUT_OF_MEMORY']);

const MANY = 20_000;
const long = join(folder, 'long.arrow');
writeFileSync(long, tableToIPC(tableFromArrays({ a: Float64Array.from({ length: MANY }, (_, i) => i) }), 'file'));
const endless = resolve('test/fixtures/endless.arrow');

async function count(data: Dataset): Promise<number> {
  let rows = 0;
  for await (const _ of data) rows++;
  return rows;
}

/** How often this process has a file open; 0 where the system does not tell. */
function opened(path: string): number {
  if (process.platform !== 'linux') return 0;
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link === path).length;
}

async function closed(path: string): Promise<boolean> {
  for (let tries = 0; tries < 500; tries++) {
    if (opened(path) === 0) return true;
    await after(10);
  }
  return false;
}

const columns = { width: [1.5, 2.5, 4], kind: ['b', 'a', 'b'], size: Int32Array.of(1, 2, 3) };
const OPTIONS = { missing: 'skip', columns: { kind: 'category' } } as const;
type Read = (bytes: Uint8Array) => Promise<unknown>;
const rows = async (opening: Promise<Dataset>): Promise<unknown> => count(await opening);

/** Each reader, and a sound file of it. */
const READERS: Readonly<Record<string, readonly [bytes: Uint8Array, read: Read]>> = {
  'an Arrow stream': [tableToIPC(tableFromArrays(columns), 'stream'), (bytes) => rows(readArrow(bytes, OPTIONS))],
  'an Arrow file': [tableToIPC(tableFromArrays(columns), 'file'), (bytes) => rows(readArrow(bytes, OPTIONS))],
  ...Object.fromEntries(
    ['uncompressed', 'snappy', 'zstd'].map((codec): [string, readonly [Uint8Array, Read]] => [
      codec,
      [new Uint8Array(readFileSync(`test/fixtures/${codec}.parquet`)), (bytes) => rows(readParquet(bytes, OPTIONS))],
    ]),
  ),
  npy: [npyBytes(tensor(new Float32Array(60), { shape: [3, 4, 5] })), readNpy],
  CSV: [
    Buffer.from('kind,"b"\n"some text, quoted",2\n"and ""more"" of it",4\r\nwithout quotes,""\n'),
    (bytes) => rows(readCsv([bytes], OPTIONS)),
  ],
};

/** Numbers below a bound, the same ones in each run. */
function randomOf(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * bound);
  };
}

function mutant(bytes: Uint8Array, random: (bound: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const kind = random(4);
  for (let left = random(4); left >= 0; left--) copy[random(copy.length)] = [0, 255][kind] ?? random(256);
  return kind === 3 ? copy.subarray(0, random(copy.length)) : copy;
}

t.test('damaged files give rows or an error with a code, while the event loop turns', async (t) => {
  const random = randomOf(7);
  for (const [what, [bytes, read]] of Object.entries(READERS)) {
    const others = new Set<unknown>();
    const outcomes = new Set<string>();
    const still = await watched(async () => {
      for (let i = 0; i < 40; i++) {
        try {
          await read(mutant(bytes, random));
          outcomes.add('rows');
        } catch (error) {
          const { code } = error as { readonly code?: string };
          if (!CODES.has(code ?? '')) others.add(error);
          outcomes.add('an error');
        }
      }
    });
    t.strictSame([...others], [], what);
    t.strictSame([...outcomes].sort(), ['an error', 'rows'], `${what}: both happen`);
    t.ok(still < MOST_STILL, `${what}: ${still} ticks without a turn`);
  }
});

t.test('a file that keeps its parser busy for ever is given up, and disturbs nobody', async (t) => {
  const pass = (await readArrow(long))[Symbol.asyncIterator]();
  t.strictSame((await pass.next()).value.x, Float32Array.of(0));
  const bound = { code: 'ERR_CORRUPT_FILE', message: /endless\.arrow.*processor|processor.*endless\.arrow/ };
  const still = await watched(async () => {
    const given = Promise.all([t.rejects(readArrow(endless), bound), t.rejects(readArrow(endless), bound)]);
    let rows = 1;
    // The threads are busy meanwhile; the pass continues after them, in a thread that begins where it was.
    for (let next = await pass.next(); next.done !== true; next = await pass.next()) {
      if ((next.value.x as Float32Array)[0] !== rows++) t.fail(`row ${rows} is another one`);
    }
    t.equal(rows, MANY);
    await given;
  });
  t.ok(still < MOST_STILL, `${still} ticks without a turn`);
});

t.test('whoever leaves a pass frees its thread and its file', async (t) => {
  for await (const _ of await readArrow(long)) {
    if (process.platform === 'linux') t.equal(opened(long), 1, 'open');
    break;
  }
  t.ok(await closed(long), 'left early');
  await count(await readArrow(long));
  t.ok(await closed(long), 'at the end');
  await t.rejects(count((await readArrow(long)).map(() => Promise.reject(new Error('own')))), { message: 'own' });
  t.ok(await closed(long), 'after an error of the caller');
  const controller = new AbortController();
  const wide = (await readArrow(long)).map(({ x }) => ({
    x: new Float32Array(6).fill((x as Float32Array)[0] ?? 0),
    y: 0,
  }));
  const run = classifier().fit(wide, { batchSize: 8, epochs: 100, verbose: 0, signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await t.rejects(run, { name: 'AbortError' });
  t.ok(await closed(long), 'after an abort');
});

t.test('more passes at once than there are threads', async (t) => {
  const passes = await Promise.all(Array.from({ length: 6 }, () => readArrow(long)));
  const sides = passes.map((pass) => pass[Symbol.asyncIterator]());
  for (let row = 0; row < MANY; row++) {
    const elements = await Promise.all(sides.map((side) => side.next()));
    if (elements.some(({ value }) => value.x[0] !== row)) t.fail(`row ${row} is another one`);
  }
  const ends = await Promise.all(sides.map((side) => side.next()));
  t.ok(ends.every(({ done }) => done));
});

t.test('a worker may end in the middle of a pass', async (t) => {
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { readArrow } = require('gemsbok');
    (async () => {
      for (;;) for await (const _ of await readArrow(workerData)) parentPort.postMessage('row');
    })();`;
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(program, { eval: true, workerData: long });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
  }
  t.ok(await closed(long));
});
