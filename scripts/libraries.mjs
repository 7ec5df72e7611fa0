// The pinned libraries that are linked into prebuilds: sources of one version, checked against a hash, built once into a
// cache outside the repository. An archive is taken from the cache, from the folder that GEMSBOK_ARCHIVES names, from
// Debian's sources by a private sources folder derived from the machine's own, or from the library's own release.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDebian, sourcesOf } from './debian.mjs';
import { lock } from './lock.mjs';
import { CACHE, zigCompiler, zigTool } from './tools.mjs';

const PINS = JSON.parse(readFileSync(new URL('./libraries.json', import.meta.url), 'utf8'));
/** What each platform needs of OpenBLAS: its own kernels, those that are picked at run time, and how to cross-compile. */
const PLATFORMS = JSON.parse(readFileSync(new URL('./openblas.json', import.meta.url), 'utf8'));

function run(cwd, command, ...args) {
  const { status, stderr } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`\`${[command, ...args].join(' ')}\` failed in ${cwd}:\n${stderr?.slice(-4000)}`);
}

const hashOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

const isPinned = (path, { sha256 }) => existsSync(path) && hashOf(path) === sha256;

/** The archive of a library, of which Debian's and the project's own have different hashes. */
async function archiveOf(name) {
  const { debian, release } = PINS[name];
  const folders = [CACHE, ...(process.env.GEMSBOK_ARCHIVES ? [process.env.GEMSBOK_ARCHIVES] : [])];
  const found = folders
    .flatMap((folder) => [debian, release].map((pin) => ({ path: join(folder, pin.archive), pin })))
    .find(({ path, pin }) => isPinned(path, pin));
  if (found !== undefined) return found.path;
  const [pin, get] = isDebian ? [debian, fetchFromDebian] : [release, fetchRelease];
  await get(name);
  const path = join(CACHE, pin.archive);
  if (!isPinned(path, pin)) throw new Error(`${path} is not the pinned archive: its SHA-256 is not ${pin.sha256}`);
  return path;
}

async function fetchRelease(name) {
  const { url, archive } = PINS[name].release;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  writeFileSync(join(CACHE, archive), Buffer.from(await response.arrayBuffer()));
}

function fetchFromDebian(name) {
  const apt = join(CACHE, 'apt');
  mkdirSync(join(apt, 'parts'), { recursive: true });
  mkdirSync(join(apt, 'lists/partial'), { recursive: true });
  writeFileSync(join(apt, 'parts/pinned.sources'), sourcesOf(PINS[name].debian.suite));
  const options = [
    ['Dir::Etc::sourcelist', '/dev/null'],
    ['Dir::Etc::sourceparts', join(apt, 'parts')],
    ['Dir::State::lists', join(apt, 'lists')],
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  run(CACHE, 'apt-get', '-qq', ...options, 'update');
  run(CACHE, 'apt-get', '-qq', ...options, 'source', '--download-only', name);
}

/** Unpacks an archive into the cache, once. */
async function sourceOf(name) {
  const folder = join(CACHE, `${name}-${PINS[name].version}`);
  if (existsSync(join(folder, '.unpacked'))) return folder;
  const release = lock(`${folder}.lock`);
  try {
    if (!existsSync(join(folder, '.unpacked'))) await unpack(name, folder);
  } finally {
    release();
  }
  return folder;
}

async function unpack(name, folder) {
  const archive = await archiveOf(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(folder, 'tar', '--extract', '--file', archive, '--strip-components=1');
  writeFileSync(join(folder, '.unpacked'), '');
}

/** The folder of Highway's sources, of which the build compiles three files. */
export function highwaySource() {
  return sourceOf('highway');
}

/** What a platform other than this one adds to the flags. */
function crossFlags({ cross, zig }) {
  if (zig === undefined) return cross;
  return [...cross, `CC=${zigCompiler(zig)}`, `AR=${zigTool('ar')}`, `RANLIB=${zigTool('ranlib')}`];
}

const built = (prefix) => existsSync(join(prefix, '.built'));

/** Builds OpenBLAS for a platform; returns the path of the static library, whose headers lie next to it in `include`. */
export async function openblasLibrary(platform) {
  const options = PLATFORMS[platform];
  if (options === undefined)
    throw new Error(`No OpenBLAS options for ${platform}; there are ${Object.keys(PLATFORMS)}.`);
  const flags = [
    ...['NOFORTRAN=1', 'NO_LAPACK=1', 'NO_LAPACKE=1', 'NO_AFFINITY=1', 'ONLY_CBLAS=1', 'NO_SHARED=1'],
    ...['BUILD_SINGLE=1', 'USE_THREAD=0', 'USE_LOCKING=1', 'MAKE_NB_JOBS=2'],
    ...options.options,
    ...(platform === `${process.platform}-${process.arch}` ? [] : crossFlags(options)),
  ];
  const key = createHash('sha256').update(flags.join()).digest('hex').slice(0, 8);
  const prefix = join(CACHE, `openblas-${PINS.openblas.version}-${platform}-${key}`);
  const library = join(prefix, 'lib/libopenblas.a');
  const release = built(prefix) ? () => {} : lock(`${prefix}.lock`);
  try {
    if (!built(prefix)) await buildOpenblas(platform, prefix, flags);
  } finally {
    release();
  }
  return library;
}

async function buildOpenblas(platform, prefix, flags) {
  const work = `${prefix}-work`;
  rmSync(work, { recursive: true, force: true });
  run(CACHE, 'cp', '-r', await sourceOf('openblas'), work);
  console.error(`Building OpenBLAS ${PINS.openblas.version} for ${platform} (some minutes, once) ...`);
  run(work, 'make', '-s', 'libs', ...flags);
  run(work, 'make', '-s', 'install', `PREFIX=${prefix}`, ...flags);
  rmSync(work, { recursive: true });
  writeFileSync(join(prefix, '.built'), '');
}
