import { checkBoolean } from '../check';
import type { Spec } from '../native';
import type { OwnDefaults } from './arguments';
import { MomentOptimizer, type MomentOptions } from './moments';

export interface AdamOptions extends MomentOptions {
  /** Whether the largest mean square so far counts. Default: false */
  readonly amsgrad?: boolean | undefined;
}

/**
 * Steps from running means of the gradients and of their squares.
 *
 * Formula: with step t from 1, `m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * w -= learningRate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)`. Defaults: learningRate 0.001, beta1 0.9,
 * beta2 0.999, epsilon 1e-7, no amsgrad. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.Adam`;
 * Kingma and Ba, 2014.
 *
 * @example
 * ```ts
 * new Adam({ learningRate: 0.01 });
 * ```
 */
export class Adam extends MomentOptimizer {
  readonly amsgrad: boolean;

  constructor(options: AdamOptions = {}, defaults: OwnDefaults = {}) {
    super('adam', options, ['amsgrad'], defaults);
    this.amsgrad = checkBoolean(options.amsgrad ?? false, 'amsgrad');
  }

  protected override parameters(): Spec['parameters'] {
    return { ...super.parameters(), amsgrad: this.amsgrad };
  }
}
