import { resolveAxis } from './axes';
import { moveAxisBack, moveAxisLast } from './broadcast';
import { checkInteger, checkOptions, elementAt } from './check';
import { epsilon } from './epsilon';
import { invalidArgument, outOfRange, showShape } from './errors';
import { allocated, sizeOf, Tensor, type TensorLike, toFloats, toShapedArray } from './tensor';

export { epsilon, setEpsilon } from './epsilon';
export { setRandomSeed } from './random';
export { clearSession } from './session';

/** Options of `toCategorical`. */
export interface CategoricalOptions {
  /** Columns of the result. Default: null, the largest label plus 1 */
  readonly numClasses?: number | null | undefined;
}

export interface NormalizeOptions {
  /** Default: -1 */
  readonly axis?: number | undefined;
  /** 1: sums of magnitudes become 1; 2: lengths. Default: 2 */
  readonly order?: number | undefined;
}

/**
 * The type of the arithmetic where no option `dtype` says otherwise. It is fixed. Source: `keras.config.floatx`.
 *
 * @example
 * ```ts
 * floatx(); // "float32"
 * ```
 */
export function floatx(): 'float32' {
  return 'float32';
}

/**
 * One-hot rows of class labels.
 *
 * Shapes: `[...]`, or `[..., 1]`, becomes `[..., numClasses]`. Defaults: numClasses null, the largest label plus 1; a
 * bare number stands for it. Errors: `ERR_INVALID_ARG` for labels that are not integers, and where there are neither
 * labels nor `numClasses`; `ERR_OUT_OF_RANGE` for labels that are not classes. Source: `keras.utils.to_categorical`.
 *
 * @example
 * ```ts
 * toCategorical([0, 2]).toArray(); // [[1, 0, 0], [0, 0, 1]]
 * ```
 */
export function toCategorical(x: TensorLike, options: number | CategoricalOptions | null = {}): Tensor<Float32Array> {
  const { data, shape } = toShapedArray(x, 'x');
  const labels = Array.from(data as ArrayLike<number | bigint>, Number);
  const isBare = typeof options === 'number' || options === null;
  const given = isBare ? { numClasses: options } : options;
  checkOptions(given, ['numClasses'], 'toCategorical');
  const { numClasses = null } = given;
  const classes = numClasses === null ? classesOf(labels) : checkInteger(numClasses, 'numClasses', { min: 1 });
  const rows = shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
  const oneHot = allocated(Float32Array, [labels.length, classes], 'numClasses');
  for (const [row, label] of labels.entries()) {
    if (!Number.isInteger(label)) throw invalidArgument(`x[${row}]`, 'a class label, an integer,', label);
    if (label < 0 || label >= classes) throw outOfRange(`x[${row}]`, `a class label from 0 to ${classes - 1}`, label);
    oneHot[row * classes + label] = 1;
  }
  return new Tensor(oneHot, [...rows, classes]);
}

function classesOf(labels: readonly number[]): number {
  const fix = 'There are no labels to count it from.';
  if (labels.length === 0) throw invalidArgument('numClasses', 'the number of classes', null, fix);
  return labels.reduce((most, label) => Math.max(most, Math.floor(label) + 1), 1);
}

/**
 * Scales the vectors along an axis to length 1; vectors shorter than `epsilon()` are divided by that.
 *
 * Formula: `x / max(sum(abs(x)^order)^(1/order), epsilon())` along `axis`. Shapes: rank 1 at least. Defaults: axis -1,
 * order 2. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for an axis that x does not have, and an order below 1.
 * Source: `keras.utils.normalize`.
 *
 * @example
 * ```ts
 * normalize([[3, 4], [0, 2]]).toArray(); // [[0.6, 0.8], [0, 1]]
 * ```
 */
export function normalize(x: TensorLike, options: NormalizeOptions = {}): Tensor<Float32Array> {
  checkOptions(options, ['axis', 'order'], 'normalize');
  const order = checkInteger(options.order ?? 2, 'order', { min: 1 });
  const { data, shape } = toFloats(x, 'float64', 'x');
  const { axis: given = -1 } = options;
  const axis = resolveAxis(checkInteger(given, 'axis'), shape.length);
  if (axis === undefined) throw outOfRange('axis', `an axis of x, which is of ${showShape(shape)},`, given);
  const rows = Float64Array.from(moveAxisLast(data, shape, axis));
  const length = elementAt(shape, axis);
  const least = epsilon();
  for (let start = 0; start < sizeOf(shape); start += length) {
    const vector = rows.subarray(start, start + length);
    const norm = vector.reduce((sum, value) => sum + Math.abs(value) ** order, 0) ** (1 / order);
    for (const [i, value] of vector.entries()) vector[i] = value / Math.max(norm, least);
  }
  return new Tensor(Float32Array.from(moveAxisBack(rows, shape, axis)), shape);
}
