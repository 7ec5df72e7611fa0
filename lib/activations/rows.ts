import { type ActivationOptions, defineAlong } from './activation';

export interface SoftmaxOptions extends ActivationOptions {
  /** The axis, or axes, along which values add up to 1; null for all. Default: -1 */
  readonly axis?: number | readonly number[] | null | undefined;
}

export interface AxisOptions extends ActivationOptions {
  /** The axis along which it computes. Default: -1 */
  readonly axis?: number | undefined;
}

/**
 * Converts logits to probabilities.
 *
 * Formula: `exp(x) / sum(exp(x))` along `axis`. Shapes: rank 1 at least. Defaults: axis -1. Errors: `ERR_OUT_OF_RANGE`
 * for an axis that x does not have. Source: `keras.activations.softmax`.
 *
 * @example
 * ```ts
 * activations.softmax([[1, 1]]).toArray(); // [[0.5, 0.5]]
 * ```
 */
export const softmax = defineAlong<SoftmaxOptions>('softmax', { several: true, halves: false });

/**
 * The logarithms of the probabilities that `softmax` makes.
 *
 * Formula: `x - log(sum(exp(x)))` along `axis`. Shapes: rank 1 at least. Defaults: axis -1. Errors: `ERR_OUT_OF_RANGE`
 * for an axis that x does not have. Source: `keras.activations.log_softmax`.
 *
 * @example
 * ```ts
 * activations.logSoftmax([0, -1000]).toArray(); // [0, -1000]
 * ```
 */
export const logSoftmax = defineAlong<SoftmaxOptions>('log_softmax', { several: true, halves: false });

/**
 * Converts logits to the nearest probabilities, most of them 0.
 *
 * Formula: `max(x - t, 0)` with the `t` for which they add up to 1 along `axis` (Martins and Astudillo 2016). Shapes:
 * rank 1 at least. Defaults: axis -1. Errors: `ERR_OUT_OF_RANGE` for an axis that x does not have. Keras 3.16 gives
 * other values where more than one is left. Source: `keras.activations.sparsemax`.
 *
 * @example
 * ```ts
 * activations.sparsemax([1, 1, -3]).toArray(); // [0.5, 0.5, 0]
 * ```
 */
export const sparsemax = defineAlong<AxisOptions>('sparsemax', { several: false, halves: false });

/**
 * One half of `x` lets the other through.
 *
 * Formula: `a sigmoid(b)` with the halves a and b of `axis`. Shapes: the size along `axis` is even, and halved.
 * Defaults: axis -1. Errors: `ERR_SHAPE_MISMATCH` for an odd size, `ERR_OUT_OF_RANGE` for an axis that x does not have.
 * Source: `keras.activations.glu`.
 *
 * @example
 * ```ts
 * activations.glu([4, 0]).toArray(); // [2]
 * ```
 */
export const glu = defineAlong<AxisOptions>('glu', { several: false, halves: true });
