// One of several processes is killed or stopped while all evaluate, predict or save: all end, and no file is torn.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from 'gemsbok';
import t, { type Test } from 'tap';
import { difference, MPICH, OPENMPI, run } from './helpers/processes';
import { scratch } from './helpers/scratch';
import { IS_LINUX } from './helpers/system';

const PLACES = ['evaluate', 'predict', 'outputs', 'save', 'checkpoint', 'backup'] as const;
const PROGRAM = 'distributed_kills.cases.mjs';
/** What tells of it: the launcher of a kill, the others of a stop. */
const SAYS = { SIGKILL: /signal 9/, SIGSTOP: /process \d of \d on .* ends all: it waited for 5000 ms in MPI_\w+/ };
const CODES = { SIGKILL: { [OPENMPI]: 137, [MPICH]: 9 }, SIGSTOP: { [OPENMPI]: 75, [MPICH]: 75 } };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Launchers end a process that is stopped a little later than themselves. */
async function haveEnded(pids: readonly number[]): Promise<boolean> {
  for (let i = 0; i < 100 && pids.some(isAlive); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  return !pids.some(isAlive);
}

async function endsAll(t: Test, place: string, signal: keyof typeof SAYS, launcher: string): Promise<void> {
  const size = launcher === MPICH ? 2 : 3;
  const folder = scratch();
  const { code, out, err } = await run(launcher, size, [PROGRAM, place, signal, folder]);
  const pids = out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).pid as number] : []));
  t.equal(pids.length, size, 'all have begun');
  t.equal(code, CODES[signal][launcher], err);
  t.match(out + err, SAYS[signal]);
  t.ok(await haveEnded(pids), 'no process is left');
  if (place === 'save' || place === 'checkpoint') await isWhole(t, folder);
  if (place === 'backup') await continues(t, folder, size === 2 ? 3 : 2);
}

async function isWhole(t: Test, folder: string): Promise<void> {
  t.equal(readdirSync(folder).length, 2, 'it was amid the third save');
  const weights = (await loadModel(join(folder, 'model.keras'))).getWeights();
  t.equal(weights.length, 4);
  for (const { data } of weights)
    t.ok(
      data.every((value) => value === 2),
      'that of the second',
    );
}

/** Training that nothing happens to, by one process. */
const whole = run('', 1, [PROGRAM, 'backup', 'none', scratch()]);

async function continues(t: Test, folder: string, size: number): Promise<void> {
  t.strictSame(readdirSync(folder).sort(), ['latest.backup', 'latest.backup.tmp'], 'it was amid a backup');
  const rest = await run(OPENMPI, size, [PROGRAM, 'backup', 'none', folder]);
  t.equal(rest.code, 0, rest.err);
  const [wanted, found] = [await whole, rest].map(({ out }) => JSON.parse(out.trim().split('\n').at(-1) ?? ''));
  t.equal(wanted.history.loss.length, 9);
  t.ok(difference(wanted, found) < 1e-6);
  t.notOk(existsSync(folder), 'nothing is left of it');
}

// Each place under both signals, and each signal under both launchers. Two runs at a time: most of it is waiting.
const RUNS = PLACES.flatMap((place, i) => {
  const launchers = i % 2 === 0 || !IS_LINUX ? [OPENMPI, IS_LINUX ? MPICH : OPENMPI] : [MPICH, OPENMPI];
  return (['SIGKILL', 'SIGSTOP'] as const).map((signal, s) => ({ place, signal, launcher: launchers[s] ?? OPENMPI }));
});
t.jobs = 2;
for (const { place, signal, launcher } of RUNS) {
  t.test(`${signal} amid ${place}: ${launcher}`, (t) => endsAll(t, place, signal, launcher));
}
