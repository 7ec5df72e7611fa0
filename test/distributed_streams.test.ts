// Streams of which each process reads its part, however long that is: the epochs end in all together, with the numbers of one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { difference, LAUNCHERS, MPICH, OPENMPI, run } from './helpers/processes';
import { scratch } from './helpers/scratch';

type Found = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function found(launcher: string, size: number, ...args: string[]): Promise<Found[]> {
  const folder = scratch();
  const { code, err } = await run(launcher, size, ['distributed_streams.cases.mjs', folder, ...args]);
  if (code !== 0) throw new Error(`${launcher} ended with ${code}: ${err}`);
  return Array.from({ length: size }, (_, rank) => JSON.parse(readFileSync(join(folder, `${rank}.json`), 'utf8')));
}

for (const [launcher, size] of [
  [OPENMPI, 2],
  [OPENMPI, 3],
  [MPICH, 2],
] as const) {
  if (!LAUNCHERS.includes(launcher)) continue;
  t.test(`${size} by ${launcher}`, async (t) => {
    const [alone = {}] = await found('', 1, String(size));
    const all = await found(launcher, size);
    t.equal(all.length, size);
    t.equal(Object.keys(alone).length, 21);
    for (const [name, wanted] of Object.entries(alone)) {
      for (const own of all) {
        t.strictSame(own[name], all[0]?.[name], `${name}: the same bits in all`);
        t.strictSame(own[name]?.steps, wanted.steps, `${name}: the same steps`);
        const far = difference(wanted, own[name]);
        t.ok(far < 1e-6, `${name}: differs by ${far}`);
      }
    }
    const [{ 'no rows at all': none = {} } = {}] = all;
    for (const error of none.codes as string[])
      t.match(error, /^ERR_SHAPE_MISMATCH Expected at least one batch for `data`/);
    t.equal((none.codes as string[]).length, 3);
  });
}
