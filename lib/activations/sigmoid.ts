import { checkBoolean } from '../check';
import { type ActivationOptions, define } from './activation';

export interface GeluOptions extends ActivationOptions {
  /** Whether the normal distribution is replaced by a tanh. Default: false */
  readonly approximate?: boolean | undefined;
}

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
export const sigmoid = define('sigmoid');

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
export const tanh = define('tanh');

/**
 * Squeezes into -1..1, slower than `tanh`.
 *
 * Formula: `x / (1 + abs(x))`. Source: `keras.activations.softsign`.
 *
 * @example
 * ```ts
 * activations.softsign([-1, 3]).toArray(); // [-0.5, 0.75]
 * ```
 */
export const softsign = define('softsign');

/**
 * `x` times its sigmoid; also called `swish`.
 *
 * Formula: `x / (1 + exp(-x))`. Source: `keras.activations.silu`.
 *
 * @example
 * ```ts
 * activations.silu(0).item(); // 0
 * ```
 */
export const silu = define('silu');

/**
 * `x` times the probability that a normally distributed number is smaller.
 *
 * Formula: `x (1 + erf(x / sqrt(2))) / 2`; approximate: `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`. Defaults:
 * approximate false. Errors: `ERR_INVALID_ARG` for an `approximate` that is neither true nor false. Source:
 * `keras.activations.gelu`.
 *
 * @example
 * ```ts
 * activations.gelu(0).item(); // 0
 * ```
 */
export const gelu = define<GeluOptions>('gelu', ['approximate'], (options) => ({
  approximate: checkBoolean(options.approximate ?? false, 'approximate'),
}));

/**
 * `x` times the tanh of its softplus.
 *
 * Formula: `x tanh(log(1 + exp(x)))`. Source: `keras.activations.mish`.
 *
 * @example
 * ```ts
 * activations.mish(0).item(); // 0
 * ```
 */
export const mish = define('mish');
