import { MomentOptimizer, type MomentOptions } from './moments';

/**
 * Adam with the largest recent gradient instead of the mean square.
 *
 * Formula: with step t from 1, `m = beta1 m + (1 - beta1) g; u = max(beta2 u, abs(g));
 * w -= learningRate / (1 - beta1^t) m / (u + epsilon)`. Defaults: learningRate 0.001, beta1 0.9, beta2 0.999,
 * epsilon 1e-7. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.Adamax`; Kingma and Ba, 2014.
 *
 * @example
 * ```ts
 * new Adamax({ learningRate: 0.002 });
 * ```
 */
export class Adamax extends MomentOptimizer {
  constructor(options: MomentOptions = {}) {
    super('adamax', options);
  }
}
