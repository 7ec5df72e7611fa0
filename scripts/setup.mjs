// Everything that a fresh clone needs: system libraries, npm packages, the addon, the compiled library. Each step is
// skipped where nothing that it depends on has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** Runs `work` unless it has run for the same files and made `product`. */
function step(name, { files, product, extra = '' }, work) {
  const stamp = join(stamps, name);
  const wanted = hashOf(files, extra + process.version);
  if (existsSync(join(root, product)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error(`${name} ...`);
  work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, wanted);
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

ensureSystem('build');
step('Installing npm packages', { files: ['package-lock.json'], product: 'node_modules/typescript' }, () =>
  run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'),
);
const native = ['CMakeLists.txt', 'package-lock.json', 'scripts/build.mjs', ...filesOf('native')];
const libraries = [process.env.OPENBLAS_LIB, process.env.HIGHWAY_SOURCE, process.env.GEMSBOK_CMAKE].join();
step('Building the addon', { files: native, product: 'build/Release/gemsbok.node', extra: libraries }, () =>
  run(process.execPath, 'scripts/build.mjs'),
);
const library = ['package.json', 'tsconfig.json', 'scripts/library.mjs', ...filesOf('lib')];
step('Compiling the library', { files: library, product: 'dist/index.js' }, () =>
  run(process.execPath, 'scripts/library.mjs'),
);
