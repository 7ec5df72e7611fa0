// The tests of numbers on every instruction set that this machine has but the best one, on which the whole suite runs, or on all:
//   node scripts/simd_tests.mjs [--all | set ...]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NUMERIC =
  /^(accuracy|activations|check_gradient|constraints|fit|golden|graphs|initializers|keras_runs|layers|losses|masks|metrics|optimizers|regularizers)(_[a-z_]+)?\.test\.ts$/;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { info } = createRequire(import.meta.url)('../dist/index.js');
const files = readdirSync(join(root, 'test')).filter((name) => NUMERIC.test(name) && !name.includes('errors'));
const asked = process.argv.slice(2);
const [best, ...others] = info().simds;
const sets = asked[0] === '--all' ? [best, ...others] : asked.length > 0 ? asked : others;

let failed = false;
for (const set of sets) {
  console.log(`${set}: ${files.length} files`);
  const tap = join(root, 'node_modules/.bin/tap');
  const { status } = spawnSync(tap, ['--reporter=terse', ...files.map((name) => join('test', name))], {
    cwd: root,
    env: { ...process.env, GEMSBOK_SIMD: set },
    stdio: 'inherit',
  });
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
