import { checkBoolean, checkNumber } from '../check';
import type { Spec } from '../native';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface AdafactorOptions extends OptimizerOptions {
  /** Default: -0.8 */
  readonly beta2Decay?: number | undefined;
  /** Keeps the squares away from 0. Default: 1e-30 */
  readonly epsilon1?: number | undefined;
  /** Keeps the step away from 0. Default: 1e-3 */
  readonly epsilon2?: number | undefined;
  /** The largest root mean square of a step. Default: 1 */
  readonly clipThreshold?: number | undefined;
  /** Has no effect, as in Keras: the rate is bounded in any case. Default: true */
  readonly relativeStep?: boolean | undefined;
}

/**
 * Steps divided by running mean squares, of which only those of rows and columns are kept: the state is small.
 *
 * Formula: with step t from 1, v the running mean of `g^2 + epsilon1` with the decay `1 - t^beta2Decay`, for matrices
 * the product of its means over columns and over rows, divided by the mean over both; `n = g / sqrt(v)`; `w -=
 * max(epsilon2, rms(w)) min(learningRate, 1 / sqrt(t)) n / max(1, rms(n) / clipThreshold)`. Defaults: learningRate
 * 0.001, beta2Decay -0.8, epsilon1 1e-30, epsilon2 1e-3, clipThreshold 1. Errors: `ERR_INVALID_ARG`,
 * `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.Adafactor`; Shazeer and Stern, 2018.
 *
 * @example
 * ```ts
 * new Adafactor({ learningRate: 0.01 });
 * ```
 */
export class Adafactor extends Optimizer {
  readonly beta2Decay: number;
  readonly epsilon1: number;
  readonly epsilon2: number;
  readonly clipThreshold: number;
  readonly relativeStep: boolean;

  constructor(options: AdafactorOptions = {}) {
    super('adafactor', options, ['beta2Decay', 'epsilon1', 'epsilon2', 'clipThreshold', 'relativeStep']);
    this.beta2Decay = checkNumber(options.beta2Decay ?? -0.8, 'beta2Decay');
    this.epsilon1 = checkNumber(options.epsilon1 ?? 1e-30, 'epsilon1', { min: 0 });
    this.epsilon2 = checkNumber(options.epsilon2 ?? 1e-3, 'epsilon2', { min: 0 });
    this.clipThreshold = checkNumber(options.clipThreshold ?? 1, 'clipThreshold', { min: 0, open: true });
    this.relativeStep = checkBoolean(options.relativeStep ?? true, 'relativeStep');
  }

  protected override parameters(): Spec['parameters'] {
    return {
      beta_2_decay: this.beta2Decay,
      epsilon_1: this.epsilon1,
      epsilon_2: this.epsilon2,
      clip_threshold: this.clipThreshold,
      relative_step: this.relativeStep,
    };
  }
}
