// Loads the prebuilds of other platforms, in what can run them here: node for arm64 in qemu-user, node for Windows in wine,
// Bun's musl build. Says what it leaves out, and why: node scripts/foreign_test.mjs [target ...]
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run, TARGETS } from './packing.mjs';
import { CACHE, toolPath } from './tools.mjs';

const onPath = (command) => spawnSync('which', [command]).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'gemsbok-foreign-'));

/** An installation of what lies in dist/ and prebuilds/. */
function install() {
  const home = join(folder, 'node_modules/gemsbok');
  mkdirSync(home, { recursive: true });
  for (const name of ['dist', 'prebuilds', 'package.json'])
    cpSync(join(root, name), join(home, name), { recursive: true });
  cpSync(join(root, 'node_modules/node-gyp-build'), join(folder, 'node_modules/node-gyp-build'), { recursive: true });
  copyFileSync(join(root, 'test/helpers/smoke.mjs'), join(folder, 'smoke.mjs'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
}

/** Bun's musl build needs the C++ library of a musl system, which Debian does not have: made from its archive. */
function muslLibraries() {
  const archive = run('gcc', ['-print-file-name=libstdc++.a'], {}).trim();
  const cache = join(CACHE, 'zig');
  const stubs = join(root, 'scripts/musl_stand_in.c');
  const all = ['-Wl,--whole-archive', archive, '-Wl,--no-whole-archive', '-lunwind'];
  const options = ['cc', '-target', 'x86_64-linux-musl', '-shared', '-Wl,-soname,libstdc++.so.6', stubs, ...all];
  run(toolPath('zig'), [...options, '-o', join(folder, 'libstdc++.so.6')], {
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  });
  return folder;
}

const RUNNERS = {
  'linux-arm64-glibc': {
    needs: () =>
      onPath('qemu-aarch64-static') && existsSync('/usr/aarch64-linux-gnu/lib/libstdc++.so.6')
        ? null
        : 'install qemu-user-static, libc6-arm64-cross and libstdc++6-arm64-cross',
    command: () => ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu', toolPath('node-arm64'), 'smoke.mjs'],
  },
  'win32-x64': {
    needs: () => (existsSync('/usr/lib/wine/wine64') ? null : 'there is no wine64'),
    command: () => ['/usr/lib/wine/wine64', toolPath('node-win'), 'smoke.mjs'],
    env: () => ({ NODE_SKIP_PLATFORM_CHECK: '1', WINEDEBUG: '-all', WINEPREFIX: join(folder, 'wine') }),
  },
  'linux-x64-musl': {
    needs: () => (existsSync('/lib/ld-musl-x86_64.so.1') ? null : 'there is no musl (package musl)'),
    command: () => [toolPath('bun-musl'), 'smoke.mjs'],
    env: () => ({ LD_LIBRARY_PATH: muslLibraries() }),
  },
};

/** null where it passes. */
function failure({ command, env }) {
  const [program, ...args] = command();
  const output = join(folder, 'output');
  // wine cannot write to a pipe.
  const line = `"$0" "$@" > '${output}' 2>&1`;
  const { status } = spawnSync('/bin/sh', ['-c', line, program, ...args], {
    cwd: folder,
    env: { ...process.env, ...env?.() },
    timeout: 600_000,
  });
  const text = readFileSync(output, 'utf8');
  console.log(text.trim().slice(-1500));
  return status === 0 && text.includes('smoke passed') ? null : `status ${status}`;
}

function outcome(name, file) {
  if (!existsSync(join(root, 'prebuilds', file))) return 'skipped: it is not built';
  const runner = RUNNERS[name];
  if (runner === undefined) return 'skipped: nothing here can run it';
  const missing = runner.needs();
  if (missing !== null) return `skipped: ${missing}`;
  const problem = failure(runner);
  return problem === null ? 'passed' : `FAILED: ${problem}`;
}

try {
  install();
  const asked = process.argv.slice(2);
  for (const [name, { file }] of Object.entries(TARGETS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const result = outcome(name, file);
    console.log(`${name}: ${result}`);
    if (result.startsWith('FAILED')) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
