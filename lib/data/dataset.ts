import { checkBoolean, checkFunction, checkInteger, checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { InWords, invalidArgument, unsupported } from '../errors';
import { nextSeed } from '../random';
import type { Element, ElementLike } from './element';
import { batched, cached, filtered, mapped, repeated, sharded, shuffled, skipped, taken, zipped } from './operators';
import { readAhead } from './prefetch';
import type { Open } from './source';

export interface ShuffleOptions {
  /** Elements to draw from: the more, the better the order and the larger the memory. */
  readonly bufferSize: number;
  /** Default: the next one of the process, see `setRandomSeed`. */
  readonly seed?: number | undefined;
}

export interface BatchingOptions {
  /** Leaves a last batch out that is not full. Default: false */
  readonly dropRemainder?: boolean | undefined;
}

/**
 * Samples that are read as they are needed, one after the other or in batches: what `fit`, `evaluate` and `predict`
 * take instead of arrays. Made by {@link dataset}; every method returns a new data set and reads nothing yet.
 *
 * Only what waits to be used is in memory. Each pass opens the source again. Errors: what the source throws comes out
 * of `fit`, `evaluate`, `predict` or the loop that reads. Source: `tf.data.Dataset`.
 *
 * @example
 * ```ts
 * const rows = dataset([{ x: [1, 2], y: 0 }, { x: [3, 4], y: 1 }, { x: [5, 6], y: 1 }]);
 * for await (const batch of rows.map(({ x, y }) => ({ x, y: Number(y) + 1 })).batch(2)) console.log(batch.y);
 * ```
 */
export class Dataset implements AsyncIterable<Element> {
  static {
    showOptionsInConsole(Dataset, ({ isBatched }) => ({ isBatched }));
  }

  /** @internal */
  protected readonly cloning = notCloneable(
    'a data set',
    'send the arrays or the path, and make the data set of them there',
  );
  readonly #open: Open<Element>;
  /** Whether an element is a batch. */
  readonly isBatched: boolean;

  constructor(open: Open<Element>, isBatched: boolean) {
    this.#open = open;
    this.isBatched = isBatched;
  }

  /**
   * Draws each element at random from a buffer that is kept full; each pass has another order.
   *
   * @example
   * ```ts
   * dataset({ x, y }).shuffle({ bufferSize: 1000, seed: 1 });
   * ```
   */
  shuffle(options: ShuffleOptions): Dataset {
    checkOptions(options, ['bufferSize', 'seed'], 'shuffle');
    const bufferSize = checkInteger(options?.bufferSize, 'bufferSize', { min: 1 });
    const seed = checkInteger(options.seed ?? nextSeed(), 'seed', { min: 0 });
    return this.#with(shuffled(this.#open, bufferSize, seed));
  }

  /** Changes each element; the function may be async. It gets `{ x, y, sampleWeight }` as the source yielded them. */
  map(change: (element: Element) => ElementLike | Promise<ElementLike>): Dataset {
    return this.#with(mapped(this.#open, checkFunction(change, 'map')));
  }

  /** Leaves out the elements for which the function, which may be async, says false. */
  filter(keeps: (element: Element) => boolean | Promise<boolean>): Dataset {
    return this.#with(filtered(this.#open, checkFunction(keeps, 'filter')));
  }

  /** Puts rows together: `[size, ...]`. The last batch may be smaller. */
  batch(size: number, options: BatchingOptions = {}): Dataset {
    checkOptions(options, ['dropRemainder'], 'batch');
    checkInteger(size, 'size', { min: 1 });
    const dropRemainder = checkBoolean(options.dropRemainder ?? false, 'dropRemainder');
    if (this.isBatched) {
      throw unsupported(
        'batch',
        'a data set of rows',
        new InWords('one of batches'),
        'Leave it out: they have their size.',
      );
    }
    return new Dataset(batched(this.#open, size, dropRemainder), true);
  }

  /** The first elements. */
  take(count: number): Dataset {
    return this.#with(taken(this.#open, checkInteger(count, 'count', { min: 0 })));
  }

  /** All but the first elements. */
  skip(count: number): Dataset {
    return this.#with(skipped(this.#open, checkInteger(count, 'count', { min: 0 })));
  }

  /**
   * Every so many-th element, from the one of this rank on: the part of one of the processes that read the data together.
   *
   * @example
   * ```ts
   * const dist = await distributed.mpi();
   * const own = dataset({ x, y }).shard(dist.rank, dist.size).shuffle({ bufferSize: 1000 });
   * ```
   */
  shard(rank: number, size: number): Dataset {
    checkInteger(size, 'size', { min: 1 });
    return this.#with(sharded(this.#open, checkInteger(rank, 'rank', { min: 0, max: size - 1 }), size));
  }

  /** Keeps all elements in memory, once they were read to the end; later passes do not open the source. */
  cache(): Dataset {
    return this.#with(cached(this.#open));
  }

  /** All elements, as often as told. Default: without end */
  repeat(count: number = Number.POSITIVE_INFINITY): Dataset {
    if (count !== Number.POSITIVE_INFINITY) checkInteger(count, 'count', { min: 0 });
    return this.#with(repeated(this.#open, count));
  }

  /**
   * Reads so many elements ahead of who uses them. `fit`, `evaluate` and `predict` read two batches ahead by
   * themselves: this is for a slow source before costly steps, or for more elements.
   */
  prefetch(size: number): Dataset {
    checkInteger(size, 'size', { min: 1 });
    return this.#with((signal) => readAhead(this.#open, size, signal));
  }

  /**
   * Puts data sets side by side: the `x` of this one stays, that of the next becomes `y`, that of a third the sample
   * weight. Ends with the shortest.
   *
   * @example
   * ```ts
   * const pairs = dataset([new Float32Array(2), new Float32Array(2)]).zip(dataset([0, 1]));
   * await model.evaluate(dataset({ x, y }).take(8));
   * ```
   */
  zip(y: Dataset, sampleWeight?: Dataset): Dataset {
    const all = sampleWeight === undefined ? [this, y] : [this, y, sampleWeight];
    for (const other of all) {
      if (!(other instanceof Dataset)) throw invalidArgument('zip', 'data sets', other);
      if (other.isBatched !== this.isBatched) {
        throw invalidArgument('zip', 'data sets that are all of rows or all of batches', other);
      }
    }
    return this.#with(zipped(all.map((other) => other.#open)));
  }

  /** One pass; leaving the loop early leaves the source. */
  [Symbol.asyncIterator](): AsyncIterator<Element> {
    return this.#open(new AbortController().signal)[Symbol.asyncIterator]();
  }

  /**
   * @internal As batches of this size, unless it is of batches already; only the first ones, where their number is
   * given.
   */
  passes(batchSize: number, most: number | null = null): Open<Element> {
    const open = this.isBatched ? this.#open : batched(this.#open, batchSize, false);
    return most === null ? open : taken(open, most);
  }

  #with(open: Open<Element>): Dataset {
    return new Dataset(open, this.isBatched);
  }
}
