import { onAbort } from '../signals';
import type { Open } from './source';

/** Batches that are ready while a run uses one. */
export const BATCHES_AHEAD = 2;

/** Reads ahead of its reader: a bounded queue, which stops pulling where it is full. */
class Prefetcher<T extends object> {
  readonly #controller = new AbortController();
  readonly #pass: AsyncIterator<T>;
  readonly #depth: number;
  readonly #ready: T[] = [];
  #failure: { readonly error: unknown } | null = null;
  #ended = false;
  #pulling = false;
  #wake: (() => void) | null = null;

  constructor(open: Open<T>, depth: number) {
    this.#pass = open(this.#controller.signal)[Symbol.asyncIterator]();
    this.#depth = depth;
    void this.#pull();
  }

  /** The next element; undefined at the end. What the source threw comes after the elements before it. */
  async next(): Promise<T | undefined> {
    while (this.#ready.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const element = this.#ready.shift();
    if (element === undefined && this.#failure !== null) throw this.#failure.error;
    void this.#pull();
    return element;
  }

  /** Leaves the source; waits for what it does at its end, unless it still owes an element. */
  async close(): Promise<void> {
    const owing = this.#pulling;
    this.#end();
    this.#controller.abort();
    const left = this.#pass.return?.().catch(() => {});
    if (!owing) await left;
  }

  async #pull(): Promise<void> {
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (!this.#ended && this.#ready.length < this.#depth) {
        const result = await this.#pass.next();
        if (result.done === true) this.#end();
        else if (!this.#ended) this.#ready.push(result.value);
        this.#wake?.();
      }
    } catch (error) {
      this.#failure = { error };
      this.#end();
    } finally {
      this.#pulling = false;
    }
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}

/** A pass that is read ahead; it ends with the signal's reason where that aborts, and then leaves the source at once. */
export async function* readAhead<T extends object>(
  open: Open<T>,
  depth: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, undefined> {
  const ahead = new Prefetcher(open, depth);
  const forget = onAbort(signal, () => void ahead.close());
  try {
    for (;;) {
      const element = await ahead.next();
      signal?.throwIfAborted();
      if (element === undefined) return undefined;
      yield element;
    }
  } finally {
    forget();
    await ahead.close();
  }
}
