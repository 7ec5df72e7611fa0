import { corruptFile, unsupported } from '../errors';
import { decodeArchive, encodeArchive } from './archive';
import { foreignFile } from './foreign';
import { decodeHdf5, encodeHdf5 } from './hdf5';
import { type Contents, type Group, isGroup } from './tree';

/** The HDF5 library as WebAssembly, and Node itself, have no room for more. */
const MOST_BYTES = 2 ** 31 - 1;

/** Errors: `ERR_UNSUPPORTED` for files that are too large. */
export function checkBytes(bytes: number, where: string): void {
  if (bytes > MOST_BYTES) throw unsupported('path', `a file below 2 GiB in ${where}`, `${bytes} bytes`);
}

const ZIP = 'PK\x03\x04';
const HDF5 = '\x89HDF\r\n\x1a\n';

/** The bytes of a file: a zip archive where there are texts, otherwise HDF5. */
export async function encode({ texts, root }: Contents): Promise<Uint8Array> {
  return texts === null ? encodeHdf5(root) : encodeArchive(texts, root);
}

/** The format follows from the first bytes. `where` names the file in errors. */
export async function decode(bytes: Uint8Array, where: string): Promise<Contents> {
  const start = Buffer.from(bytes.subarray(0, HDF5.length)).toString('latin1');
  if (start === HDF5) return { texts: null, root: await decodeHdf5(bytes, where) };
  if (start.startsWith(ZIP)) return decodeArchive(bytes, where);
  const foreign = foreignFile(bytes, where);
  if (foreign !== null) throw foreign;
  const received = bytes.length === 0 ? 'an empty file' : 'other contents';
  throw corruptFile(where, 'a zip archive (.keras) or HDF5 (.h5)', received);
}

/** The memory of all numbers, which can move to another thread. */
export function buffersOf(root: Group): ArrayBuffer[] {
  const buffers = [...root.children.values()].flatMap((node) => {
    return isGroup(node) ? buffersOf(node) : [node.data.buffer as ArrayBuffer];
  });
  return [...new Set(buffers)];
}
