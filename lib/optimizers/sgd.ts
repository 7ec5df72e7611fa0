import { checkBoolean, checkNumber } from '../check';
import type { Spec } from '../native';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface SGDOptions extends OptimizerOptions {
  /** From 0 to 1. Default: 0 */
  readonly momentum?: number | undefined;
  /** Default: false */
  readonly nesterov?: boolean | undefined;
}

/**
 * Gradient descent, with momentum if wanted.
 *
 * Formula: `m = momentum m - learningRate g; w += m`; with `nesterov` `w += momentum m - learningRate g`. Defaults:
 * learningRate 0.01, momentum 0, no nesterov. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.SGD`.
 *
 * @example
 * ```ts
 * new SGD({ learningRate: 0.1, momentum: 0.9 });
 * ```
 */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;

  constructor(options: SGDOptions = {}) {
    super('sgd', options, ['momentum', 'nesterov'], { learningRate: 0.01 });
    this.momentum = checkNumber(options.momentum ?? 0, 'momentum', { min: 0, max: 1 });
    this.nesterov = checkBoolean(options.nesterov ?? false, 'nesterov');
  }

  protected override parameters(): Spec['parameters'] {
    return { momentum: this.momentum, nesterov: this.nesterov };
  }
}
