import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type * as Zlib from 'node:zlib';
import { corruptFile } from '../errors';
import { Tensor } from '../tensor';

const UNSIGNED_BYTES = 0x08;

/**
 * Reads a file of unsigned bytes in the IDX format, plain or gzipped, that must have `dimensions` dimensions.
 *
 * Errors: `ERR_CORRUPT_FILE` where it is none or its size is not what its header says. Source:
 * http://yann.lecun.com/exdb/mnist
 */
export async function readIdx(path: string, dimensions: number): Promise<Tensor<Uint8Array>> {
  const bytes = await readPlain(path);
  const header = 4 + 4 * dimensions;
  if (bytes.length < header || bytes.readUInt16BE(0) !== 0 || bytes[2] !== UNSIGNED_BYTES || bytes[3] !== dimensions) {
    const found = bytes.length < 4 ? `${bytes.length} bytes` : `the number 0x${bytes.toString('hex', 0, 4)}`;
    throw corruptFile(path, `an IDX header of ${dimensions} dimension(s) of unsigned bytes`, found);
  }
  const shape = Array.from({ length: dimensions }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== header + size) {
    throw corruptFile(path, `${header + size} bytes, as its header says,`, `${bytes.length}`);
  }
  return new Tensor(new Uint8Array(bytes.subarray(header)), shape);
}

async function readPlain(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  // Loaded where it is needed, as it takes a good part of the time of importing the library.
  const { gunzip } = require('node:zlib') as typeof Zlib;
  try {
    return await promisify(gunzip)(bytes);
  } catch (error) {
    throw corruptFile(path, 'gzipped data', error instanceof Error ? error.message : String(error));
  }
}
