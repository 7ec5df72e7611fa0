import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../check';
import type { Tensor, TensorLike } from '../tensor';
import { Callback } from './callback';
import type { CallbackLogs } from './logs';
import { checkCallbackVerbose, Monitor, type MonitorOptions, say } from './monitor';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which training ends. Default: 0 */
  readonly patience?: number | undefined;
  /** 1 prints what it does. Default: 0 */
  readonly verbose?: number | boolean | undefined;
  /** A value that must be beaten too for the patience to start over. Default: none */
  readonly baseline?: number | null | undefined;
  /** Whether the weights of the best epoch come back at the end. Default: false */
  readonly restoreBestWeights?: boolean | undefined;
  /** The first epoch that counts, from 0. Default: 0 */
  readonly startFromEpoch?: number | undefined;
}

const NAMES = [
  'monitor',
  'minDelta',
  'patience',
  'verbose',
  'mode',
  'baseline',
  'restoreBestWeights',
  'startFromEpoch',
] as const satisfies readonly (keyof EarlyStoppingOptions)[];

interface State {
  readonly wait: number;
  readonly stoppedEpoch: number;
  readonly best: number | null;
  readonly bestEpoch: number;
  readonly bestWeights: readonly TensorLike[] | null;
}

/**
 * Ends training where a value of the logs has not improved for `patience` epochs.
 *
 * `restoreBestWeights` restores the weights of the best epoch, however training ends: by patience, with the last
 * epoch, by a signal or by an error. Defaults: `monitor` 'val_loss', `minDelta` 0, `patience` 0, `mode` 'auto'. Errors:
 * `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for options; at the end of the first epoch `ERR_INVALID_ARG` where `mode` is
 * 'auto' and nothing tells the direction. Source: `keras.callbacks.EarlyStopping`.
 *
 * @example
 * ```ts
 * const stopping = new EarlyStopping({ monitor: 'loss', minDelta: 100, patience: 2, restoreBestWeights: true });
 * const history = await model.fit(x, y, { epochs: 50, verbose: 0, callbacks: [stopping] });
 * history.epoch; // [0, 1, 2]
 * stopping.stoppedEpoch; // 2
 * ```
 */
export class EarlyStopping extends Callback {
  /** Epochs since the last improvement. */
  wait = 0;
  /** The epoch that ended training, from 0; 0 where none did. */
  stoppedEpoch = 0;
  /** The best value so far; null before the first. */
  best: number | null = null;
  /** The epoch of the best value, from 0. */
  bestEpoch = 0;
  /** The weights of that epoch, where they are to be restored. */
  bestWeights: readonly TensorLike[] | null = null;
  readonly #monitor: Monitor;
  readonly #patience: number;
  readonly #verbose: number;
  readonly #baseline: number | null;
  readonly #restores: boolean;
  readonly #startFromEpoch: number;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    checkOptions(options, NAMES, 'EarlyStopping');
    this.#monitor = new Monitor('EarlyStopping', options);
    this.#patience = checkInteger(options.patience ?? 0, 'patience', { min: 0 });
    this.#verbose = checkCallbackVerbose(options.verbose);
    const { baseline = null } = options;
    this.#baseline = baseline === null ? null : checkNumber(baseline, 'baseline');
    this.#restores = checkBoolean(options.restoreBestWeights ?? false, 'restoreBestWeights');
    this.#startFromEpoch = checkInteger(options.startFromEpoch ?? 0, 'startFromEpoch', { min: 0 });
  }

  override onTrainBegin(): void {
    this.setState({ wait: 0, stoppedEpoch: 0, best: null, bestEpoch: 0, bestWeights: null });
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs): void {
    const value = this.#monitor.valueOf(logs, epoch, this.params);
    if (value === null || epoch < this.#startFromEpoch) return;
    if (this.#restores && this.bestWeights === null) this.#keep(epoch);
    this.wait++;
    if (this.#monitor.improves(value, this.best, this.model)) {
      this.best = value;
      this.#keep(epoch);
      if (this.#baseline === null || this.#monitor.improves(value, this.#baseline, this.model)) this.wait = 0;
    } else if (this.wait >= this.#patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  override onTrainEnd(): void {
    if (this.stoppedEpoch > 0) say(this.#verbose, `Epoch ${this.stoppedEpoch + 1}: early stopping`);
    this.#restore();
  }

  override onAbort(): void {
    this.#restore();
  }

  override getState(): unknown {
    const { wait, stoppedEpoch, best, bestEpoch, bestWeights } = this;
    return { wait, stoppedEpoch, best, bestEpoch, bestWeights } satisfies State;
  }

  override setState(state: unknown): void {
    Object.assign(this, state as State);
  }

  #keep(epoch: number): void {
    this.bestEpoch = epoch;
    if (this.#restores) this.bestWeights = this.model.getWeights().map(plain);
  }

  #restore(): void {
    if (!this.#restores || this.bestWeights === null) return;
    const epoch = this.bestEpoch + 1;
    say(this.#verbose, `Restoring model weights from the end of the best epoch: ${epoch}.`);
    this.model.setWeights(this.bestWeights);
  }
}

/** As structured cloning keeps it. */
function plain({ data, shape }: Tensor<Float32Array>): TensorLike {
  return { data, shape };
}
