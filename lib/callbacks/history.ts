import { checkOptions, elementAt } from '../check';
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

/** Elements that stand in one array from the start. */
const FIRST = 64;
/**
 * Numbers that are gathered outside the heap, a part at a time, before they become an array: V8 never moves one of
 * 128 KB. The parts are filled again and again, as V8 collects the sooner the more of such memory comes and goes.
 */
const PART = 1024;
const PARTS = 16;

/**
 * An array that grows without ever being copied as a whole, neither here nor by the garbage collector: of millions of
 * elements that takes its time.
 */
class Pieces<T> {
  #pieces: T[][] = [];
  readonly #parts: Float64Array[] = [];
  /** Numbers in the parts. */
  #count = 0;

  push(value: T): void {
    const piece = this.#pieces.at(-1);
    const isFirst = this.#count === 0 && (piece === undefined || piece.length < FIRST);
    if (isFirst || typeof value !== 'number') this.#add(value);
    else this.#gather(value);
  }

  /** Moves all into the array, or into a new one where it has none. */
  appendTo(array: T[]): T[] {
    this.#join();
    const pieces = this.#pieces;
    this.#pieces = [];
    if (array.length === 0 && pieces.length > 1) return array.concat(...pieces);
    for (const piece of pieces) for (const value of piece) array.push(value);
    return array;
  }

  #add(value: T): void {
    this.#join();
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.length < PARTS * PART) last.push(value);
    else this.#pieces.push([value]);
  }

  #gather(value: number): void {
    if (this.#count === PARTS * PART) this.#join();
    const index = Math.floor(this.#count / PART);
    let part = this.#parts[index];
    if (part === undefined) {
      part = new Float64Array(PART);
      this.#parts.push(part);
    }
    part[this.#count % PART] = value;
    this.#count += 1;
  }

  #join(): void {
    if (this.#count === 0) return;
    const piece = new Array<number>(this.#count);
    for (let i = 0; i < piece.length; i++) piece[i] = elementAt(elementAt(this.#parts, Math.floor(i / PART)), i % PART);
    this.#pieces.push(piece as T[]);
    this.#count = 0;
  }
}

/** Numbers that mostly follow each other: of each run of them, the first one and how many there are. */
class Counted {
  #runs: { readonly first: number; count: number }[] = [];

  push(value: number): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && value === last.first + last.count) last.count += 1;
    else this.#runs.push({ first: value, count: 1 });
  }

  /** Moves all into the array. */
  appendTo(array: number[]): void {
    for (const { first, count } of this.#runs) for (let i = 0; i < count; i++) array.push(first + i);
    this.clear();
  }

  clear(): void {
    this.#runs = [];
  }
}

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
  readonly #epochs = new Counted();

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
    this.#epochs.appendTo(this.#epoch);
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

  override getState(): unknown {
    return { history: this.history, epoch: this.epoch } satisfies HistoryState<V>;
  }

  override setState(state: unknown): void {
    const { history, epoch } = state as HistoryState<V>;
    this.history = history;
    this.epoch = epoch;
  }
}
