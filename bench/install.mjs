#!/usr/bin/env node
// Installs the peers into build/bench: node bench/install.mjs [peer ...]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PEERS, root } from './peers.mjs';

const folder = join(root, 'build/bench');

/** Throws with the last line of what the command says where it fails. */
function run(command, parameters, cwd) {
  const { status, error, stderr } = spawnSync(command, parameters, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(error?.message ?? `${command}: ${stderr.trim().split('\n').at(-1)}`);
}

/** Builds a program of CMake's; gives its path. */
export function build(target) {
  const work = join(root, 'build/core');
  run('cmake', ['-S', '.', '-B', work, '-DGEMSBOK_BENCH=ON', '-DGEMSBOK_SANITIZE='], root);
  run('cmake', ['--build', work, '--parallel', '2', '--target', target], root);
  return join(work, target);
}

function installNpm(packages) {
  mkdirSync(folder, { recursive: true });
  const own = join(folder, 'package.json');
  if (!existsSync(own)) writeFileSync(own, '{ "private": true }\n');
  for (const [name, version] of Object.entries(packages)) {
    const manifest = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) continue;
    console.error(`Installing ${name} ...`);
    // No scripts: what they would download (GPU libraries) is not measured here.
    const flags = ['--ignore-scripts', '--save-exact', '--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['install', ...flags, `${name}@${version}`], folder);
  }
}

/** Why a peer is missing, by its name; empty where all are there. */
export function install(names) {
  const missing = {};
  for (const name of names) {
    const { builds, npm, install: own } = PEERS[name];
    try {
      if (builds) build(builds);
      if (npm) installNpm(npm);
      if (own) own();
    } catch (error) {
      missing[name] = error.message;
    }
  }
  return missing;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const names = process.argv.slice(2);
  const missing = Object.entries(install(names.length > 0 ? names : Object.keys(PEERS)));
  for (const [name, reason] of missing) console.error(`${name} is missing: ${reason}`);
  process.exit(missing.length === 0 ? 0 : 1);
}
