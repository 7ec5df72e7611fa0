import { define } from './activation';

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
