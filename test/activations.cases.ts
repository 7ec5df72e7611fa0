import type { activations } from 'gemsbok';
import type { Args } from './helpers/golden';

export interface ActivationRow {
  /** Keras' name. */
  readonly name: activations.ActivationName;
  /** Keras' arguments. */
  readonly args?: Args;
  /** Where the derivative jumps. */
  readonly kinks?: readonly number[];
  /** Computed along an axis, not element by element. */
  readonly alongAxis?: boolean;
  /** Takes even sizes only. */
  readonly even?: boolean;
  /** The largest error, in roundings of the result. Default: 4 */
  readonly ulps?: number;
  /**
   * Results below it may be off by as much as if they were as large. Default: 0, in float32; in float64 it is 1, as the
   * formulas of the oracle cancel too.
   */
  readonly floor?: number;
}

/** Where a floor stands, the result is a difference, or the exponential of a rounded number. */
export const ROWS: readonly ActivationRow[] = [
  { name: 'linear', ulps: 0 },
  { name: 'relu', kinks: [0], ulps: 0 },
  { name: 'relu', args: { max_value: 6, threshold: 1 }, kinks: [1, 6], ulps: 0 },
  { name: 'relu', args: { negative_slope: 0.1, max_value: 2, threshold: 0.5 }, kinks: [0.5, 2] },
  { name: 'relu', args: { threshold: -1 }, kinks: [-1], ulps: 0 },
  { name: 'leaky_relu', kinks: [0] },
  { name: 'leaky_relu', args: { negative_slope: -0.5 }, kinks: [0] },
  { name: 'relu6', kinks: [0, 6], ulps: 0 },
  { name: 'elu' },
  { name: 'elu', args: { alpha: 0.5 }, kinks: [0] },
  { name: 'elu', args: { alpha: -1 }, kinks: [0] },
  { name: 'selu', kinks: [0] },
  { name: 'celu' },
  { name: 'celu', args: { alpha: 2 } },
  { name: 'gelu' },
  { name: 'gelu', args: { approximate: true }, floor: 0.1 },
  { name: 'silu' },
  { name: 'hard_silu', kinks: [-3, 3], floor: 1 },
  { name: 'mish' },
  { name: 'exponential' },
  { name: 'softplus' },
  { name: 'sparse_plus' },
  { name: 'squareplus' },
  { name: 'squareplus', args: { b: 1 } },
  { name: 'softsign' },
  { name: 'tanh' },
  { name: 'hard_tanh', kinks: [-1, 1], ulps: 0 },
  { name: 'tanh_shrink', floor: 1 },
  { name: 'hard_shrink', kinks: [-0.5, 0.5], ulps: 0 },
  { name: 'hard_shrink', args: { threshold: 2 }, kinks: [-2, 2], ulps: 0 },
  { name: 'soft_shrink', kinks: [-0.5, 0.5] },
  { name: 'soft_shrink', args: { threshold: 2 }, kinks: [-2, 2] },
  { name: 'threshold', args: { threshold: 0.5, default_value: -1 }, kinks: [0.5], ulps: 0 },
  { name: 'sigmoid' },
  { name: 'log_sigmoid' },
  { name: 'hard_sigmoid', kinks: [-3, 3], floor: 1 },
  { name: 'sparse_sigmoid', kinks: [-1, 1] },
  { name: 'softmax', alongAxis: true, floor: 0.1 },
  { name: 'log_softmax', alongAxis: true, floor: 1 },
  { name: 'sparsemax', alongAxis: true, floor: 1 },
  { name: 'glu', alongAxis: true, even: true },
];

/** The derivative where it jumps. */
export const AT_KINKS: readonly (ActivationRow & { readonly x: number; readonly derivative: number })[] = [
  { name: 'relu', x: 0, derivative: 0 },
  { name: 'relu', args: { negative_slope: 0.5 }, x: 0, derivative: 0 },
  { name: 'relu', args: { max_value: 6 }, x: 6, derivative: 0 },
  { name: 'relu6', x: 0, derivative: 0 },
  { name: 'relu6', x: 6, derivative: 0 },
  { name: 'leaky_relu', args: { negative_slope: 0.5 }, x: 0, derivative: 0.5 },
  { name: 'elu', args: { alpha: 0.5 }, x: 0, derivative: 0.5 },
  { name: 'hard_tanh', x: 1, derivative: 0 },
  { name: 'hard_tanh', x: -1, derivative: 0 },
  { name: 'hard_sigmoid', x: 3, derivative: 0 },
  { name: 'hard_sigmoid', x: -3, derivative: 0 },
  { name: 'hard_silu', x: 3, derivative: 1 },
  { name: 'hard_silu', x: -3, derivative: 0 },
  { name: 'sparse_sigmoid', x: 1, derivative: 0 },
  { name: 'sparse_plus', x: 1, derivative: 1 },
  { name: 'hard_shrink', x: 0.5, derivative: 0 },
  { name: 'soft_shrink', x: -0.5, derivative: 0 },
  { name: 'threshold', args: { threshold: 1, default_value: 5 }, x: 1, derivative: 0 },
];

/** Values at the ends, where a float64 formula is no help. */
export const LIMITS: readonly { readonly name: activations.ActivationName; readonly x: number; readonly y: number }[] =
  [
    { name: 'sigmoid', x: Number.POSITIVE_INFINITY, y: 1 },
    { name: 'sigmoid', x: Number.NEGATIVE_INFINITY, y: 0 },
    { name: 'tanh', x: Number.POSITIVE_INFINITY, y: 1 },
    { name: 'tanh', x: Number.NEGATIVE_INFINITY, y: -1 },
    { name: 'relu', x: Number.NEGATIVE_INFINITY, y: 0 },
    { name: 'leaky_relu', x: Number.NEGATIVE_INFINITY, y: Number.NEGATIVE_INFINITY },
    { name: 'elu', x: Number.NEGATIVE_INFINITY, y: -1 },
    { name: 'softplus', x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY },
    { name: 'softplus', x: Number.NEGATIVE_INFINITY, y: 0 },
    { name: 'log_sigmoid', x: Number.POSITIVE_INFINITY, y: -0 },
    { name: 'log_sigmoid', x: Number.NEGATIVE_INFINITY, y: Number.NEGATIVE_INFINITY },
    { name: 'exponential', x: Number.NEGATIVE_INFINITY, y: 0 },
    { name: 'exponential', x: 89, y: Number.POSITIVE_INFINITY },
    { name: 'gelu', x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY },
    { name: 'mish', x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY },
    { name: 'silu', x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY },
    { name: 'hard_tanh', x: Number.NEGATIVE_INFINITY, y: -1 },
  ];

/** Keras' further names. */
export const ALIASES: readonly (readonly [alias: string, name: activations.ActivationName])[] = [
  ['swish', 'silu'],
  ['hard_swish', 'hard_silu'],
];

/** Those that compute along an axis, and the axes that they take, for an x of [2, 3, 4]. */
const ONE_AXIS = [0, 1, 2, -1, -2, -3];
const SEVERAL_AXES = [...ONE_AXIS, [1], [0, 2], [2, 0], [-1, -2], [0, 1, 2], null];
export const ALONG: readonly {
  readonly name: activations.ActivationName;
  readonly axes: readonly (number | readonly number[] | null)[];
}[] = [
  { name: 'softmax', axes: SEVERAL_AXES },
  { name: 'log_softmax', axes: SEVERAL_AXES },
  { name: 'sparsemax', axes: ONE_AXIS },
  { name: 'glu', axes: [0, 2, -1, -3] },
];

export interface Refusal {
  readonly what: string;
  readonly name: activations.ActivationName;
  readonly options?: unknown;
  readonly x?: unknown;
  readonly code: string;
  readonly message: RegExp;
}

export const REFUSALS: readonly Refusal[] = [
  {
    what: 'a misspelt option',
    name: 'relu',
    options: { maxvalue: 6 },
    code: 'ERR_INVALID_ARG',
    message: /`maxValue`\?/,
  },
  {
    what: 'an option of another type',
    name: 'relu',
    options: { threshold: '1' },
    code: 'ERR_INVALID_ARG',
    message: /`threshold`.*'1'/,
  },
  { what: 'a number as options', name: 'relu', options: 6, code: 'ERR_INVALID_ARG', message: /one object.*relu/ },
  { what: 'another dtype', name: 'tanh', options: { dtype: 'float16' }, code: 'ERR_INVALID_ARG', message: /`dtype`/ },
  { what: 'no numbers', name: 'tanh', x: 'abc', code: 'ERR_INVALID_ARG', message: /`x`.*'abc'/ },
  {
    what: 'an axis that is none',
    name: 'softmax',
    options: { axis: 2 },
    code: 'ERR_OUT_OF_RANGE',
    message: /`axis`.*2/,
  },
  {
    what: 'an axis between two',
    name: 'softmax',
    options: { axis: 0.5 },
    code: 'ERR_INVALID_ARG',
    message: /`axis`.*0.5/,
  },
  {
    what: 'an axis twice',
    name: 'softmax',
    options: { axis: [1, -1] },
    code: 'ERR_INVALID_ARG',
    message: /`axis`.*\[1, -1\]/,
  },
  { what: 'no axis', name: 'log_softmax', options: { axis: [] }, code: 'ERR_INVALID_ARG', message: /`axis`/ },
  {
    what: 'several axes',
    name: 'sparsemax',
    options: { axis: [0, 1] },
    code: 'ERR_INVALID_ARG',
    message: /an integer for `axis`/,
  },
  {
    what: 'an odd size',
    name: 'glu',
    x: [[1, 2, 3]],
    code: 'ERR_SHAPE_MISMATCH',
    message: /even size along axis 1.*\[1, 3\]/,
  },
  {
    what: 'no threshold',
    name: 'threshold',
    options: { defaultValue: 1 },
    code: 'ERR_INVALID_ARG',
    message: /`threshold`.*undefined/,
  },
  {
    what: 'no default value',
    name: 'threshold',
    options: { threshold: 1 },
    code: 'ERR_INVALID_ARG',
    message: /`defaultValue`/,
  },
  {
    what: 'an alpha of 0',
    name: 'celu',
    options: { alpha: 0 },
    code: 'ERR_OUT_OF_RANGE',
    message: /above 0 for `alpha`/,
  },
  {
    what: 'a number for a switch',
    name: 'gelu',
    options: { approximate: 1 },
    code: 'ERR_INVALID_ARG',
    message: /`approximate`/,
  },
  {
    what: "another's option",
    name: 'gelu',
    options: { alpha: 1 },
    code: 'ERR_INVALID_ARG',
    message: /gelu knows: approximate/,
  },
  { what: 'a number, which has no axis', name: 'softmax', x: 3, code: 'ERR_OUT_OF_RANGE', message: /`axis`/ },
];
