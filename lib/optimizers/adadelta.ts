import { checkNumber } from '../check';
import type { Spec } from '../native';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the means. Default: 0.95 */
  readonly rho?: number | undefined;
  /** Default: 1e-7 */
  readonly epsilon?: number | undefined;
}

/**
 * Steps as large as the recent ones, divided by a running root mean square of the gradients.
 *
 * Formula: `v = rho v + (1 - rho) g^2; n = sqrt(u + epsilon) / sqrt(v + epsilon) g; u = rho u + (1 - rho) n^2;
 * w -= learningRate n`. Defaults: learningRate 0.001 (1 in the paper), rho 0.95, epsilon 1e-7. Errors:
 * `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.Adadelta`; Zeiler, 2012.
 *
 * @example
 * ```ts
 * new Adadelta({ learningRate: 1 });
 * ```
 */
export class Adadelta extends Optimizer {
  readonly rho: number;
  readonly epsilon: number;

  constructor(options: AdadeltaOptions = {}) {
    super('adadelta', options, ['rho', 'epsilon']);
    this.rho = checkNumber(options.rho ?? 0.95, 'rho', { min: 0, max: 1 });
    this.epsilon = checkNumber(options.epsilon ?? 1e-7, 'epsilon', { min: 0 });
  }

  protected override parameters(): Spec['parameters'] {
    return { rho: this.rho, epsilon: this.epsilon };
  }
}
