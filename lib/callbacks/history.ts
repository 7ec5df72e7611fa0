import { checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { getValue, setValue } from '../records';
import { Callback } from './callback';
import type { LayerRecord, LayerTable } from './layer_values';
import type { CallbackLogs, LogValue } from './logs';

interface HistoryState<V> {
  readonly history: Record<string, V[]>;
  readonly epoch: number[];
}

/**
 * An array that grows without ever being copied as a whole, neither here nor by the garbage collector: of millions of
 * elements that takes its time.
 */
class Pieces<T> {
  /** The first grows; the others have their size from the start. */
  #pieces: T[][] = [];
  /** Elements of the last one. */
  #count = 0;

  push(value: T): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && this.#count < Math.max(last.length, FIRST)) {
      last[this.#count++] = value;
      return;
    }
    const next = last === undefined ? [] : new Array<T>(this.#pieces.length === 1 ? SECOND : OTHERS);
    next[0] = value;
    this.#pieces.push(next);
    this.#count = 1;
  }

  /** Moves all into the array, or into a new one where it has none. */
  appendTo(array: T[]): T[] {
    const pieces = this.#pieces;
    const last = pieces.at(-1);
    if (last !== undefined) last.length = this.#count;
    this.clear();
    if (array.length === 0 && pieces.length > 1) return array.concat(...pieces);
    for (const piece of pieces) for (const value of piece) array.push(value);
    return array;
  }

  clear(): void {
    this.#pieces = [];
    this.#count = 0;
  }
}

/** Elements of the pieces. V8 never moves an array of 128 KB or more. */
const FIRST = 512;
const SECOND = 4096;
const OTHERS = 16384;

/**
 * The record of a run, which `fit` returns.
 *
 * Errors: `ERR_INVALID_ARG` for any option, as it has none. Source: `keras.callbacks.History`.
 *
 * @example
 * ```ts
 * const history = await model.fit(x, y, { epochs: 3, verbose: 0 });
 * history.history.loss.length; // 3
 * history.epoch; // [0, 1, 2]
 * ```
 */
export class History<V extends LogValue = number> extends Callback {
  static {
    showOptionsInConsole(History, ({ epoch, history }) => ({ epoch, history }));
  }

  protected override readonly cloning = notCloneable('a History', 'send its history and its epoch');
  /** When the run began; null before. */
  startedAt: Date | null = null;
  /** When it ended, however it did; null before. */
  endedAt: Date | null = null;
  /** @internal What looks at the layers in the run. */
  statistics: LayerRecord | null = null;
  #history: Record<string, V[]> = {};
  #epoch: number[] = [];
  /** What is not in them yet. */
  readonly #values = new Map<string, Pieces<V>>();
  readonly #epochs = new Pieces<number>();

  constructor(options: object = {}) {
    super();
    checkOptions(options, [], 'History');
  }

  /** Loss, metrics and their `val_*`, a value for each epoch in which there was one; typed as {@link CallbackLogs}. */
  get history(): Record<string, V[]> {
    for (const [name, values] of this.#values) {
      setValue(this.#history, name, values.appendTo(getValue(this.#history, name) ?? []));
    }
    this.#values.clear();
    return this.#history;
  }

  set history(history: Record<string, V[]>) {
    this.#values.clear();
    this.#history = history;
  }

  /** What {@link LayerStatistics} recorded, by the names of the layers; empty without it. */
  get layers(): LayerTable {
    return this.statistics?.layers ?? {};
  }

  /** The epochs that ended, counted from 0. */
  get epoch(): number[] {
    this.#epoch = this.#epochs.appendTo(this.#epoch);
    return this.#epoch;
  }

  set epoch(epoch: number[]) {
    this.#epochs.clear();
    this.#epoch = epoch;
  }

  override onTrainBegin(): void {
    this.history = {};
    this.epoch = [];
    this.startedAt = new Date();
    this.endedAt = null;
  }

  override onTrainEnd(): void {
    this.endedAt = new Date();
  }

  override onAbort(): void {
    this.endedAt = new Date();
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs<LogValue>): void {
    this.#epochs.push(epoch);
    // A list of the names would be garbage in each of millions of epochs.
    for (const name in logs) {
      if (Object.hasOwn(logs, name)) this.#valuesOf(name).push((logs as CallbackLogs<V>)[name] as V);
    }
  }

  #valuesOf(name: string): Pieces<V> {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const values = new Pieces<V>();
    this.#values.set(name, values);
    return values;
  }

  override getState(): HistoryState<V> {
    return { history: this.history, epoch: this.epoch };
  }

  override setState(state: unknown): void {
    const { history, epoch } = state as HistoryState<V>;
    this.history = history;
    this.epoch = epoch;
  }
}
