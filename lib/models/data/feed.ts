import type { Dataset } from '../../data';
import { BATCHES_AHEAD, readAhead } from '../../data/prefetch';
import type { Open } from '../../data/source';
import { shapeMismatch } from '../../errors';
import type { Compiled } from '../compile/compilation';
import { type PreparedData, prepareData } from './prepare';

export interface FeedOptions {
  /** The size of batches of single rows; a data set of batches has its own. */
  readonly batchSize: number;
  /** Most batches of a pass. Default: all */
  readonly steps?: number | null | undefined;
  readonly classWeight?: ReadonlyMap<number, number> | null | undefined;
  /** Whether NaN and infinity may pass. Default: true */
  readonly allowNonFinite?: boolean;
  /** What its elements are called in errors. */
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

/** A data set as batches in native memory, of which the next ones are made ready while one is used. */
export class Feed {
  readonly #open: Open<PreparedData>;
  readonly #signal: AbortSignal | undefined;

  constructor({ topology, compilation }: Compiled, dataset: Dataset, options: FeedOptions) {
    const { batchSize, steps = null, classWeight, allowNonFinite = true, name, signal: stop } = options;
    this.#signal = stop;
    this.#open = async function* (signal) {
      let [index, firstRow] = [0, 0];
      for await (const { x, y, sampleWeight } of dataset.passes(batchSize, steps)(signal)) {
        const given = { x, y, sampleWeight, classWeight, firstRow, allowNonFinite };
        const prepared = prepareData(topology, compilation, given, `${name}[${index++}].`);
        firstRow += prepared.data.rows;
        yield prepared;
      }
      if (index === 0 && !signal.aborted) throw shapeMismatch(name, 'at least one batch', [0]);
    };
  }

  /** One pass over all batches; there is at least one. */
  pass(): AsyncGenerator<PreparedData, undefined> {
    return readAhead(this.#open, BATCHES_AHEAD, this.#signal);
  }
}
