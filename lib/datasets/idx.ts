import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type * as Stream from 'node:stream';
import type * as Zlib from 'node:zlib';
import { corruptFile } from '../errors';
import { type Shape, sizeOf, Tensor } from '../tensor';

const UNSIGNED_BYTES = 0x08;
const GZIP = 0x8b1f;

/**
 * Reads a file of unsigned bytes in the IDX format, plain or gzipped, that must have this shape.
 *
 * It is read and inflated only as far as that shape goes. Errors: `ERR_CORRUPT_FILE` where it is none, or is shorter or
 * longer than its header says. Source: http://yann.lecun.com/exdb/mnist
 */
export async function readIdx(path: string, shape: Shape): Promise<Tensor<Uint8Array>> {
  const header = Buffer.alloc(4 + 4 * shape.length);
  const data = new Uint8Array(sizeOf(shape));
  const size = header.length + data.length;
  let filled = 0;
  for await (const part of plainBytes(path)) {
    let rest = part;
    if (filled < header.length) {
      const used = rest.copy(header, filled);
      filled += used;
      rest = rest.subarray(used);
      if (filled < header.length) continue;
      checkHeader(header, shape, path);
    }
    const at = filled - header.length;
    if (at + rest.length > data.length) throw otherSize(size, `${filled + rest.length} or more`, path);
    data.set(rest, at);
    filled += rest.length;
  }
  if (filled < header.length) checkHeader(header.subarray(0, filled), shape, path);
  if (filled < size) throw otherSize(size, String(filled), path);
  return new Tensor(data, shape);
}

function checkHeader(bytes: Buffer, shape: Shape, path: string): void {
  const isIdx = bytes.length >= 4 && bytes.readUInt16BE(0) === 0 && bytes[2] === UNSIGNED_BYTES;
  if (!isIdx || bytes[3] !== shape.length || bytes.length < 4 + 4 * shape.length) {
    const found = bytes.length < 4 ? `${bytes.length} bytes` : `the number 0x${bytes.toString('hex', 0, 4)}`;
    throw corruptFile(path, `an IDX header of ${shape.length} dimension(s) of unsigned bytes`, found);
  }
  const found = shape.map((_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  if (found.join() !== shape.join()) throw corruptFile(path, `the shape [${shape}]`, `[${found}]`);
}

function otherSize(size: number, found: string, path: string): Error {
  return corruptFile(path, `${size} bytes, as its header says,`, found);
}

/** What a file holds, inflated if it is gzipped. Whoever leaves it early closes the file. */
async function* plainBytes(path: string): AsyncGenerator<Buffer> {
  // Loaded where they are needed, as they take a good part of the time of importing the library.
  const { pipeline } = require('node:stream') as typeof Stream;
  const { createGunzip } = require('node:zlib') as typeof Zlib;
  const file = createReadStream(path);
  const isGzipped = (await firstWord(file)) === GZIP;
  if (!isGzipped) {
    yield* file;
    return;
  }
  const plain = createGunzip();
  // Errors of both come out of the loop below.
  pipeline(file, plain, () => {});
  try {
    yield* plain;
  } catch (error) {
    if (!(error instanceof Error) || 'syscall' in error) throw error;
    throw corruptFile(path, 'gzipped data', error.message, { cause: error });
  }
}

/** The first two bytes, which stay in the stream; undefined where there are fewer. */
async function firstWord(file: Stream.Readable): Promise<number | undefined> {
  await once(file, 'readable');
  const start: Buffer | null = file.read();
  if (start === null) return undefined;
  file.unshift(start);
  return start.length < 2 ? undefined : start.readUInt16LE(0);
}
