// What one process does otherwise than the rest: all end the call with an error and continue, or all end.
import t from 'tap';
import { LAUNCHERS, OPENMPI, run } from './helpers/processes';
import { scratch } from './helpers/scratch';

interface Report {
  readonly rank: number;
  readonly found: Readonly<Record<string, string>>;
  readonly weights: readonly number[][];
}

const RUNS = [...LAUNCHERS.map((launcher) => ({ launcher, size: 2 })), { launcher: OPENMPI, size: 3 }];

async function reports<T extends { readonly rank: number }>(
  launcher: string,
  size: number,
  what: string,
): Promise<T[]> {
  const { code, out, err } = await run(launcher, size, ['distributed_agreement.cases.mjs', what, scratch()]);
  if (code !== 0) throw new Error(`${launcher} ended with ${code}: ${err}`);
  const lines = out.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as T).sort((a, b) => a.rank - b.rank);
}

const FAULT = 'a fault of the last process';
const CODES: Readonly<Record<string, string>> = {
  'NaN in data': 'ERR_NOT_FINITE',
  'no rows': 'ERR_SHAPE_MISMATCH',
  'another shape': 'ERR_SHAPE_MISMATCH',
  'fewer targets': 'ERR_SHAPE_MISMATCH',
  'a bad option': 'ERR_OUT_OF_RANGE',
  'NaN to validate by': 'ERR_NOT_FINITE',
  'NaN to validate a stream by': 'ERR_NOT_FINITE',
  'not compiled': 'ERR_NOT_COMPILED',
  'NaN in a step': 'ERR_NOT_FINITE',
  'another shape in a step': 'ERR_SHAPE_MISMATCH',
  'option of a step': 'ERR_INVALID_ARG',
  'a loss that uses what is closed': 'ERR_CLOSED',
  'shape to evaluate': 'ERR_SHAPE_MISMATCH',
  'shape to predict': 'ERR_SHAPE_MISMATCH',
  'abort of evaluate': 'This operation was aborted',
  'abort of predict': 'This operation was aborted',
};

for (const { launcher, size } of RUNS) {
  t.test(`what fails in one of ${size} ends the call in all: ${launcher}`, async (t) => {
    const all = await reports<Report>(launcher, size, 'failures');
    const last = all[size - 1]?.found ?? {};
    t.equal(Object.keys(last).length, 35);
    for (const [name, found] of Object.entries(last)) {
      t.equal(found, CODES[name] ?? FAULT, name);
      for (const { found } of all.slice(0, -1)) t.equal(found[name], 'ERR_CLOSED', `${name}, elsewhere`);
    }
    for (const { weights } of all) t.strictSame(weights, all[0]?.weights, 'all go on together');
  });

  t.test(`what differs in one of ${size} is refused in all: ${launcher}`, async (t) => {
    const all = await reports<Report>(launcher, size, 'differences');
    for (const { found } of all) {
      t.equal(Object.keys(found).length, 28);
      for (const [name, what] of Object.entries(found)) {
        const [wanted] = name.split(',');
        t.equal(what, `ERR_DIST_MISMATCH ${wanted}`, name);
      }
    }
  });

  t.test(`${size} are closed once, and not amid a call: ${launcher}`, async (t) => {
    const codes = ['ERR_MODEL_BUSY', 'ERR_MODEL_BUSY', 'none', 'none', 'ERR_CLOSED', 'ERR_CLOSED'];
    for (const found of await reports(launcher, size, 'closings')) t.strictSame(found, { rank: found.rank, codes });
  });

  t.test(`what ${size} may do at once: ${launcher}`, async (t) => {
    const all = await reports(launcher, size, 'together');
    const isSaved = true;
    const busy = ['none', 'ERR_MODEL_BUSY', 'none', 'ERR_MODEL_BUSY'];
    const memory = { codes: ['ERR_INVALID_ARG', 'ERR_INVALID_ARG'], shared: [1, 1] };
    const wanted = {
      ...memory,
      isSame: true,
      busy,
      seen: 1,
      length: 1,
      none: [0, 1],
      isSaved,
      inWorker: 'ERR_UNSUPPORTED',
    };
    t.strictSame(
      all,
      all.map((_, rank) => ({ rank, ...wanted })),
    );
  });
}

t.test('processes that are alone, blocked or stopped', async (t) => {
  for (const launcher of LAUNCHERS) {
    for (const what of ['evaluates_alone', 'predicts_alone']) {
      const { code, err } = await run(launcher, 2, ['distributed_faults.cases.mjs', what]);
      t.not(code, 0, what);
      t.match(err, /received `[\w ]+` in process \d and (the end of 1 of 2|another one elsewhere)/, what);
      t.notMatch(err, /waited for/, `${what}: at once`);
    }
    const blocked = await run(launcher, 2, ['distributed_faults.cases.mjs', 'blocked']);
    t.not(blocked.code, 0, 'blocked');
    t.match(blocked.err, /waited for 8000 ms in MPI_\w+ for other processes/);
    // One that ends before it begins.
    const absent = await run(launcher, 2, ['distributed_faults.cases.mjs', 'absent']);
    t.not(absent.code, 0, absent.err);
    t.match(absent.err, /waited for 3000 ms in MPI_Init_thread|did not call "init"/i);
    const suspended = await run(launcher, 2, ['distributed_faults.cases.mjs', 'suspended']);
    t.equal(suspended.code, 0, `all suspended, longer than the timeout: ${suspended.err}`);
  }
});
