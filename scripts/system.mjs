// Looks for what system.json lists, and installs what is missing where there is apt and the right to use it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const list = JSON.parse(readFileSync(new URL('./system.json', import.meta.url), 'utf8'));

const onPath = (command) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));

/** Headers and static libraries lie in a few known folders, libraries one or two levels deeper. */
function isFileThere(name) {
  const roots = ['/usr/include', '/usr/local/include', '/opt/homebrew/include', '/usr'].map((root) => join(root, name));
  if (roots.some((path) => existsSync(path))) return true;
  return ['/usr/lib', '/usr/local/lib', '/usr/lib64', '/opt/homebrew/lib', '/opt/homebrew/opt/openblas/lib']
    .filter((root) => existsSync(root))
    .some((root) => findLibrary(root, name, 2));
}

function findLibrary(folder, name, depth) {
  if (existsSync(join(folder, name))) return true;
  if (depth === 0) return false;
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => /linux-|openblas/.test(entry.name));
  return inner.some((entry) => entry.isDirectory() && findLibrary(join(folder, entry.name), name, depth - 1));
}

function isThere({ command, file }) {
  if (command === 'g++' && (onPath('c++') || onPath('clang++'))) return true;
  if (file === 'libopenblas.a' && process.env.OPENBLAS_LIB) return true;
  if (file === 'hwy/highway.h' && process.env.HIGHWAY_SOURCE) return true;
  return command === undefined ? isFileThere(file) : onPath(command);
}

/** Installs Debian's packages, where there is apt and the right to use it; throws where they could not be. */
function installDebian(packages) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  if (!['apt-get', ...sudo].every(onPath)) {
    throw new Error(
      `Missing on this system: ${packages.join(', ')} (Debian's names). Install them with your package manager, for ` +
        'example: brew install cmake openblas highway; dnf install cmake openblas-static highway-devel. Then run this again.',
    );
  }
  console.error(`Installing ${packages.join(', ')} ...`);
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status;
  };
  if (apt('update') !== 0 || apt('install', '-y', '--no-install-recommends', ...packages) !== 0) {
    throw new Error(`apt-get could not install ${packages.join(', ')}: see its message above.`);
  }
}

/** Installs what `purpose` needs and the system has not; throws where it could not be. */
export function installMissing(purpose) {
  const missing = (list[purpose] ?? []).filter((item) => !isThere(item)).map((item) => item.package);
  if (missing.length > 0) installDebian(missing);
}

/** Makes sure of all that `purpose` needs, or ends the program. */
export function ensureSystem(purpose) {
  try {
    installMissing(purpose);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

// As a program: node scripts/system.mjs check
if (process.argv[1] === new URL(import.meta.url).pathname) ensureSystem(process.argv[2] ?? 'build');
