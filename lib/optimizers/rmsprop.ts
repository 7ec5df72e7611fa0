import { checkBoolean, checkNumber } from '../check';
import type { Spec } from '../native';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the mean square. Default: 0.9 */
  readonly rho?: number | undefined;
  /** Default: 0 */
  readonly momentum?: number | undefined;
  /** Default: 1e-7 */
  readonly epsilon?: number | undefined;
  /** Whether the square of the mean gradient is subtracted. Default: false */
  readonly centered?: boolean | undefined;
}

/**
 * Steps divided by a running root mean square of the gradients.
 *
 * Formula: `v = rho v + (1 - rho) g^2; w -= learningRate g / sqrt(v + epsilon)`; `centered` subtracts the square of the
 * running mean of g from v, momentum sums the steps up. Defaults: learningRate 0.001, rho 0.9, momentum 0, epsilon 1e-7,
 * not centered. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.RMSprop`.
 *
 * @example
 * ```ts
 * new RMSprop({ rho: 0.95 });
 * ```
 */
export class RMSprop extends Optimizer {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;

  constructor(options: RMSpropOptions = {}) {
    super('rmsprop', options, ['rho', 'momentum', 'epsilon', 'centered']);
    this.rho = checkNumber(options.rho ?? 0.9, 'rho', { min: 0, max: 1 });
    this.momentum = checkNumber(options.momentum ?? 0, 'momentum', { min: 0, max: 1 });
    this.epsilon = checkNumber(options.epsilon ?? 1e-7, 'epsilon', { min: 0 });
    this.centered = checkBoolean(options.centered ?? false, 'centered');
  }

  protected override parameters(): Spec['parameters'] {
    return { rho: this.rho, momentum: this.momentum, epsilon: this.epsilon, centered: this.centered };
  }
}
