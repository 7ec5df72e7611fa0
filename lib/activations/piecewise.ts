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

export interface LeakyReluOptions extends ActivationOptions {
  /** Slope below 0. Default: 0.2 */
  readonly negativeSlope?: number | undefined;
}

export interface ShrinkOptions extends ActivationOptions {
  /** Up to where, on both sides of 0, the result is 0. Default: 0.5 */
  readonly threshold?: number | undefined;
}

export interface ThresholdOptions extends ActivationOptions {
  /** The largest number that is replaced. */
  readonly threshold: number;
  /** What replaces it. */
  readonly defaultValue: number;
}

/**
 * Returns `x`.
 *
 * Formula: `x`. Source: `keras.activations.linear`.
 *
 * @example
 * ```ts
 * activations.linear([-1, 2]).toArray(); // [-1, 2]
 * ```
 */
export const linear = define('linear');

/**
 * Cuts off what is negative.
 *
 * Formula: `min(x, maxValue)` above the threshold, `negativeSlope (x - threshold)` below it. Defaults: negativeSlope
 * 0, maxValue null, threshold 0. Errors: `ERR_INVALID_ARG` for options that are not numbers. Source:
 * `keras.activations.relu`.
 *
 * @example
 * ```ts
 * activations.relu([-1, 2]).toArray(); // [0, 2]
 * ```
 */
export const relu = define<ReluOptions>(
  'relu',
  ['negativeSlope', 'maxValue', 'threshold'],
  ({ threshold = 0, ...options }) => ({
    negative_slope: checkNumber(options.negativeSlope ?? 0, 'negativeSlope'),
    max_value: maxValue(options.maxValue ?? null),
    threshold: checkNumber(threshold, 'threshold'),
  }),
);

/**
 * Cuts off what is negative, and what is above 6.
 *
 * Formula: `min(max(x, 0), 6)`. Source: `keras.activations.relu6`.
 *
 * @example
 * ```ts
 * activations.relu6([-1, 2, 7]).toArray(); // [0, 2, 6]
 * ```
 */
export const relu6 = define('relu6');

/**
 * Flattens what is negative.
 *
 * Formula: `x` above 0, `negativeSlope x` below it. Defaults: negativeSlope 0.2. Errors: `ERR_INVALID_ARG` for an
 * option that is not a number. Source: `keras.activations.leaky_relu`.
 *
 * @example
 * ```ts
 * activations.leakyRelu([-10, 2]).toArray(); // [-2, 2]
 * ```
 */
export const leakyRelu = define<LeakyReluOptions>('leaky_relu', ['negativeSlope'], (options) => ({
  negative_slope: checkNumber(options.negativeSlope ?? 0.2, 'negativeSlope'),
}));

/**
 * The sigmoid in three straight pieces.
 *
 * Formula: `min(max(x / 6 + 0.5, 0), 1)`. Source: `keras.activations.hard_sigmoid`.
 *
 * @example
 * ```ts
 * activations.hardSigmoid([-3, 0, 3]).toArray(); // [0, 0.5, 1]
 * ```
 */
export const hardSigmoid = define('hard_sigmoid');

/**
 * The silu with a hard sigmoid; also called `hardSwish`.
 *
 * Formula: `x hardSigmoid(x)`. Source: `keras.activations.hard_silu`.
 *
 * @example
 * ```ts
 * activations.hardSilu([0, 3]).toArray(); // [0, 3]
 * ```
 */
export const hardSilu = define('hard_silu');

/**
 * Cuts off at -1 and 1.
 *
 * Formula: `min(max(x, -1), 1)`. Source: `keras.activations.hard_tanh`.
 *
 * @example
 * ```ts
 * activations.hardTanh([-2, 0.5, 2]).toArray(); // [-1, 0.5, 1]
 * ```
 */
export const hardTanh = define('hard_tanh');

/**
 * Replaces what is near 0 by 0.
 *
 * Formula: `x` where `abs(x) > threshold`, else 0. Defaults: threshold 0.5. Errors: `ERR_INVALID_ARG` for an option
 * that is not a number. Source: `keras.activations.hard_shrink`.
 *
 * @example
 * ```ts
 * activations.hardShrink([-2, 0.25]).toArray(); // [-2, 0]
 * ```
 */
export const hardShrink = define<ShrinkOptions>('hard_shrink', ['threshold'], ({ threshold = 0.5 }) => ({
  threshold: checkNumber(threshold, 'threshold'),
}));

/**
 * Moves everything nearer to 0.
 *
 * Formula: `x - threshold` above the threshold, `x + threshold` below its negative, else 0. Defaults: threshold 0.5.
 * Errors: `ERR_INVALID_ARG` for an option that is not a number. Source: `keras.activations.soft_shrink`.
 *
 * @example
 * ```ts
 * activations.softShrink([-2, 0.25]).toArray(); // [-1.5, 0]
 * ```
 */
export const softShrink = define<ShrinkOptions>('soft_shrink', ['threshold'], ({ threshold = 0.5 }) => ({
  threshold: checkNumber(threshold, 'threshold'),
}));

/**
 * Replaces what is not above a threshold.
 *
 * Formula: `x` where `x > threshold`, else `defaultValue`. Errors: `ERR_INVALID_ARG` where one of the two options is
 * missing or no number. Source: `keras.activations.threshold`.
 *
 * @example
 * ```ts
 * activations.threshold([1, 3], { threshold: 2, defaultValue: -1 }).toArray(); // [-1, 3]
 * ```
 */
export const threshold = define<ThresholdOptions>('threshold', ['threshold', 'defaultValue'], (options) => ({
  threshold: checkNumber(options.threshold, 'threshold'),
  default_value: checkNumber(options.defaultValue, 'defaultValue'),
}));

/**
 * The softplus of the sparsemax.
 *
 * Formula: 0 below -1, `(x + 1)^2 / 4` between, `x` above 1. Source: `keras.activations.sparse_plus`.
 *
 * @example
 * ```ts
 * activations.sparsePlus([-1, 0, 3]).toArray(); // [0, 0.25, 3]
 * ```
 */
export const sparsePlus = define('sparse_plus');

/**
 * The sigmoid of the sparsemax.
 *
 * Formula: `min(max((x + 1) / 2, 0), 1)`. Source: `keras.activations.sparse_sigmoid`.
 *
 * @example
 * ```ts
 * activations.sparseSigmoid([-1, 0, 3]).toArray(); // [0, 0.5, 1]
 * ```
 */
export const sparseSigmoid = define('sparse_sigmoid');

function maxValue(value: unknown): number {
  return value === null ? Number.POSITIVE_INFINITY : checkNumber(value, 'maxValue');
}
