import { checkNumber } from '../check';
import type { Spec } from '../native';
import { MomentOptimizer, type MomentOptions } from './moments';

export interface ScheduleFreeAdamWOptions extends MomentOptions {
  /** Default: 1e-8 */
  readonly epsilon?: number | undefined;
  /** Steps in which the rate rises to the given one. Default: 0 */
  readonly warmupSteps?: number | undefined;
}

/**
 * Adam that averages its steps, so that it needs no schedule.
 *
 * Formula: `z -= learningRate g / (sqrt(v / (1 - beta2^t)) + epsilon); x += (z - x) / t; w = (1 - beta1) z + beta1 x`, z and
 * x from the first weights on, v as in {@link Adam}; in the first `warmupSteps` steps the rate is multiplied by
 * `t / warmupSteps`. Defaults: learningRate 0.0025, beta1 0.9, beta2 0.999, epsilon 1e-8, no warm-up, and as in Keras no
 * weight decay. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.ScheduleFreeAdamW`; Defazio et
 * al., 2024.
 *
 * @example
 * ```ts
 * new ScheduleFreeAdamW({ warmupSteps: 100 });
 * ```
 */
export class ScheduleFreeAdamW extends MomentOptimizer {
  readonly warmupSteps: number;

  constructor(options: ScheduleFreeAdamWOptions = {}) {
    super('schedule_free_adam_w', options, ['warmupSteps'], { learningRate: 0.0025, epsilon: 1e-8 });
    this.warmupSteps = checkNumber(options.warmupSteps ?? 0, 'warmupSteps', { min: 0 });
  }

  protected override parameters(): Spec['parameters'] {
    return { ...super.parameters(), warmup_steps: this.warmupSteps };
  }
}
