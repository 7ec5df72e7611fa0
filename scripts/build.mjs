#!/usr/bin/env node
// Builds the addon with cmake-js and puts it into the folder that is named, by default build/Release, where the library
// looks for it first.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const named = process.argv.slice(2).find((argument) => !argument.startsWith('-') && argument !== 'rebuild');
const output = resolve(root, named ?? 'build/Release');
const work = join(root, 'build', process.env.GEMSBOK_BUILD ?? 'cmake');
const options = (process.env.GEMSBOK_CMAKE ?? '').split(' ').filter((option) => option !== '');

const cli = join(dirname(require.resolve('cmake-js/package.json')), 'bin/cmake-js');
const built = spawnSync(process.execPath, [cli, 'compile', '--parallel', '2', '--out', work, ...options], {
  cwd: root,
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(built.status ?? 1);
mkdirSync(output, { recursive: true });
copyFileSync(join(work, 'Release/gemsbok.node'), join(output, 'gemsbok.node'));
