// Builds the core alone with its unit tests, and runs them: node scripts/native_tests.mjs [--sanitize]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSystem } from './system.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sanitize = process.argv.includes('--sanitize');
// Sanitizers find more with less optimized away, and compile sooner.
const flags = sanitize
  ? ['-DGEMSBOK_ONE_TARGET=ON', '-DGEMSBOK_SANITIZE=ON', '-DCMAKE_BUILD_TYPE=Debug', '-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1']
  : ['-DGEMSBOK_ONE_TARGET=ON', '-DGEMSBOK_SANITIZE=OFF'];
const work = join(root, 'build', sanitize ? 'core-sanitized' : 'core');

function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

ensureSystem('check');
run('cmake', '-S', '.', '-B', work, '-DGEMSBOK_TESTS=ON', ...flags);
run('cmake', '--build', work, '--parallel', '2', '--target', 'core_tests');
run(join(work, 'core_tests'));
