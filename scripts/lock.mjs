// One process at a time does what several may begin at once: set up one clone, fill the cache that all clones share.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const PAUSE_MS = 200;

/** The process that a lock names; null where there is none, as it was just released. */
function ownerOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch ({ code }) {
    return code === 'EPERM';
  }
}

/** A link is made whole or not at all. */
function take(own, path) {
  try {
    linkSync(own, path);
    return true;
  } catch ({ code }) {
    if (code === 'EEXIST') return false;
    throw new Error(`Cannot make the lock ${path}: ${code}`);
  }
}

/** Removes the lock of a process that was killed, and gives back one that was taken meanwhile. */
function breakLock(path, own) {
  const aside = `${own}.old`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (isAlive(ownerOf(aside))) take(aside, path);
  rmSync(aside, { force: true });
}

/** Waits until no other process holds the lock; gives a function that releases it, as the end of the process does. */
export function lock(path) {
  const own = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(own, String(process.pid));
  for (let told = false; !take(own, path); ) {
    const owner = ownerOf(path);
    if (owner === null) continue;
    if (!isAlive(owner)) {
      breakLock(path, own);
      continue;
    }
    if (!told) console.error(`Waiting for process ${owner}, which holds ${path} ...`);
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  rmSync(own);
  const release = () => {
    process.off('exit', release);
    rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}
