import { open } from 'node:fs/promises';
import { corruptFile } from '../errors';

/** A file that is read at any place, or bytes. */
export interface Bytes {
  readonly size: number;
  /** A part, in memory of its own. Errors: `ERR_CORRUPT_FILE` where there is none, as a damaged file may ask for any. */
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

/** No system reads more at once. */
const MOST_AT_ONCE = 2 ** 30;

/** `where` names the file in errors. */
export async function openBytes(source: string | Uint8Array, where: string): Promise<Bytes> {
  return typeof source === 'string' ? ofFile(source, where) : inMemory(source, where);
}

async function ofFile(path: string, where: string): Promise<Bytes> {
  const file = await open(path);
  const { size } = await file.stat();
  return {
    size,
    slice: async (start, end = size) => {
      const bytes = new Uint8Array(lengthOf(start, end, size, where));
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, MOST_AT_ONCE), start + at);
        if (bytesRead === 0) throw corruptFile(where, `${size} bytes, as at the beginning,`, String(start + at));
        at += bytesRead;
      }
      return bytes.buffer;
    },
    close: () => file.close(),
  };
}

function inMemory({ buffer, byteOffset, length: size }: Uint8Array, where: string): Bytes {
  return {
    size,
    slice: async (start, end = size) => {
      const length = lengthOf(start, end, size, where);
      return buffer.slice(byteOffset + start, byteOffset + start + length) as ArrayBuffer;
    },
    close: async () => {},
  };
}

function lengthOf(start: number, end: number, size: number, where: string): number {
  if (Number.isSafeInteger(start) && start >= 0 && start <= end && end <= size) return end - start;
  throw corruptFile(where, `parts of its ${size} bytes`, `one from ${start} to ${end}`);
}
