// Programs that come from npm and are no dependencies: compilers for other platforms, and runtimes that the package is
// tried on. Each is fetched once, in a pinned version, into a cache outside the repository.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { lock } from './lock.mjs';

const TOOLS = JSON.parse(readFileSync(new URL('./tools.json', import.meta.url), 'utf8'));

export const CACHE =
  process.env.GEMSBOK_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gemsbok');

function run(cwd, command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`\`${[command, ...args].join(' ')}\` failed:\n${stderr}`);
  return stdout;
}

/** The path of a tool's program. */
export function toolPath(name) {
  const { package: spec, program } = TOOLS[name];
  const folder = join(CACHE, 'tools', spec.replaceAll('/', '+'));
  const path = join(folder, program);
  const release = existsSync(path) ? () => {} : lock(`${folder}.lock`);
  try {
    if (!existsSync(path)) fetchTool(TOOLS[name], folder);
  } finally {
    release();
  }
  return path;
}

function fetchTool({ package: spec, program, integrity }, folder) {
  const work = `${folder}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const archive = join(work, run(work, 'npm', 'pack', '--silent', spec).trim());
  const got = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (got !== integrity) throw new Error(`${spec} is not what is pinned: its integrity is ${got}`);
  run(work, 'tar', '--extract', '--file', archive, '--strip-components=1');
  rmSync(archive);
  chmodSync(join(work, program), 0o755);
  renameSync(work, folder);
}

function program(name, script) {
  const folder = join(CACHE, 'tools', 'bin');
  const path = join(folder, name);
  const own = `${path}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  // Another process may run it at this moment.
  writeFileSync(own, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  renameSync(own, path);
  return path;
}

/** zig's `ar` or `ranlib` as a program of one word. */
export const zigTool = (name) => program(`zig-${name}`, `exec '${toolPath('zig')}' ${name} "$@"`);

/** A compiler for make, which gives zig only those flags of gcc that it understands. */
export function zigCompiler(target) {
  const arm = target.startsWith('aarch64');
  const flag = arm ? '-march=*) ;;' : '-march=skylake-avx512) set -- "$@" -march=skylake_avx512 ;;';
  const script = `for argument; do
  shift
  case $argument in ${flag} *) set -- "$@" "$argument" ;; esac
done
exec '${toolPath('zig')}' cc -target ${target} "$@"`;
  return program(`zig-cc-${target}`, script);
}
