import { checkBoolean, checkNumber } from '../check';
import { Optimizer, type OptimizerOptions } from './optimizer';

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of the gradients. Default: 0.9 */
  readonly beta1?: number | undefined;
  /** Decay of the mean of their squares. Default: 0.999 */
  readonly beta2?: number | undefined;
  /** Default: 1e-7 */
  readonly epsilon?: number | undefined;
  /** Whether the largest mean square so far counts. Default: false */
  readonly amsgrad?: boolean | undefined;
}

/**
 * Steps from running means of the gradients and of their squares.
 *
 * Formula: with step t from 1, `m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * w -= learningRate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)`. Defaults: learningRate 0.001, beta1 0.9,
 * beta2 0.999, epsilon 1e-7, no amsgrad. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`; `ERR_UNSUPPORTED` for options
 * that Keras has beyond these. Source: `keras.optimizers.Adam`; Kingma and Ba, 2014.
 *
 * @example
 * ```ts
 * new Adam({ learningRate: 0.01 });
 * ```
 */
export class Adam extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;

  constructor(options: AdamOptions = {}) {
    super('adam', 0.001, options, ['beta1', 'beta2', 'epsilon', 'amsgrad']);
    this.beta1 = checkNumber(options.beta1 ?? 0.9, 'beta1', { min: 0, max: 1 });
    this.beta2 = checkNumber(options.beta2 ?? 0.999, 'beta2', { min: 0, max: 1 });
    this.epsilon = checkNumber(options.epsilon ?? 1e-7, 'epsilon', { min: 0 });
    this.amsgrad = checkBoolean(options.amsgrad ?? false, 'amsgrad');
  }

  protected override parameters(): { beta_1: number; beta_2: number; epsilon: number; amsgrad: boolean } {
    return { beta_1: this.beta1, beta_2: this.beta2, epsilon: this.epsilon, amsgrad: this.amsgrad };
  }
}
