// What the libraries for HDF5 and zip read of a file, in a thread of their own: some damaged files trap them, or never end.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** What is read of an entry that the library refuses. */
export const REFUSED = 'refused by the library';

const MOST_MS = 20_000;

let worker = null;

/** As `READERS` of plain.mjs have it; null where the library refuses the file, or does not end. */
export async function byLibrary(kind, bytes) {
  worker ??= new Worker(new URL(import.meta.url)).on('error', () => {});
  worker.unref();
  const timer = setTimeout(() => worker.terminate(), MOST_MS);
  worker.postMessage({ kind, bytes });
  const [found] = await Promise.race([once(worker, 'message'), once(worker, 'exit').then(() => [null])]);
  clearTimeout(timer);
  // What a refused file leaves behind in the library ends with its thread.
  if (found === null) {
    await worker.terminate();
    worker = null;
  }
  return found;
}

/** What the library of HDF5 says of damage: it gives an empty group then. */
let complaints = 0;

async function hdf5(bytes) {
  console.error = console.warn = () => complaints++;
  const h5 = await import('h5wasm');
  const { FS } = await h5.ready;
  FS.writeFile('x.h5', bytes);
  const file = new h5.File('x.h5', 'r');
  if (file.file_id < 0n) return null;
  const found = {};
  const visit = (group, path) => {
    if (path.length > 5000) throw new Error('Groups without an end.');
    found[path || '/'] = 'a group';
    for (const [name, { value, metadata }] of Object.entries(group.attrs)) {
      if (metadata.type === 3) found[`${path}@${name}`] = value;
    }
    for (const name of group.keys()) {
      const child = group.get(name);
      if (child instanceof h5.Group) visit(child, `${path}/${name}`);
      else
        found[`${path}/${name}`] = { data: [child.value].flat().flatMap((one) => numbersOf(one)), shape: child.shape };
    }
  };
  visit(file, '');
  file.close();
  return complaints > 0 ? null : found;
}

const numbersOf = (value) => (ArrayBuffer.isView(value) ? Array.from(value, Number) : [Number(value)]);

async function zip(bytes) {
  const { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, configure } = await import('@zip.js/zip.js');
  configure({ useWebWorkers: false });
  const found = {};
  for (const entry of await new ZipReader(new Uint8ArrayReader(bytes)).getEntries()) {
    if (Object.hasOwn(found, entry.filename)) return null;
    const data = entry.getData(new Uint8ArrayWriter(), { checkSignature: true });
    found[entry.filename] = await data.then(
      (own) => Buffer.from(own).toString('latin1'),
      () => REFUSED,
    );
  }
  return found;
}

const READERS = { hdf5, zip };

if (!isMainThread) {
  parentPort.on('message', async ({ kind, bytes }) => {
    const found = await READERS[kind](new Uint8Array(bytes)).catch(() => null);
    parentPort.postMessage(found);
  });
}
