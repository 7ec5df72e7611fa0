import type { Dataset, Element } from '../../data';
import { BATCHES_AHEAD, readAhead } from '../../data/prefetch';
import type { Open } from '../../data/source';
import { type CodedError, InWords, shapeMismatch } from '../../errors';
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
  /** Whether other processes read other parts, so that this one may have no rows. Default: false */
  readonly isPart?: boolean;
}

/** `index`: of the batch; `firstRow`: its first, among all. */
type Prepare = (element: Element, at: { readonly index: number; readonly firstRow: number }) => PreparedData;

/** A data set as batches in native memory, of which the next ones are made ready while one is used. */
export class Feed {
  readonly #open: Open<PreparedData>;
  readonly #signal: AbortSignal | undefined;
  readonly #prepare: Prepare;
  #first: Element | null = null;
  /** What its elements are called in errors. */
  readonly name: string;

  constructor({ topology, compilation }: Compiled, dataset: Dataset, options: FeedOptions) {
    const { batchSize, steps = null, classWeight, allowNonFinite = true, name, signal: stop, isPart = false } = options;
    this.#signal = stop;
    this.name = name;
    const prepare: Prepare = ({ x, y, sampleWeight }, { index, firstRow }) =>
      prepareData(
        topology,
        compilation,
        { x, y, sampleWeight, classWeight, firstRow, allowNonFinite },
        `${name}[${index}].`,
      );
    this.#prepare = prepare;
    const keep = (element: Element): void => {
      if (isPart) this.#first ??= element;
    };
    this.#open = async function* (signal) {
      let [index, firstRow] = [0, 0];
      for await (const element of dataset.passes(batchSize, steps)(signal)) {
        if (index === 0) keep(element);
        const prepared = prepare(element, { index: index++, firstRow });
        firstRow += prepared.data.rows;
        yield prepared;
      }
      if (index === 0 && !isPart && !signal.aborted) throw noBatch(name);
    };
  }

  /** One pass over all batches; there is at least one, unless others have other parts. */
  pass(): AsyncGenerator<PreparedData, undefined> {
    return readAhead(this.#open, BATCHES_AHEAD, this.#signal);
  }

  /** The first batch as it came, for processes that have none; null where this one has none. */
  takeFirst(): Element | null {
    const first = this.#first;
    this.#first = null;
    return first;
  }

  /** What another process began with. */
  prepare(first: Element): PreparedData {
    return this.#prepare(first, { index: 0, firstRow: 0 });
  }
}

export function noBatch(name: string): CodedError {
  return shapeMismatch(name, 'at least one batch', new InWords('none'));
}
