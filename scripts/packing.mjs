// Packs the package and looks at what is in it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from './binary.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const MEGABYTE = 1e6;
export const TARGETS = JSON.parse(readFileSync(join(root, 'scripts/targets.json'), 'utf8'));
const NEEDED = [
  ...['package.json', 'README.md', 'LICENSE', 'THIRD_PARTY_LICENSES.md', 'sbom.cdx.json'],
  ...[
    'dist/core.js',
    'dist/gemsbok_files.js',
    'dist/later/jobs.js',
    'dist/index.js',
    'dist/index.mjs',
    'dist/index.d.ts',
    'dist/index.d.mts',
  ],
  ...[
    'dist/plots/index.js',
    'dist/plots/index.d.ts',
    'dist/serving/index.js',
    'dist/serving/server.js',
    'dist/serving/index.d.ts',
    'dist/cli/index.js',
  ],
];
const DECLARATIONS = /^dist\/[\w/]+\.d\.ts$/;
/** What `import()` loads. */
const LATER = /^dist\/later\/\w+\.js$/;

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

/** Runs a program; gives what it prints, throws with it where it fails. */
export function run(command, args, options) {
  const { status, signal, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * MEGABYTE,
    ...options,
  });
  if (status === 0) return stdout;
  throw new Error(
    `\`${[command, ...args].join(' ')}\` failed (${signal ?? status}):\n${`${stdout}${stderr}`.slice(-3000)}`,
  );
}

export function sizeOf(folder) {
  const sizes = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)));
  return sizes.reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}

function checkFiles(files) {
  const paths = files.map(({ path }) => path);
  const prebuilds = Object.values(TARGETS).filter(({ file }) => existsSync(join(root, 'prebuilds', file)));
  check(prebuilds.length > 0, 'there is no prebuild to pack: run `npm run prebuilds`');
  const wanted = [...NEEDED, ...prebuilds.map(({ file }) => `prebuilds/${file}`)];
  for (const path of wanted) check(paths.includes(path), `${path} is not packed`);
  for (const path of paths) {
    check(wanted.includes(path) || DECLARATIONS.test(path) || LATER.test(path), `${path} must not be packed`);
  }
  const problems = prebuilds.flatMap((target) => inspect(join(root, 'prebuilds', target.file), target));
  check(problems.length === 0, problems.join('; '));
}

/** Packs into a folder; gives the path of the tarball, its size and its hash. */
export function pack(folder) {
  mkdirSync(folder, { recursive: true });
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root }));
  checkFiles(packed.files);
  check(packed.size < 8 * MEGABYTE, `the tarball has ${packed.size} bytes`);
  check(packed.unpackedSize < 20 * MEGABYTE, `unpacked it has ${packed.unpackedSize} bytes`);
  const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    check(!(name in scripts), `a script \`${name}\` would run when the package is installed`);
  const path = join(folder, packed.filename);
  return { path, size: packed.size, hash: createHash('sha256').update(readFileSync(path)).digest('hex') };
}
