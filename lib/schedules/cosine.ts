import { checkNumber } from '../check';
import type { Config } from '../identifiers';
import { checkStep, checkSteps, Decay, type DecayOptions } from './schedule';

/** From `height` at fraction 0 down to 0 at fraction 1, above a floor of `alpha`. */
function cosine(fraction: number, height: number, alpha: number): number {
  return (1 - alpha) * height * 0.5 * (1 + Math.cos(Math.PI * fraction)) + alpha;
}

export interface CosineDecayOptions extends DecayOptions {
  /** Steps until the end, above 0; those of the warm-up are not among them. */
  readonly decaySteps: number;
  /** The last rate as a fraction of the highest one. Default: 0 */
  readonly alpha?: number | undefined;
  /** The rate at the end of the warm-up. Default: null, no warm-up */
  readonly warmupTarget?: number | null | undefined;
  /** Steps of the warm-up. Default: 0 */
  readonly warmupSteps?: number | undefined;
}

/**
 * A rate that falls as half a period of the cosine, after a linear warm-up if wanted.
 *
 * Formula: `initialLearningRate ((1 - alpha) (1 + cos(pi min(step / decaySteps, 1))) / 2 + alpha)`. With `warmupTarget`
 * the rate rises in `warmupSteps` steps from `initialLearningRate` to it, and falls from it. Defaults: alpha 0, no
 * warm-up. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for `decaySteps` not above 0. Source:
 * `keras.optimizers.schedules.CosineDecay`; Loshchilov and Hutter, 2016.
 *
 * @example
 * ```ts
 * new CosineDecay({ initialLearningRate: 0.1, decaySteps: 1000 }).at(500); // 0.05
 * ```
 */
export class CosineDecay extends Decay {
  readonly decaySteps: number;
  readonly alpha: number;
  readonly warmupTarget: number | null;
  readonly warmupSteps: number;

  constructor(options: CosineDecayOptions) {
    super(options, ['decaySteps', 'alpha', 'warmupTarget', 'warmupSteps'], 'CosineDecay');
    const target = options.warmupTarget ?? null;
    this.decaySteps = checkSteps(options.decaySteps, 'decaySteps');
    this.alpha = checkNumber(options.alpha ?? 0, 'alpha');
    this.warmupTarget = target === null ? null : checkNumber(target, 'warmupTarget');
    this.warmupSteps = checkNumber(options.warmupSteps ?? 0, 'warmupSteps', { min: 0 });
  }

  override at(step: number): number {
    const { warmupTarget: target, warmupSteps, initialLearningRate: initial } = this;
    if (target === null) return this.#fall(checkStep(step), initial);
    if (checkStep(step) < warmupSteps) return initial + (target - initial) * (step / warmupSteps);
    return this.#fall(step - warmupSteps, target);
  }

  override getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      decay_steps: this.decaySteps,
      alpha: this.alpha,
      name: this.name,
      warmup_target: this.warmupTarget,
      warmup_steps: this.warmupSteps,
    };
  }

  #fall(step: number, from: number): number {
    return from * cosine(Math.min(step / this.decaySteps, 1), 1, this.alpha);
  }
}

export interface CosineDecayRestartsOptions extends DecayOptions {
  /** Steps of the first period, above 0. */
  readonly firstDecaySteps: number;
  /** By how much each period is longer than the one before. Default: 2 */
  readonly tMul?: number | undefined;
  /** By how much each period begins higher than the one before. Default: 1 */
  readonly mMul?: number | undefined;
  /** The last rate of a period as a fraction of the first rate. Default: 0 */
  readonly alpha?: number | undefined;
}

/**
 * A rate that falls as half a period of the cosine, again and again.
 *
 * Formula: `initialLearningRate ((1 - alpha) mMul^i (1 + cos(pi s)) / 2 + alpha)`, s the finished fraction of period i;
 * period i has `firstDecaySteps tMul^i` steps. Defaults: tMul 2, mMul 1, alpha 0. NaN where `tMul` is below 1, after
 * the end of all periods. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for `firstDecaySteps` or `tMul` not above 0.
 * Source: `keras.optimizers.schedules.CosineDecayRestarts`; Loshchilov and Hutter, 2016.
 *
 * @example
 * ```ts
 * new CosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10 }).at(20); // 0.05
 * ```
 */
export class CosineDecayRestarts extends Decay {
  readonly firstDecaySteps: number;
  readonly tMul: number;
  readonly mMul: number;
  readonly alpha: number;

  constructor(options: CosineDecayRestartsOptions) {
    super(options, ['firstDecaySteps', 'tMul', 'mMul', 'alpha'], 'SGDRDecay');
    this.firstDecaySteps = checkSteps(options.firstDecaySteps, 'firstDecaySteps');
    this.tMul = checkNumber(options.tMul ?? 2, 'tMul', { min: 0, open: true });
    this.mMul = checkNumber(options.mMul ?? 1, 'mMul');
    this.alpha = checkNumber(options.alpha ?? 0, 'alpha');
  }

  override at(step: number): number {
    const done = checkStep(step) / this.firstDecaySteps;
    const period = this.#period(done);
    const fraction = (done - this.#begin(period)) / this.tMul ** period;
    return this.initialLearningRate * cosine(fraction, this.mMul ** period, this.alpha);
  }

  override getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      first_decay_steps: this.firstDecaySteps,
      t_mul: this.tMul,
      m_mul: this.mMul,
      alpha: this.alpha,
      name: this.name,
    };
  }

  /** The index of the period in which this many first periods are done. */
  #period(done: number): number {
    if (this.tMul === 1) return Math.floor(done);
    const period = Math.floor(Math.log(1 - done * (1 - this.tMul)) / Math.log(this.tMul));
    // The logarithms may round a restart down to the period before it.
    return this.#begin(period + 1) <= done ? period + 1 : period;
  }

  /** What is done when a period begins, in first periods. */
  #begin(period: number): number {
    return this.tMul === 1 ? period : (1 - this.tMul ** period) / (1 - this.tMul);
  }
}
