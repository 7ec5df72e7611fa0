import { checkNumber } from '../check';
import { outOfRange } from '../errors';
import type { Spec } from '../native';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface LionOptions extends OptimizerOptions {
  /** The fraction of the momentum in a step, above 0 and up to 1. Default: 0.9 */
  readonly beta1?: number | undefined;
  /** Decay of the momentum. Default: 0.99 */
  readonly beta2?: number | undefined;
}

/**
 * Steps of one size in all elements: only the sign of the momentum counts.
 *
 * Formula: `w -= learningRate sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g`. Defaults: learningRate
 * 0.001, beta1 0.9, beta2 0.99. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.Lion`; Chen et
 * al., 2023.
 *
 * @example
 * ```ts
 * new Lion({ learningRate: 0.0003, weightDecay: 0.01 });
 * ```
 */
export class Lion extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;

  constructor(options: LionOptions = {}) {
    super('lion', options, ['beta1', 'beta2']);
    this.beta1 = checkNumber(options.beta1 ?? 0.9, 'beta1', { min: 0, max: 1 });
    if (this.beta1 === 0) throw outOfRange('beta1', 'a number above 0', 0, 'Without momentum only signs would remain.');
    this.beta2 = checkNumber(options.beta2 ?? 0.99, 'beta2', { min: 0, max: 1 });
  }

  protected override parameters(): Spec['parameters'] {
    return { beta_1: this.beta1, beta_2: this.beta2 };
  }
}
