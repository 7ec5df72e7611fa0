import type { Args } from './golden';

export interface ActivationRow {
  /** Keras' name. */
  readonly name: string;
  /** Keras' arguments. */
  readonly args?: Args;
  /** Where the derivative jumps. */
  readonly kinks?: readonly number[];
  /** Computed along an axis, not element by element. */
  readonly alongAxis?: boolean;
  /** The largest error, in roundings of the result. Default: 4 */
  readonly ulps?: number;
  /** Results below it may be off by as much as if they were as large, for float32 and float64. Default: 0 */
  readonly floors?: readonly [float32: number, float64: number];
}

export const ROWS: readonly ActivationRow[] = [
  { name: 'linear', ulps: 0 },
  { name: 'relu', kinks: [0], ulps: 0 },
  { name: 'relu', args: { max_value: 6, threshold: 1 }, kinks: [1, 6], ulps: 0 },
  { name: 'relu', args: { negative_slope: 0.1, max_value: 2, threshold: 0.5 }, kinks: [0.5, 2] },
  { name: 'relu', args: { threshold: -1 }, kinks: [-1], ulps: 0 },
  { name: 'sigmoid' },
  { name: 'softmax', alongAxis: true, floors: [0.1, 0.1] },
  { name: 'tanh' },
];

/** The derivative where it jumps. */
export const AT_KINKS: readonly (ActivationRow & { readonly x: number; readonly derivative: number })[] = [
  { name: 'relu', x: 0, derivative: 0 },
  { name: 'relu', args: { negative_slope: 0.5 }, x: 0, derivative: 0 },
  { name: 'relu', args: { max_value: 6 }, x: 6, derivative: 0 },
];

/** One value of each kind that no float64 formula is needed for. */
export const LIMITS: readonly { readonly name: string; readonly x: number; readonly y: number }[] = [
  { name: 'sigmoid', x: 0, y: 0.5 },
  { name: 'sigmoid', x: Number.POSITIVE_INFINITY, y: 1 },
  { name: 'sigmoid', x: Number.NEGATIVE_INFINITY, y: 0 },
  { name: 'tanh', x: Number.POSITIVE_INFINITY, y: 1 },
  { name: 'tanh', x: Number.NEGATIVE_INFINITY, y: -1 },
];

export interface Refusal {
  readonly what: string;
  readonly name: string;
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
  { what: 'a number, which has no axis', name: 'softmax', x: 3, code: 'ERR_OUT_OF_RANGE', message: /`axis`/ },
];
