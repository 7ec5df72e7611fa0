// The readers that need no library, beside the libraries: of a file with some fields changed each gives what its library
// does, or leaves the file to it. What the library alone refuses may still be read, as it was before one field was changed.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { build } from 'esbuild';
import { fixtures, zipOf } from './fixtures.mjs';
import { byLibrary, REFUSED } from './libraries.mjs';

/** What a reader looks at, at most: only what comes first of long files. */
const MOST_FIELDS = 20_000;
const MOST_BYTES = 2 ** 26;
const GETTERS = { getUint8: 1, getUint16: 2, getUint32: 4 };

let readers;
let sound;

/** The readers, which the package does not export. */
async function bundled() {
  const outfile = fileURLToPath(new URL(`../../build/plain.${process.pid}.cjs`, import.meta.url));
  const contents = "export * from './plain_hdf5'; export * from './plain_zip';";
  const resolveDir = fileURLToPath(new URL('../../lib/files', import.meta.url));
  const options = { bundle: true, packages: 'external', platform: 'node', format: 'cjs' };
  await build({ stdin: { contents, resolveDir, loader: 'ts' }, outfile, ...options });
  try {
    return createRequire(import.meta.url)(outfile);
  } finally {
    rmSync(outfile);
  }
}

/** All groups, strings and numbers, by their paths; null where the library is asked. */
function hdf5(bytes) {
  const root = readers.decodePlainHdf5(bytes);
  if (root === null) return null;
  const found = {};
  const visit = ({ attributes, children }, path) => {
    found[path || '/'] = 'a group';
    for (const [name, value] of attributes) found[`${path}@${name}`] = value;
    for (const [name, node] of children) {
      if ('children' in node) visit(node, `${path}/${name}`);
      else found[`${path}/${name}`] = { data: Array.from(node.data, Number), shape: [...node.shape] };
    }
  };
  visit(root, '');
  return found;
}

/** The bytes of each entry, null for one that the library is asked for; null where it is for all. */
function zip(bytes) {
  try {
    const archive = new readers.PlainZip(bytes);
    return Object.fromEntries(archive.names.map((name) => [name, entryOf(archive, name)]));
  } catch {
    return null;
  }
}

function entryOf(archive, name) {
  try {
    return Buffer.from(archive.read(name, MOST_BYTES)).toString('latin1');
  } catch {
    return null;
  }
}

const READERS = { hdf5, zip };

/** Where a reader looked, and at how many bytes: the structure of the file. */
function fieldsOf(read, bytes) {
  const fields = new Map();
  const own = Object.keys(GETTERS).map((name) => [name, DataView.prototype[name]]);
  for (const [name, get] of own) {
    DataView.prototype[name] = function noted(at, ...rest) {
      if (fields.size < MOST_FIELDS) fields.set(at, Math.max(GETTERS[name], fields.get(at) ?? 0));
      return get.call(this, at, ...rest);
    };
  }
  try {
    read(bytes);
  } finally {
    for (const [name, get] of own) DataView.prototype[name] = get;
  }
  return [...fields].filter(([at, size]) => at + size <= bytes.length);
}

/** A number for a field that is somewhere between likely and hostile. */
function numberFor(random, { bytes, fields }, [at, size]) {
  const valueAt = ([place, width]) => bytes.readUIntLE(place, width);
  const near = valueAt([at, size]) + random.pick([-64, -8, -1, 1, 1, 7, 8, 16, 64, 4096]);
  const other = valueAt(random.pick(fields));
  const extreme = random.pick([0, 1, 2, 3, 8, 255, 65535, 2 ** 31 - 1, 2 ** 32 - 1]);
  const place = random.pick([random.pick(fields)[0], bytes.length, bytes.length - 1, bytes.length - 8]);
  const value = random.pick([near, other, extreme, place, 2 * valueAt([at, size]), random.integer(0, 255)]);
  return ((value % 256 ** size) + 256 ** size) % 256 ** size;
}

function changed(random, file) {
  const bytes = Buffer.from(file.bytes);
  const count = random.pick([1, 1, 1, 2, 3]);
  for (let i = 0; i < count; i++) {
    const field = random.pick(file.fields);
    bytes.writeUIntLE(numberFor(random, file, field), ...field);
  }
  const end = random.chance(0.05) ? random.integer(0, bytes.length) : bytes.length;
  return { bytes: bytes.subarray(0, end), isOne: count === 1 };
}

/** The first thing that differs, null where nothing does; what was left to the library does not, nor a text that one alone has. */
function differenceOf(own, wanted, before) {
  const names = [...new Set([...Object.keys(own), ...Object.keys(wanted)])];
  const wantedOf = (name) => (wanted[name] === REFUSED ? before[name] : wanted[name]);
  const isBoth = (name) => Object.hasOwn(own, name) && Object.hasOwn(wanted, name);
  const counts = (name) => own[name] !== null && (isBoth(name) || !name.includes('@'));
  const name = names.find((one) => counts(one) && !isDeepStrictEqual(own[one], wantedOf(one)));
  const show = (value) => JSON.stringify(value)?.slice(0, 100);
  return name === undefined ? null : `${name.slice(0, 100)}: ${show(own[name])}, ${show(wantedOf(name))}`;
}

async function deflated(entries) {
  return zipOf(
    entries.filter(({ name }) => name.endsWith('.json')),
    6,
  );
}

export const subject = {
  limits: { stillSeconds: 20, waitSeconds: 60, programSeconds: 120, megabytes: 2500 },

  async begin() {
    readers = await bundled();
    const { model, weights, archive } = await fixtures();
    const all = [...model, ...weights].map(({ bytes }) => Buffer.from(bytes));
    const zips = await Promise.all(archive.map(deflated));
    sound = [...all, ...zips].map((bytes) => {
      const kind = bytes[0] === 0x50 ? 'zip' : 'hdf5';
      return { kind, bytes, isOne: true, fields: fieldsOf(READERS[kind], bytes) };
    });
  },

  async run(random, judge) {
    const file = random.pick(sound);
    const { kind } = file;
    const { bytes, isOne } = random.chance(0.02) ? file : changed(random, file);
    const own = judge.call(`${kind} alone`, () => READERS[kind](bytes));
    if (own === null || own === undefined) return judge.seen(kind, 'left to the library');
    const wanted = await byLibrary(kind, bytes);
    judge.seen(kind, wanted === null ? 'refused by the library' : 'read by both');
    if (wanted === null && !isOne) return;
    const before = READERS[kind](file.bytes);
    const difference = differenceOf(own, wanted ?? before, before);
    judge.expect(difference === null, `${kind}: ${wanted === null ? 'refused' : 'read'} otherwise: ${difference}`);
  },
};
