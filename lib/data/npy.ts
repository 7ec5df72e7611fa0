import { stat } from 'node:fs/promises';
import { checkPath } from '../check';
import { onFile } from '../errors';
import { writeAtomically } from '../files/atomic_file';
import { runJob } from '../files/pool';
import { type ShapedArray, Tensor, type TensorLike } from '../tensor';
import { decodeNpy, npyBytes } from './npy_format';
import { checkFile } from './source';

export { npyBytes } from './npy_format';

/** Larger arrays are read in a thread: to copy or to turn round a gigabyte takes seconds. */
const MOST_AT_ONCE = 2 ** 20;

/**
 * Reads an array that numpy wrote: a path, or the bytes of the file.
 *
 * Formats 1 to 3, either byte order, rows or columns first; booleans become uint8. Errors: `ERR_CORRUPT_FILE` for what is
 * no such file or has another size than its header says, `ERR_UNSUPPORTED` for types that have no TypedArray (float16,
 * complex numbers, objects, records). Source: `numpy.lib.format`.
 *
 * @example
 * ```ts
 * const bytes = npyBytes([[1, 2], [3, 4]]);
 * await readNpy(bytes); // [[1, 2], [3, 4]]
 * ```
 */
export async function readNpy(source: string | Uint8Array): Promise<Tensor> {
  const where = checkFile(source, 'the bytes');
  return typeof source === 'string' ? await onFile(source, () => read(source, where)) : await read(source, where);
}

async function read(source: string | Uint8Array, where: string): Promise<Tensor> {
  const bytes = typeof source === 'string' ? (await stat(source)).size : source.length;
  if (bytes <= MOST_AT_ONCE) return tensorOf(await decodeNpy(source, where));
  const own = typeof source === 'string' ? source : new Uint8Array(source);
  const moved = typeof own === 'string' ? [] : [own.buffer];
  return tensorOf(await runJob('decodeNpy', { source: own, where }, { subject: { where, bytes }, moved }));
}

function tensorOf({ data, shape }: ShapedArray): Tensor {
  return new Tensor(data, shape);
}

/**
 * Writes numbers as numpy reads them.
 *
 * Defaults: nested arrays become float32. Source: `numpy.save`.
 *
 * @example
 * ```ts
 * await writeNpy('/tmp/gemsbok-example.npy', model.predictSync(x));
 * ```
 */
export async function writeNpy(path: string, data: TensorLike): Promise<void> {
  await writeAtomically(checkPath(path, 'path'), [npyBytes(data)]);
}
