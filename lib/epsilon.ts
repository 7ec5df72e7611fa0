import { checkNumber } from './check';
import { invalidArgument } from './errors';

/** Its only place: whoever computes with it, native code included, is handed it. */
let current = 1e-7;

/**
 * The small number that keeps divisors and logarithms away from 0: see {@link setEpsilon}.
 *
 * Default: 1e-7. Errors: `ERR_INVALID_ARG` for any argument. Source: `keras.config.epsilon`.
 *
 * @example
 * ```ts
 * epsilon() < 1e-6; // true
 * ```
 */
export function epsilon(...none: readonly never[]): number {
  if (none.length === 0) return current;
  throw invalidArgument('epsilon', 'no argument', none[0], 'Set it with `setEpsilon`.');
}

/**
 * Sets the number that keeps divisors and logarithms away from 0 where a formula names {@link epsilon}: losses clip
 * probabilities by it, metrics and constraints add it to divisors.
 *
 * It holds for the thread that sets it (a worker has its own) and for what begins afterwards: losses, metrics and
 * functions read it when they are called, a training of a model at `compile`, layers when the model is made, the thresholds
 * of `AUC` when it is made. The options `epsilon` of layers and optimizers are numbers of their own. Default: 1e-7. Errors:
 * `ERR_INVALID_ARG` for what is not a number, `ERR_OUT_OF_RANGE` for one that is not above 0 and below 1. Source:
 * `keras.config.set_epsilon`.
 *
 * @example
 * ```ts
 * setEpsilon(0.01);
 * new BinaryCrossentropy().compute([[1]], [[0]]); // 4.6052
 * setEpsilon(1e-7);
 * ```
 */
export function setEpsilon(value: number): void {
  current = checkNumber(value, 'value', { min: 0, max: 1, open: true });
}
