import { checkPath } from '../check';
import { invalidArgument, invalidUse } from '../errors';
import { onAbort } from '../signals';
import { dtypeOf, isTypedArray, toShapedArray } from '../tensor';

/** Anything that can be read one by one: an array, a generator, a Node stream of objects. */
export type Source<T> = Iterable<T> | AsyncIterable<T>;
/** A source, or a function that opens one for each pass over the data. */
export type OpenableSource<T> = Source<T> | (() => Source<T> | Promise<Source<T>>);

/** Begins a pass, which ends early where the signal aborts. */
export type Open<T> = (signal: AbortSignal) => AsyncIterable<T>;

/** Passes over a source; one that can be read only once is refused the second time. */
export function passesOver<T>(source: OpenableSource<T>): Open<T> {
  let spent = false;
  const open = async (): Promise<Source<T>> => {
    if (typeof source !== 'function' && spent) throw readOnce();
    spent = typeof source !== 'function' && isOneShot(source);
    const opened = typeof source === 'function' ? await source() : source;
    if (!isSource(opened)) throw invalidArgument('source', 'a function that returns an iterable', opened);
    return opened;
  };
  return (signal) => ({ [Symbol.asyncIterator]: () => new Pass(open, signal) });
}

/** What errors call a file: by its path, or the bytes of one. */
export function checkFile(source: unknown, bytes: string): string {
  if (typeof source === 'string') return checkPath(source, 'source');
  if (!isTypedArray(source) || dtypeOf(source, 'source') !== 'uint8') {
    throw invalidArgument('source', 'a path or a Uint8Array', source);
  }
  toShapedArray(source, 'source');
  return bytes;
}

/** Numbers of an array are no elements of a source, and one that was transferred would not let itself be read. */
export function isSource(value: unknown): value is Source<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

const END = { done: true, value: undefined } as const;

/**
 * Reads a source to its end. It is written by hand, as a generator cannot be left while it waits for an element: an
 * abort must reach the source at once.
 */
class Pass<T> implements AsyncIterator<T, undefined> {
  readonly #opened: Promise<{ readonly source: Source<T>; readonly iterator: Iterator<T> | AsyncIterator<T> }>;
  #isAborted = false;
  /** Ends the `next` that waits. */
  #stop: () => void = () => {};
  #left: Promise<unknown> | null = null;
  /** A data set that repeats makes many passes under one signal. */
  #forget: () => void = () => {};

  constructor(open: () => Promise<Source<T>>, signal: AbortSignal) {
    this.#opened = open().then((source) => ({ source, iterator: iteratorOf(source) }));
    // Whoever calls `next` first hears of a failure.
    this.#opened.catch(() => {});
    const stop = (): void => {
      this.#isAborted = true;
      this.#stop();
      this.#leave().catch(() => {});
    };
    this.#forget = onAbort(signal, stop);
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isAborted) return END;
    // Not `Promise.race` with one promise of the abort: that would keep every element as long as the pass lasts.
    const result = await new Promise<IteratorResult<T>>((resolve, reject) => {
      this.#stop = () => resolve(END);
      this.#opened.then(({ iterator }) => iterator.next()).then(resolve, reject);
    });
    if (result.done !== true) return result;
    this.#forget();
    return END;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#leave();
    return END;
  }

  #leave(): Promise<unknown> {
    this.#forget();
    this.#left ??= this.#opened.then(({ source, iterator }) => {
      if ('destroy' in source && typeof source.destroy === 'function') source.destroy();
      return iterator.return?.();
    });
    return this.#left;
  }
}

function iteratorOf<T>(source: Source<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

/** A generator or a stream is its own iterator, or ends with its first one. */
function isOneShot(source: object): boolean {
  return 'next' in source || 'pipe' in source || 'getReader' in source;
}

function readOnce(): Error {
  return invalidUse(
    'Expected a source that can be read once more, received a generator or a stream that was read already. Pass a ' +
      'function that opens it again, as in `dataset(() => open())`, or keep its rows with `cache()`.',
  );
}
