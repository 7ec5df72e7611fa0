// Packs the package, installs the tarball into an empty folder with no compiler on the PATH and scripts ignored, and runs
// the smoke suite there.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MEGABYTE = 2 ** 20;
const ALLOWED = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^dist\/[\w/]+\.(js|mjs|d\.ts|d\.mts)$/,
  /^prebuilds\/[\w-]+\/gemsbok\.(glibc|musl)?\.?node$/,
];

function run(command, args, options) {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  if (status !== 0) throw new Error(`\`${[command, ...args].join(' ')}\` failed`);
  return stdout;
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

const folder = mkdtempSync(join(tmpdir(), 'gemsbok-'));
try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root }));
  for (const { path } of packed.files)
    check(
      ALLOWED.some((pattern) => pattern.test(path)),
      `${path} must not be packed`,
    );
  for (const { path, size } of packed.files) {
    if (path.endsWith('.node')) check(size < 4 * MEGABYTE, `${path} has ${size} bytes`);
  }
  check(
    packed.files.some(({ path }) => path.endsWith('.node')),
    'no prebuild is packed',
  );
  check(packed.size < 8 * MEGABYTE, `the tarball has ${packed.size} bytes`);

  // A PATH with nothing but node and a shell.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, path] of [
    ['node', process.execPath],
    ['sh', '/bin/sh'],
  ])
    symlinkSync(path, join(bin, name));
  const home = join(folder, 'app');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  const npm = join(dirname(dirname(process.execPath)), 'lib/node_modules/npm/bin/npm-cli.js');
  const env = { ...process.env, PATH: bin };
  const install = [npm, 'install', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, packed.filename)];
  run(process.execPath, install, { cwd: home, env });
  copyFileSync(join(root, 'test/smoke.mjs'), join(home, 'smoke.mjs'));
  const packages = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
  console.log(run(process.execPath, ['smoke.mjs'], { cwd: home, env }).trim());
  const sizeOf = (path) =>
    readdirSync(path, { recursive: true }).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  console.log(
    `tarball ${(packed.size / MEGABYTE).toFixed(2)} MB, installed ${(sizeOf(join(home, 'node_modules')) / MEGABYTE).toFixed(2)} MB, packages: ${packages.join(', ')}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
