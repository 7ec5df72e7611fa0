import { checkOptions } from '../check';
import { getValue, setValue } from '../records';
import { Callback, type CallbackLogs, type LogValue } from './callback';

interface HistoryState<V> {
  readonly history: Record<string, V[]>;
  readonly epoch: number[];
}

/**
 * The record of a run, which `fit` returns.
 *
 * Errors: `ERR_INVALID_ARG` for options, which it has not. Source: `keras.callbacks.History`.
 *
 * @example
 * ```ts
 * const history = await model.fit(x, y, { epochs: 3, verbose: 0 });
 * history.history.loss.length; // 3
 * history.epoch; // [0, 1, 2]
 * ```
 */
export class History<V extends LogValue = number> extends Callback {
  /** Loss, metrics and their `val_*`, a value for each epoch in which there was one; typed as {@link CallbackLogs}. */
  history: Record<string, V[]> = {};
  /** The epochs that ended, counted from 0. */
  epoch: number[] = [];

  constructor(options: object = {}) {
    super();
    checkOptions(options, [], 'History');
  }

  override onTrainBegin(): void {
    this.history = {};
    this.epoch = [];
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs<LogValue>): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs as CallbackLogs<V>)) {
      const values = getValue(this.history, name);
      if (values === undefined) setValue(this.history, name, [value]);
      else values.push(value);
    }
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
