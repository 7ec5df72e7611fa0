import { Callback, type CallbackLogs } from './callback';

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
export class History extends Callback {
  /** Loss, metrics and their `val_*`, a value for each epoch. */
  history: Record<string, number[]> = {};
  /** The epochs that ended, counted from 0. */
  epoch: number[] = [];

  override onTrainBegin(): void {
    this.history = {};
    this.epoch = [];
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      const values = this.history[name];
      if (values === undefined) this.history[name] = [value];
      else values.push(value);
    }
  }
}
