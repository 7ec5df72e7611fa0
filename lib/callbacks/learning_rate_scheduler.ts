import { checkFunction, checkNumber, checkOptions } from '../check';
import { Callback } from './callback';
import { checkRateIsFree, currentRate, optimizerOf } from './learning_rate';
import type { CallbackLogs } from './logs';
import { checkCallbackVerbose, say } from './monitor';
import { floatText } from './python_text';

/** The rate of an epoch, from 0, where the one so far is known. */
export type RateOfEpoch = (epoch: number, learningRate: number) => number;

export interface LearningRateSchedulerOptions {
  /** The learning rate of an epoch, from 0, and of the rate before it. */
  readonly schedule: RateOfEpoch;
  /** 1 prints each rate. Default: 0 */
  readonly verbose?: number | boolean | undefined;
}

/**
 * Sets the learning rate when an epoch begins: to what `schedule` returns for the epoch, counted from 0, and the rate
 * so far.
 *
 * The logs get `learning_rate`. Defaults: `verbose` 0. Errors: `ERR_INVALID_ARG` where `schedule` is no function or
 * returns no finite number, `ERR_UNSUPPORTED` where a schedule returns the rate. Source:
 * `keras.callbacks.LearningRateScheduler`.
 *
 * @example
 * ```ts
 * const scheduler = new LearningRateScheduler({ schedule: (epoch, rate) => (epoch === 0 ? rate : rate / 2) });
 * const { history } = await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: [scheduler] });
 * history.learning_rate; // [0.001, 0.0005, 0.00025]
 * ```
 */
export class LearningRateScheduler extends Callback {
  readonly #schedule: RateOfEpoch;
  readonly #verbose: number;

  constructor(options: LearningRateSchedulerOptions) {
    super();
    checkOptions(options, ['schedule', 'verbose'], 'LearningRateScheduler');
    this.#schedule = checkFunction(options?.schedule, 'schedule');
    this.#verbose = checkCallbackVerbose(options.verbose);
  }

  override onTrainBegin(): void {
    checkRateIsFree(this.model, 'LearningRateScheduler');
  }

  override onEpochBegin(epoch: number): void {
    const rate = checkNumber(this.#schedule(epoch, currentRate(this.model)), 'schedule');
    optimizerOf(this.model).learningRate = rate;
    const text = `Epoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${floatText(rate)}.`;
    say(this.#verbose, `\n${text}`);
  }

  override onEpochEnd(_epoch: number, logs: CallbackLogs): void {
    logs.learning_rate = currentRate(this.model);
  }
}
