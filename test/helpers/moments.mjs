// A process that ends at a state, as if it were killed from outside: at the moment of a number, which `MOMENT` gives, from
// 0. Moments lie before each call of the file system, in the middle of each write, and wherever a program says so. The
// last words of the process name the one that it ended at.
import { writeSync } from 'node:fs';
import fs from 'node:fs/promises';

let left = Number(process.env.MOMENT ?? Number.POSITIVE_INFINITY);

export function moment(name) {
  if (left-- > 0) return;
  writeSync(1, `ended at ${name}`);
  process.kill(process.pid, 'SIGKILL');
}

/** Writes the first half, and then the other. */
async function inHalves(write, data) {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const half = bytes.length >> 1;
  await write(bytes.subarray(0, half), false);
  moment('half a write');
  await write(bytes.subarray(half), true);
}

function watched(file) {
  const { writeFile, sync } = file;
  file.writeFile = (data) => inHalves((part) => writeFile.call(file, part), data);
  file.sync = () => {
    moment('sync');
    return sync.call(file);
  };
  return file;
}

const { open, writeFile } = fs;
for (const [name, call] of Object.entries(fs)) {
  if (typeof call !== 'function') continue;
  fs[name] = (...args) => {
    moment(name);
    return call(...args);
  };
}
fs.open = async (...args) => {
  moment('open');
  return watched(await open(...args));
};
fs.writeFile = async (path, data, options = {}) => {
  moment('writeFile');
  await inHalves((part, follows) => writeFile(path, part, follows ? { ...options, flag: 'a' } : options), data);
};
