import { MomentOptimizer, type MomentOptions } from './moments';

/**
 * Adam with Nesterov's momentum.
 *
 * Formula: m and v as in {@link Adam}; with `u_t = beta1 (1 - 0.96^t / 2)` and the product p of u_1 to u_t,
 * `n = u_(t+1) m / (1 - p u_(t+1)) + (1 - u_t) g / (1 - p); w -= learningRate n / (sqrt(v / (1 - beta2^t)) + epsilon)`.
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`.
 * Source: `keras.optimizers.Nadam`; Dozat, 2015.
 *
 * @example
 * ```ts
 * new Nadam({ beta1: 0.95 });
 * ```
 */
export class Nadam extends MomentOptimizer {
  constructor(options: MomentOptions = {}) {
    super('nadam', options);
  }
}
