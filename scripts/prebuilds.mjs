// Makes prebuilds/<platform>/ with the pinned libraries linked in: node scripts/prebuilds.mjs
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { highwaySource, openblasLibrary } from './libraries.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = `${process.platform}-${process.arch}`;

const env = {
  ...process.env,
  OPENBLAS_LIB: await openblasLibrary(target),
  HIGHWAY_SOURCE: await highwaySource(),
  GEMSBOK_BUILD: `prebuild-${target}`,
};
const args = ['--napi', '--strip', '--tag-libc', '--node-gyp', join(root, 'scripts/build.mjs')];
const { status } = spawnSync(join(root, 'node_modules/.bin/prebuildify'), args, { cwd: root, env, stdio: 'inherit' });
process.exit(status ?? 1);
