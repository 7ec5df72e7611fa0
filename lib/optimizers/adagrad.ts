import { checkNumber } from '../check';
import type { Spec } from '../native';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface AdagradOptions extends OptimizerOptions {
  /** What the sum of squares begins with. Default: 0.1 */
  readonly initialAccumulatorValue?: number | undefined;
  /** Default: 1e-7 */
  readonly epsilon?: number | undefined;
}

/**
 * Steps divided by the root of the sum of all squared gradients so far.
 *
 * Formula: `a += g^2; w -= learningRate g / sqrt(a + epsilon)`. Defaults: learningRate 0.001, a from 0.1 on, epsilon 1e-7.
 * Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.Adagrad`; Duchi et al., 2011.
 *
 * @example
 * ```ts
 * new Adagrad({ learningRate: 1 });
 * ```
 */
export class Adagrad extends Optimizer {
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;

  constructor(options: AdagradOptions = {}) {
    super('adagrad', options, ['initialAccumulatorValue', 'epsilon']);
    const initial = options.initialAccumulatorValue ?? 0.1;
    this.initialAccumulatorValue = checkNumber(initial, 'initialAccumulatorValue', { min: 0 });
    this.epsilon = checkNumber(options.epsilon ?? 1e-7, 'epsilon', { min: 0 });
  }

  protected override parameters(): Spec['parameters'] {
    return { initial_accumulator_value: this.initialAccumulatorValue, epsilon: this.epsilon };
  }
}
