import { MomentOptimizer, type MomentOptions } from './moments';

/**
 * Adam with steps as long as a fraction of each variable.
 *
 * Formula: `n = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)`, m and v as in {@link Adam};
 * `w -= learningRate norm(w) / norm(n) n`, the quotient of the norms over the whole variable, and 1 where either is 0.
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`.
 * Source: `keras.optimizers.Lamb`; You et al., 2019.
 *
 * @example
 * ```ts
 * new Lamb({ weightDecay: 0.01 });
 * ```
 */
export class Lamb extends MomentOptimizer {
  constructor(options: MomentOptions = {}) {
    super('lamb', options);
  }
}
