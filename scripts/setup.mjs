// Everything that a fresh clone needs: system libraries, npm packages, the addon, the compiled library. Each step is
// skipped where nothing that it depends on has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from './lock.mjs';
import { ensureSystem } from './system.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, 'build/stamps');

function filesOf(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  const entries = readdirSync(full, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const inner = join(path, entry.name);
    return entry.isDirectory() ? filesOf(inner) : [inner];
  });
}

function hashOf(files, extra) {
  const hash = createHash('sha256').update(extra);
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** What a step would produce; undefined where it has run for the same files and its product is there. */
function stampOf({ name, files, product, extra = '' }) {
  const stamp = join(stamps, name);
  const wanted = hashOf(files(), extra + process.version);
  const isDone = existsSync(join(root, product)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  return isDone ? undefined : wanted;
}

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`\`${[command, ...args].join(' ')}\` failed${error ? `: ${error.message}` : ''}.`);
  process.exit(status ?? 1);
}

const STEPS = [
  {
    name: 'Installing npm packages',
    files: () => ['package-lock.json'],
    product: 'node_modules/typescript',
    command: ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
  },
  {
    name: 'Building the addon',
    files: () => ['CMakeLists.txt', 'package-lock.json', 'scripts/build.mjs', ...filesOf('native')],
    product: 'build/Release/gemsbok.node',
    extra: [process.env.OPENBLAS_LIB, process.env.HIGHWAY_SOURCE, process.env.GEMSBOK_CMAKE].join(),
    command: [process.execPath, 'scripts/build.mjs'],
  },
  {
    name: 'Compiling the library',
    files: () => [
      'package.json',
      'tsconfig.json',
      'scripts/library.mjs',
      'scripts/declarations.mjs',
      ...filesOf('lib'),
    ],
    product: 'dist/index.js',
    command: [process.execPath, 'scripts/library.mjs'],
  },
];

if (STEPS.some((step) => stampOf(step) !== undefined)) {
  // The suite may be started twice at once: the second set-up finds that there is nothing left to do.
  lock(join(root, 'build/setup.lock'));
  ensureSystem('build');
  mkdirSync(stamps, { recursive: true });
  for (const step of STEPS) {
    const wanted = stampOf(step);
    if (wanted === undefined) continue;
    console.error(`${step.name} ...`);
    run(...step.command);
    writeFileSync(join(stamps, step.name), wanted);
  }
}
