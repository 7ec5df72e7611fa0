import { checkNumber } from '../check';
import { type ActivationOptions, define } from './activation';

export interface ReluOptions extends ActivationOptions {
  /** Slope below the threshold. Default: 0 */
  readonly negativeSlope?: number | undefined;
  /** Largest value. Default: null, none */
  readonly maxValue?: number | null | undefined;
  /** Where the slope begins. Default: 0 */
  readonly threshold?: number | undefined;
}

export interface SoftmaxOptions extends ActivationOptions {
  /** The axis, or axes, along which values add up to 1. Default: -1 */
  readonly axis?: number | readonly number[] | undefined;
}

/**
 * Gives `x` back.
 *
 * Formula: `x`. Source: `keras.activations.linear`.
 *
 * @example
 * ```ts
 * activations.linear([-1, 2]).toArray(); // [-1, 2]
 * ```
 */
export const linear = define<ActivationOptions>('linear');

/**
 * Cuts off what is negative.
 *
 * Formula: `min(x, maxValue)` above the threshold, `negativeSlope (x - threshold)` below it. Errors: `ERR_INVALID_ARG`
 * for options that are no numbers. Source: `keras.activations.relu`.
 *
 * @example
 * ```ts
 * activations.relu([-1, 2]).toArray(); // [0, 2]
 * ```
 */
export const relu = define<ReluOptions>('relu', ['negativeSlope', 'maxValue', 'threshold'], (options) => ({
  negative_slope: checkNumber(options.negativeSlope ?? 0, 'negativeSlope'),
  max_value: maxValue(options.maxValue ?? null),
  threshold: checkNumber(options.threshold ?? 0, 'threshold'),
}));

/**
 * Squeezes into 0..1.
 *
 * Formula: `1 / (1 + exp(-x))`. Source: `keras.activations.sigmoid`.
 *
 * @example
 * ```ts
 * activations.sigmoid(0).item(); // 0.5
 * ```
 */
export const sigmoid = define<ActivationOptions>('sigmoid');

/**
 * Squeezes into -1..1.
 *
 * Formula: `tanh(x)`. Source: `keras.activations.tanh`.
 *
 * @example
 * ```ts
 * activations.tanh(0).item(); // 0
 * ```
 */
export const tanh = define<ActivationOptions>('tanh');

/**
 * Makes probabilities of scores.
 *
 * Formula: `exp(x) / sum(exp(x))` along `axis`. Shapes: rank 1 at least. Errors: `ERR_OUT_OF_RANGE` for an axis that x
 * has not. Source: `keras.activations.softmax`.
 *
 * @example
 * ```ts
 * activations.softmax([[1, 1]]).toArray(); // [[0.5, 0.5]]
 * ```
 */
export const softmax = define<SoftmaxOptions>('softmax', ['axis']);

function maxValue(value: unknown): number {
  return value === null ? Number.POSITIVE_INFINITY : checkNumber(value, 'maxValue');
}
