import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

/** Adds one to a number in a file, slowly: two at once would lose one. */
const PROGRAM = `
  import { readFileSync, writeFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { lock } from './scripts/lock.mjs';
  const [, folder, how] = process.argv;
  const release = lock(folder + '/nested/lock');
  const number = Number(readFileSync(folder + '/number', 'utf8'));
  await sleep(5);
  writeFileSync(folder + '/number', String(number + 1));
  if (how === 'killed') process.kill(process.pid, 'SIGKILL');
  if (how === 'released') release();`;
const HOW = ['killed', 'released', 'ended'];

t.test('of several processes one at a time holds a lock, also after one that was killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'number'), '0');
  const processes = Array.from({ length: 6 }, (_, i) => {
    const args = ['--input-type=module', '-e', PROGRAM, folder, HOW[i % HOW.length] ?? ''];
    return spawn(process.execPath, args, { stdio: 'ignore' });
  });
  await Promise.all(processes.map((each) => once(each, 'close')));
  t.equal(readFileSync(join(folder, 'number'), 'utf8'), String(processes.length));
  spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM, folder]);
  t.strictSame(readdirSync(join(folder, 'nested')), [], 'the last one leaves nothing');
});
