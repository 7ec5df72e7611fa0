// Packs the package twice, which must give the same bytes, installs the tarball into empty folders with no compiler on the
// PATH and scripts ignored, and runs the smoke suite there: node scripts/pack_test.mjs [--runtimes]
//   --runtimes: on all versions of Node, on Bun and Deno, by other package managers, bundled, and in workers.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { check, MEGABYTE, pack, root, run, sizeOf, TARGETS } from './packing.mjs';
import { toolPath } from './tools.mjs';

const NODES = ['node20', 'node22', 'node24', 'node26'];
const folder = mkdtempSync(join(tmpdir(), 'gemsbok-'));
const npmCli = join(dirname(dirname(process.execPath)), 'lib/node_modules/npm/bin/npm-cli.js');

/** The environment of a machine with nothing but `node` and a shell. */
function bareEnvironment() {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  symlinkSync('/bin/sh', join(bin, 'sh'));
  return { ...process.env, PATH: bin };
}

/** An empty project with the smoke suite in it. */
function project(name, manifest = {}) {
  const home = join(folder, name);
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, ...manifest }));
  copyFileSync(join(root, 'test/helpers/smoke.mjs'), join(home, 'smoke.mjs'));
  copyFileSync(join(root, 'test/helpers/smoke_workers.mjs'), join(home, 'smoke_workers.mjs'));
  return home;
}

const env = bareEnvironment();
const inProject = (home, command, ...args) => run(command, args, { cwd: home, env, timeout: 240_000 });

/** Runs a program that must say, in the end, that it passed. */
function smoke(home, ...command) {
  const output = inProject(home, ...command);
  check(/smoke passed|100 workers/.test(output), `it says:\n${output}`);
  return output.trim();
}

function step(name, work) {
  const begun = Date.now();
  work();
  console.log(`${name}: passed in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

function packTwice() {
  const first = pack(join(folder, 'first'));
  run(process.execPath, ['scripts/library.mjs'], { cwd: root });
  check(pack(join(folder, 'second')).hash === first.hash, 'two builds give different tarballs');
  return first;
}

/** The addon that README tells the sizes with. */
const ALONE = TARGETS['linux-x64-glibc'].file;

function installByNpm(tarball) {
  const home = project('npm');
  inProject(home, process.execPath, npmCli, 'install', '--ignore-scripts', '--no-audit', '--no-fund', tarball.path);
  const packages = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
  check(packages.join() === 'gemsbok,node-gyp-build', `installed are ${packages.join(', ')}`);
  const installed = sizeOf(join(home, 'node_modules'));
  check(tarball.size < 8 * MEGABYTE, `the tarball has ${tarball.size} bytes`);
  check(installed < 20 * MEGABYTE, `the installation has ${installed} bytes`);
  checkReadme(tarball.size / MEGABYTE, installed / MEGABYTE);
  return home;
}

/** README's figures are those with one addon. */
function checkReadme(...measured) {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const stated = /the tarball has ([\d.]+) MB and an installation\s([\d.]+) MB/.exec(readme)?.slice(1).map(Number);
  check(stated !== undefined, 'README does not tell the sizes');
  console.log(`tarball ${measured[0].toFixed(2)} MB, installed ${measured[1].toFixed(2)} MB`);
  const isAlone = Object.values(TARGETS).every(
    ({ file }) => file === ALONE || !existsSync(join(root, 'prebuilds', file)),
  );
  for (const [i, size] of measured.entries()) {
    check(!isAlone || Math.abs(size - stated[i]) < 0.1, `README says ${stated[i]} MB of ${size.toFixed(2)}`);
  }
}

function installByPnpm(tarball) {
  const home = project('pnpm');
  inProject(home, toolPath('node24'), toolPath('pnpm'), 'add', '--ignore-scripts', tarball.path);
  smoke(home, process.execPath, 'smoke.mjs');
}

/** Plug'n'Play: no node_modules, packages stay in archives, but those with addons. */
function installByYarn(tarball, linker) {
  const home = project(`yarn-${linker}`);
  writeFileSync(join(home, 'yarn.lock'), '');
  const settings = [
    `nodeLinker: ${linker}`,
    'enableScripts: false',
    'enableTelemetry: false',
    'enableGlobalCache: false',
    'pnpEnableEsmLoader: true',
  ];
  writeFileSync(join(home, '.yarnrc.yml'), `${settings.join('\n')}\n`);
  const yarn = [process.execPath, toolPath('yarn')];
  inProject(home, ...yarn, 'add', `gemsbok@file:${tarball.path}`);
  check(existsSync(join(home, 'node_modules/gemsbok')) === (linker !== 'pnp'), `yarn links by ${linker}`);
  smoke(home, ...yarn, 'node', 'smoke.mjs');
}

/** One file of the application and the library; the addon stays a file of its own. */
function bundle(home) {
  const esbuild = join(root, 'node_modules/esbuild/bin/esbuild');
  const app = join(home, 'bundle/dist');
  mkdirSync(app, { recursive: true });
  const entry = join(home, 'entry.cjs');
  writeFileSync(
    entry,
    "const { Sequential, Input, Dense } = require('gemsbok');\n" +
      'const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 3 })]);\n' +
      'console.log([...model.predictSync([[1, 2]]).shape].join());\n',
  );
  run(esbuild, [entry, '--bundle', '--platform=node', '--external:*.node', `--outfile=${join(app, 'app.cjs')}`], {});
  const moved = join(folder, 'bundled');
  mkdirSync(moved);
  run('cp', ['-r', app, join(home, 'node_modules/gemsbok/prebuilds'), moved]);
  check(inProject(moved, process.execPath, 'dist/app.cjs') === '1,3\n', 'the bundle predicts');
}

function runtimes(home, tarball) {
  for (const name of NODES) {
    const node = toolPath(name);
    step(name, () => smoke(home, node, 'smoke.mjs'));
    step(`${name}, 100 workers`, () => smoke(home, node, '--expose-gc', 'smoke_workers.mjs'));
  }
  step('bun', () => smoke(home, toolPath('bun'), 'smoke.mjs'));
  step('deno', () => smoke(home, toolPath('deno'), 'run', '--allow-all', '--no-lock', 'smoke.mjs'));
  step('pnpm', () => installByPnpm(tarball));
  for (const linker of ['node-modules', 'pnp']) step(`yarn, ${linker}`, () => installByYarn(tarball, linker));
  step('bundled by esbuild', () => bundle(home));
}

try {
  const tarball = packTwice();
  const home = installByNpm(tarball);
  step('npm', () => console.log(smoke(home, process.execPath, 'smoke.mjs')));
  if (process.argv.includes('--runtimes')) runtimes(home, tarball);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
