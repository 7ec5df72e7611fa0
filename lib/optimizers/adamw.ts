import { invalidArgument } from '../errors';
import { Adam, type AdamOptions } from './adam';

/**
 * Adam with weight decay.
 *
 * Formula: `w -= w weightDecay learningRate`, then as {@link Adam}. Defaults: weightDecay 0.004, all others as Adam.
 * Errors: `ERR_INVALID_ARG`, also for a `weightDecay` of null; `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.AdamW`;
 * Loshchilov and Hutter, 2017.
 *
 * @example
 * ```ts
 * new AdamW({ weightDecay: 0.01 });
 * ```
 */
export class AdamW extends Adam {
  constructor(options: AdamOptions = {}) {
    super(options, { weightDecay: 0.004 });
    if (this.weightDecay === null) throw invalidArgument('weightDecay', 'a number', null, 'Without decay use Adam.');
  }
}
