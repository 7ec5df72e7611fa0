import { checkBoolean, checkNumber } from '../check';
import { type ActivationOptions, define } from './activation';

export interface EluOptions extends ActivationOptions {
  /** How far below 0 it reaches. Default: 1 */
  readonly alpha?: number | undefined;
}

export interface GeluOptions extends ActivationOptions {
  /** Whether the normal distribution is replaced by a tanh. Default: false */
  readonly approximate?: boolean | undefined;
}

export interface SquareplusOptions extends ActivationOptions {
  /** How round it is. Default: 4 */
  readonly b?: number | undefined;
}

/**
 * The exponential function.
 *
 * Formula: `exp(x)`. Source: `keras.activations.exponential`.
 *
 * @example
 * ```ts
 * activations.exponential(0).item(); // 1
 * ```
 */
export const exponential = define('exponential');

/**
 * A smooth `relu`.
 *
 * Formula: `log(1 + exp(x))`. Source: `keras.activations.softplus`.
 *
 * @example
 * ```ts
 * activations.softplus(1000).item(); // 1000
 * ```
 */
export const softplus = define('softplus');

/**
 * The logarithm of the sigmoid.
 *
 * Formula: `-log(1 + exp(-x))`. Source: `keras.activations.log_sigmoid`.
 *
 * @example
 * ```ts
 * activations.logSigmoid(-1000).item(); // -1000
 * ```
 */
export const logSigmoid = define('log_sigmoid');

/**
 * An exponential curve below 0, a line above.
 *
 * Formula: `x` above 0, `alpha (exp(x) - 1)` below it. Defaults: alpha 1. Errors: `ERR_INVALID_ARG` for an option that
 * is not a number. Source: `keras.activations.elu`.
 *
 * @example
 * ```ts
 * activations.elu([-1000, 2]).toArray(); // [-1, 2]
 * ```
 */
export const elu = define<EluOptions>('elu', ['alpha'], (options) => ({
  alpha: checkNumber(options.alpha ?? 1, 'alpha'),
}));

/**
 * As `elu`, with a derivative that has no jump.
 *
 * Formula: `max(x, 0) + alpha (exp(min(x, 0) / alpha) - 1)`. Defaults: alpha 1. Errors: `ERR_INVALID_ARG`,
 * `ERR_OUT_OF_RANGE` for an alpha that is not above 0. Source: `keras.activations.celu`.
 *
 * @example
 * ```ts
 * activations.celu([-1000, 2], { alpha: 2 }).toArray(); // [-2, 2]
 * ```
 */
export const celu = define<EluOptions>('celu', ['alpha'], (options) => ({
  alpha: checkNumber(options.alpha ?? 1, 'alpha', { min: 0, open: true }),
}));

/**
 * As `elu`, scaled so that mean 0 and variance 1 keep themselves from layer to layer.
 *
 * Formula: `1.0507 x` above 0, `1.0507 1.6733 (exp(x) - 1)` below it. Source: `keras.activations.selu`.
 *
 * @example
 * ```ts
 * activations.selu(0).item(); // 0
 * ```
 */
export const selu = define('selu');

/**
 * A smooth `relu` without exponentials.
 *
 * Formula: `(x + sqrt(x^2 + b)) / 2`. Defaults: b 4. Errors: `ERR_INVALID_ARG` for an option that is not a number.
 * Source: `keras.activations.squareplus`.
 *
 * @example
 * ```ts
 * activations.squareplus(0).item(); // 1
 * ```
 */
export const squareplus = define<SquareplusOptions>('squareplus', ['b'], (options) => ({
  b: checkNumber(options.b ?? 4, 'b'),
}));

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

/**
 * What `tanh` takes off.
 *
 * Formula: `x - tanh(x)`. Source: `keras.activations.tanh_shrink`.
 *
 * @example
 * ```ts
 * activations.tanhShrink(100).item(); // 99
 * ```
 */
export const tanhShrink = define('tanh_shrink');
