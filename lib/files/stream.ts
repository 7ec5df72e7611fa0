import { passesOver } from '../data/source';
import { InWords, invalidArgument, unsupported } from '../errors';

/** The HDF5 library as WebAssembly, and Node itself, have no room for more. */
export const MOST_BYTES = 2 ** 31 - 1;

/** Errors: `ERR_UNSUPPORTED` for files that are too large. */
export function checkBytes(bytes: number, where: string): void {
  if (bytes > MOST_BYTES) throw unsupported('source', `a file below 2 GiB in ${where}`, new InWords(`${bytes} bytes`));
}

/** Bytes in memory of their own. TypeScript before 5.7 has no name for them. */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** Bytes in memory of their own; null for what are none. By name, as test runners have realms of their own. */
export function copied(bytes: unknown): Bytes | null {
  const [, name] = /^\[object (\w+)\]$/.exec(Object.prototype.toString.call(bytes)) ?? [];
  try {
    if (name === 'Uint8Array') return new Uint8Array(bytes as Uint8Array);
    // An array is a view of memory: only what it shows is copied.
    if (name === 'ArrayBuffer' || name === 'SharedArrayBuffer')
      return new Uint8Array(new Uint8Array(bytes as ArrayBuffer));
    return null;
  } catch {
    throw invalidArgument('source', 'bytes whose memory is still there', bytes, 'It was moved to another thread.');
  }
}

/**
 * All bytes of a stream, each part copied as it comes. Errors: `ERR_INVALID_ARG` for parts that are not bytes,
 * `ERR_UNSUPPORTED` for more than `most`, those of the stream, the reason of the signal.
 */
export async function collected(
  stream: AsyncIterable<unknown>,
  where: string,
  most: number,
  signal: AbortSignal,
): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of passesOver(stream)(signal)) {
    const own = copied(part);
    if (own === null) throw invalidArgument('source', 'a stream of bytes', part);
    size += own.length;
    if (size > most) throw unsupported('source', `at most ${most} bytes in ${where}`, size, 'Raise `maxBytes`.');
    parts.push(own);
  }
  signal.throwIfAborted();
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
