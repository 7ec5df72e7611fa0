import { checkInteger, checkNumber, checkOptions } from '../check';
import { outOfRange } from '../errors';
import { Callback } from './callback';
import { checkRateIsFree, currentRate, optimizerOf } from './learning_rate';
import type { CallbackLogs } from './logs';
import { checkCallbackVerbose, Monitor, type MonitorOptions, say } from './monitor';
import { floatText } from './python_text';

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** Below 1. Default: 0.1 */
  readonly factor?: number | undefined;
  /** Epochs without improvement after which the rate falls. Default: 10 */
  readonly patience?: number | undefined;
  /** 1 prints what it does. Default: 0 */
  readonly verbose?: number | boolean | undefined;
  /** Epochs after a fall that do not count. Default: 0 */
  readonly cooldown?: number | undefined;
  /** Default: 0 */
  readonly minLr?: number | undefined;
}

const NAMES = [
  'monitor',
  'factor',
  'patience',
  'verbose',
  'mode',
  'minDelta',
  'cooldown',
  'minLr',
] as const satisfies readonly (keyof ReduceLROnPlateauOptions)[];

interface State {
  readonly best: number | null;
  readonly wait: number;
  readonly cooldownCounter: number;
}

/**
 * Lowers the learning rate where a value of the logs has not improved for `patience` epochs, from the next step on.
 *
 * Formula: rate = max(rate * factor, minLr). The logs get `learning_rate`, that of the epoch which ended. Defaults:
 * `monitor` 'val_loss', `factor` 0.1, `patience` 10, `minDelta` 1e-4, `cooldown` 0, `minLr` 0, `mode` 'auto'. Errors:
 * `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for options, `ERR_UNSUPPORTED` where a schedule returns the rate. Source:
 * `keras.callbacks.ReduceLROnPlateau`.
 *
 * @example
 * ```ts
 * const plateau = new ReduceLROnPlateau({ monitor: 'loss', factor: 0.5, patience: 1, minDelta: 100 });
 * const { history } = await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: [plateau] });
 * history.learning_rate; // [0.001, 0.001, 0.0005]
 * ```
 */
export class ReduceLROnPlateau extends Callback {
  /** The best value so far; null before the first. */
  best: number | null = null;
  /** Epochs since the last improvement. */
  wait = 0;
  /** Epochs until the patience counts again. */
  cooldownCounter = 0;
  readonly #monitor: Monitor;
  readonly #factor: number;
  readonly #patience: number;
  readonly #verbose: number;
  readonly #cooldown: number;
  readonly #minLr: number;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super();
    checkOptions(options, NAMES, 'ReduceLROnPlateau');
    this.#monitor = new Monitor('ReduceLROnPlateau', options, 1e-4);
    this.#factor = checkNumber(options.factor ?? 0.1, 'factor', { min: 0 });
    if (this.#factor >= 1) throw outOfRange('factor', 'a number of at least 0 and below 1', this.#factor);
    this.#patience = checkInteger(options.patience ?? 10, 'patience', { min: 0 });
    this.#verbose = checkCallbackVerbose(options.verbose);
    this.#cooldown = checkInteger(options.cooldown ?? 0, 'cooldown', { min: 0 });
    this.#minLr = checkNumber(options.minLr ?? 0, 'minLr', { min: 0 });
  }

  override onTrainBegin(): void {
    checkRateIsFree(this.model, 'ReduceLROnPlateau');
    this.setState({ best: null, wait: 0, cooldownCounter: 0 });
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs): void {
    logs.learning_rate = currentRate(this.model);
    const value = this.#monitor.valueOf(logs, epoch, this.params);
    if (value === null) return;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.wait = 0;
    }
    if (this.#monitor.improves(value, this.best, this.model)) {
      this.best = value;
      this.wait = 0;
    } else if (this.cooldownCounter === 0) {
      this.wait++;
      if (this.wait >= this.#patience) this.#reduce(epoch, logs.learning_rate);
    }
  }

  override getState(): unknown {
    const { best, wait, cooldownCounter } = this;
    return { best, wait, cooldownCounter } satisfies State;
  }

  override setState(state: unknown): void {
    Object.assign(this, state as State);
  }

  #reduce(epoch: number, rate: number): void {
    if (rate <= this.#minLr) return;
    const lower = Math.max(rate * this.#factor, this.#minLr);
    optimizerOf(this.model).learningRate = lower;
    const text = `Epoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${floatText(lower)}.`;
    say(this.#verbose, `\n${text}`);
    this.cooldownCounter = this.#cooldown;
    this.wait = 0;
  }
}
