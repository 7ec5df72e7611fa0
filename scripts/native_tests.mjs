// Builds the core alone with its unit tests, and runs them unless only the build is asked for:
//   node scripts/native_tests.mjs [--sanitize | --sanitize-threads] [--build]
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSystem } from './system.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

// ThreadSanitizer takes ten times as long, and learns nothing from tests of one thread.
const THREAD_TESTS = ['parallel', 'processes', 'scheduler', 'trainer'];

// Sanitizers find more with less optimized away, and compile sooner; one instruction set tells as much as all of them.
const sanitized = (sanitizers) => [
  `-DGEMSBOK_SANITIZE=${sanitizers}`,
  '-DGEMSBOK_ONE_TARGET=ON',
  '-DCMAKE_BUILD_TYPE=Debug',
  '-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1',
];

const KINDS = {
  // The core of the addon itself.
  plain: { folder: 'cmake', options: [] },
  '--sanitize': { folder: 'core-sanitized', options: sanitized('address,undefined') },
  '--sanitize-threads': {
    folder: 'core-threads',
    options: [
      ...sanitized('thread'),
      `-DGEMSBOK_TEST_FILES=/(main|layer_check|(${THREAD_TESTS.join('|')})_test)\\.cpp$`,
    ],
    // Its memory lies where a kernel that places programs more at random than it knows may put them.
    runner: ['setarch', '-R'],
  },
};

const [kind = 'plain'] = process.argv.slice(2).filter((argument) => argument !== '--build');
const { folder, options, runner = [] } = KINDS[kind];
const work = join(root, 'build', folder);

function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

ensureSystem('check');
run('cmake', '-S', '.', '-B', work, '-DGEMSBOK_TESTS=ON', ...options);
run('cmake', '--build', work, '--parallel', '2', '--target', 'core_tests');
if (!process.argv.includes('--build')) run(...runner, join(work, 'core_tests'));
