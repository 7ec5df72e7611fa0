import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import t from 'tap';

/** What the fuzzer must say of each program of `planted_faults.mjs`; null for one that is sound. */
const WANTED: readonly (RegExp | null)[] = [
  null,
  null,
  /no code of the library/,
  /another class than its code says/,
  /does not say what was expected/,
  /throws instead of rejecting/,
  /a rejection that nobody hears of/,
  /stays pending for ever/,
  /the process ends with SIGABRT/,
  /the event loop stood still/,
  /no end after 15 s/,
  /MB are resident/,
  null,
];

function fuzz(...options: readonly string[]): { readonly status: number | null; readonly output: string } {
  const subject = resolve('test/fixtures/planted_faults.mjs');
  const program = resolve('test/fuzz/run.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, subject, ...options], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

t.test('the fuzzer sees every kind of fault, and says how to repeat it', async (t) => {
  const { status, output } = fuzz('--seed', '0', '--count', String(WANTED.length));
  t.equal(status, 1);
  for (const [seed, wanted] of WANTED.entries()) {
    const [, found = ''] =
      new RegExp(`\\.mjs: ([^\\n]*)(?:(?!again:)[\\s\\S])*again: [^\\n]*--seed ${seed} --count 1\\n`).exec(output) ??
      [];
    if (wanted === null) t.equal(found, '', `${seed}`);
    else t.match(found, wanted, `${seed}`);
  }
});

t.test('sound programs pass', async (t) => {
  const { status, output } = fuzz('--seed', '0', '--count', '2');
  t.equal(status, 0, output);
});
