// Makes prebuilds/ in the layout of prebuildify, with the pinned libraries linked in:
//   node scripts/prebuilds.mjs [target ...]   those targets of targets.json, by default what runs on this machine
//   node scripts/prebuilds.mjs --all          all that this machine can make; says what it leaves out, and why
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from './binary.mjs';
import { highwaySource, openblasLibrary } from './libraries.mjs';
import { installMissing } from './system.mjs';
import { CACHE, toolPath, zigTool } from './tools.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGETS = JSON.parse(readFileSync(new URL('./targets.json', import.meta.url), 'utf8'));
const headers = dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json'));
const hasZig = process.platform === 'linux' && process.arch === 'x64';

function run(env, command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ''}`);
}

/** Windows links against a list of what node.exe has. */
function windowsOptions(work) {
  const library = join(work, 'node_api.lib');
  const definitions = join(headers, 'def/node_api.def');
  mkdirSync(work, { recursive: true });
  run(process.env, toolPath('zig'), 'dlltool', '-d', definitions, '-l', library, '-m', 'i386:x86-64', '-D', 'node.exe');
  return [`-DCMAKE_JS_LIB=${library}`, `-DCMAKE_JS_SRC=${join(root, 'native/cmake/cprintf.c')}`];
}

/** Compiles with zig, whose C++ library is linked in and which knows old versions of glibc. */
async function buildByZig(name) {
  const target = TARGETS[name];
  const work = join(root, 'build', `prebuild-${name}`);
  const env = {
    ...process.env,
    OPENBLAS_LIB: await openblasLibrary(target.openblas),
    HIGHWAY_SOURCE: await highwaySource(),
    ZIG: toolPath('zig'),
    ZIG_AR: zigTool('ar'),
    ZIG_RANLIB: zigTool('ranlib'),
    ZIG_TARGET: target.zig,
    ZIG_GLOBAL_CACHE_DIR: join(CACHE, 'zig'),
    ZIG_LOCAL_CACHE_DIR: join(CACHE, 'zig'),
  };
  const options = [
    `-DCMAKE_TOOLCHAIN_FILE=${join(root, 'native/cmake/zig.cmake')}`,
    `-DCMAKE_JS_INC=${join(headers, 'include')}`,
    ...(name.startsWith('win32') ? windowsOptions(work) : []),
  ];
  run(env, 'cmake', '-S', root, '-B', work, ...options);
  run(env, 'cmake', '--build', work, '--parallel', '2', '--target', 'gemsbok');
  const file = join(root, 'prebuilds', target.file);
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(join(work, 'gemsbok.node'), file);
  const problems = inspect(file, target);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return `${target.file}, ${statSync(file).size} bytes`;
}

/** On other systems their own compiler does it. */
async function buildByPrebuildify() {
  const platform = `${process.platform}-${process.arch}`;
  const env = {
    ...process.env,
    OPENBLAS_LIB: process.env.OPENBLAS_LIB ?? (await openblasLibrary(platform)),
    HIGHWAY_SOURCE: await highwaySource(),
    GEMSBOK_BUILD: `prebuild-${platform}`,
  };
  const args = ['--napi', '--strip', '--tag-libc', '--node-gyp', join(root, 'scripts/build.mjs')];
  run(env, join(root, 'node_modules/.bin/prebuildify'), ...args);
  return platform;
}

/** Why a target cannot be made here; null where it can. */
function obstacle(name) {
  try {
    installMissing(`prebuild for ${TARGETS[name].openblas}`);
    return null;
  } catch (error) {
    return error.message;
  }
}

const asked = process.argv.slice(2);
const all = asked.includes('--all');
const here = ['linux-x64-glibc'];
const names = all ? Object.keys(TARGETS) : asked.length > 0 ? asked : here;
for (const name of names) {
  if (!(name in TARGETS)) throw new Error(`No target ${name}; there are ${Object.keys(TARGETS).join(', ')}.`);
}
if (!hasZig) {
  console.log(`made ${await buildByPrebuildify()}`);
  for (const name of names) console.log(`skipped ${name}: cross-compiling needs Linux on x64`);
} else {
  for (const name of names) {
    const problem = obstacle(name);
    if (problem === null) console.log(`made ${name}: ${await buildByZig(name)}`);
    else if (all) console.log(`skipped ${name}: ${problem}`);
    else throw new Error(`${name}: ${problem}`);
  }
}
