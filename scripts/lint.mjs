// Style and types of TypeScript and C++: node scripts/lint.mjs [--fix]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSystem } from './system.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fix = process.argv.includes('--fix');

function sourcesOf(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesOf(path);
    return /\.(h|cpp)$/.test(entry.name) ? [path] : [];
  });
}

let failed = false;
function check(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\`${command}\` complains.`);
    failed = true;
  }
}

const TIDY_ARGUMENTS = [
  // One instruction set tells as much as all of them.
  '-DHWY_COMPILE_ONLY_STATIC',
  // The analyzer leaves a function after a tenth of the states of its default, at half the time of the whole.
  ...['-Xclang', '-analyzer-config', '-Xclang', 'max-nodes=20000'],
].map((argument) => `--extra-arg=${argument}`);

/** Takes one file after the other from the list that it shares with its twin. */
async function tidy(units) {
  for (let unit = units.shift(); unit !== undefined; unit = units.shift()) {
    const tool = spawn('clang-tidy', ['-p', 'build/cmake', '--quiet', ...TIDY_ARGUMENTS, unit], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'ignore'],
    });
    const [status] = await once(tool, 'close');
    if (status !== 0) failed = true;
  }
}

const binary = (name) => join('node_modules/.bin', name);
const sources = [...sourcesOf('native'), ...(existsSync(join(root, 'bench')) ? sourcesOf('bench') : [])];
ensureSystem('check');
check(binary('biome'), 'check', '--error-on-warnings', ...(fix ? ['--write'] : []), '.');
check(binary('tsc'), '--noEmit', '--project', 'test');
check('clang-format', ...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...sources);
if (!fix) {
  const units = sources.filter((path) => path.startsWith('native') && path.endsWith('.cpp') && !path.includes('test'));
  await Promise.all([tidy(units), tidy(units)]);
}
process.exit(failed ? 1 : 0);
