import { Callback, type CallbackLogs, type LogValue } from './callback';

/**
 * The record of a run, which `fit` returns.
 *
 * Source: `keras.callbacks.History`.
 *
 * @example
 * ```ts
 * const history = await model.fit(x, y, { epochs: 3, verbose: 0 });
 * history.history.loss; // three numbers
 * ```
 */
export class History<V extends LogValue = number> extends Callback {
  /** Loss, metrics and their `val_*`, a value for each epoch; typed as {@link CallbackLogs}. */
  history: Record<string, V[]> = {};
  /** The epochs that ended, counted from 0. */
  epoch: number[] = [];

  override onTrainBegin(): void {
    this.history = {};
    this.epoch = [];
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs<LogValue>): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs as CallbackLogs<V>)) {
      const values = this.history[name];
      if (values === undefined) this.history[name] = [value];
      else values.push(value);
    }
  }
}
