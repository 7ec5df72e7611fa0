import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { cases } from '../bench/cases.mjs';
import { curves } from '../bench/curves.mjs';
import { PEERS } from '../bench/peers.mjs';
import { caseResult, withThreads } from '../bench/results.mjs';
import { productRows } from '../bench/sets.mjs';
import { quantile } from '../bench/statistics.mjs';

const SETS = ['AVX-512', 'AVX2', 'baseline'];

function bench(...flags: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/run.mjs', ...flags], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

t.test('the table', async (t) => {
  for (const cores of [1, 2, 64]) {
    const table = cases(cores, SETS);
    for (const each of table) {
      const keys = each.runs.map(({ key }) => key);
      t.equal(new Set(keys).size, keys.length, `${each.name}: its runs have names of their own`);
      const outcomes = each.runs.map((run) => ({ run: withThreads(run, cores), samples: [2, 2, 2], error: null }));
      // Looks up each run that a goal names.
      for (const goal of caseResult(each, outcomes).goals) t.not(goal.met, null, `${each.name}: ${goal.text}`);
      const gone = outcomes.map((outcome) => ({ ...outcome, samples: [], error: 'is not there' }));
      for (const goal of caseResult(each, gone).goals) t.equal(goal.met, null, `${each.name} without results`);
    }
    const points = curves(cores).flatMap(({ sizes, at }) => sizes.flatMap(at));
    for (const { peer } of [...table.flatMap(({ runs }) => runs), ...points]) t.ok(peer in PEERS, `there is ${peer}`);
  }
  for (const { request } of cases(2, SETS).flatMap(({ runs }) => runs)) {
    if (request.case === 'program') t.ok(existsSync(join('bench/programs', request.file)), request.file);
  }
});

t.test('a quantile lies between its neighbours', async (t) => {
  t.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  t.equal(quantile([10, 20, 30], 0.25), 15);
  t.equal(quantile([7], 0.99), 7);
});

t.test('the table of products tells the share, the median and the least ratio of each batch size', async (t) => {
  const shapes = [0.5, 1, 2, 4].map((ratio) => ({ inputs: 4, units: 1, ratios: [ratio, 1, 1, 1, 2 * ratio] }));
  const [head, row] = productRows([{ set: 'AVX2', of: 'gradient', shapes }]);
  t.strictSame(head, ['', 'batch 1', 'batch 8', 'batch 32', 'batch 128', 'batch 512']);
  t.strictSame(row?.slice(0, 2), ["AVX2, kernel's gradient", '75 %, 1.50, 0.50']);
  t.equal(row?.at(-1), '100 %, 3.00, 1.00');
});

t.test('the program', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { status, output } = bench('--peers', 'gemsbok', '--only', '^predict row$', '--rounds', '2', '--out', folder);
  t.equal(status, 0, output);
  const { machine, cases: found } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
  t.ok(machine.cores > 0);
  t.equal(found.length, 1);
  t.ok(found[0].runs[0].min > 0);
  t.strictSame([found[0].runs.length, found[0].runs[0].samples.length], [1, 2], 'one peer, two rounds');
  t.match(readFileSync(join(folder, 'report.md'), 'utf8'), /One row through 784-84-10.*\| – not measured \|/s);
  t.match(readFileSync(join(folder, 'ratios.svg'), 'utf8'), /^<svg[^>]*><style>@media \(prefers-color-scheme:dark\)/);
  t.match(bench('--peers', 'gemsbok,nobody'), { status: 1, output: /Expected peers among gemsbok,.*received nobody/s });
});
