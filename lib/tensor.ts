import { types } from 'node:util';
import { checkOneOf, checkOptions, noShape } from './check';
import { invalidArgument, outOfMemory, outOfRange, shapeMismatch } from './errors';
import { checkLimit } from './limits';
import type { FloatArray } from './native';
import { NestedReader } from './nested';
import type { ArrayOfShape, NestedArray, ShapeOf } from './shape_types';
import { allocated, isTypedArray, type Shape, type ShapedArray, sizeOf, type TypedArray } from './shaped_array';
import { showNumbers } from './tensor_text';

export type { ArrayOfShape, NestedArray, ShapeOf } from './shape_types';
export {
  type ArrayType,
  allocated,
  isTypedArray,
  type Shape,
  type ShapedArray,
  sizeOf,
  type TypedArray,
} from './shaped_array';

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;
const DTYPES = Object.keys(ARRAYS) as readonly Dtype[];
const DTYPE_OF_TAG = new Map<string, Dtype>([
  ...DTYPES.map((dtype): [string, Dtype] => [ARRAYS[dtype].name, dtype]),
  ['Uint8ClampedArray', 'uint8'],
]);
const CLASS_OF_TAG = new Map<string, new (memory: ArrayBufferLike, offset: number, size: number) => TypedArray>(
  [...Object.values(ARRAYS), Uint8ClampedArray].map((type) => [type.name, type]),
);

/** The most nested arrays, which may all be empty. */
const MOST_ARRAYS = 2 ** 26;

/** The kinds of numbers that arrays are made of. */
export type Dtype = keyof typeof ARRAYS;
/** The kinds of numbers that are computed with. */
export type FloatDtype = 'float32' | 'float64';

/**
 * Everything that is taken as data. A bare TypedArray is a vector; a list of TypedArrays is a matrix with a row for
 * each. Computing is done in float32, whatever comes in, or in float64 where an option `dtype` says so.
 */
export type TensorLike =
  | number
  | NestedArray<number | boolean>
  | TypedArray
  | readonly TypedArray[]
  | { readonly data: TypedArray; readonly shape: Shape };

/**
 * Numbers with a shape: the result of everything that computes arrays. Made by {@link tensor}. Where the number of axes
 * is known, the type of `shape` tells it: `Tensor<Float32Array, [number, number]>`.
 */
export class Tensor<A extends TypedArray = TypedArray, S extends Shape | readonly [] = Shape>
  implements ShapedArray<A>
{
  /** The numbers, row by row. */
  readonly data: A;
  /** The axes, the outermost first. */
  readonly shape: Readonly<S>;

  constructor(data: A, shape: S) {
    const known = fromParts(data, shape, 'tensor').shape;
    this.data = data;
    this.shape = Object.freeze(known) as Readonly<S>;
  }

  /** The kind of the numbers. */
  get dtype(): Dtype {
    return dtypeOf(this.data, 'data');
  }

  /** Nested arrays of numbers; the bare number where the shape is `[]`. */
  toArray(): ArrayOfShape<S> {
    return nestedOf(attached(this.data, 'tensor'), this.shape) as ArrayOfShape<S>;
  }

  /**
   * As {@link toArray}, so that `JSON.stringify` writes nested arrays; what JSON cannot hold, NaN and infinity, is null
   * there.
   */
  toJSON(): ArrayOfShape<S> {
    return this.toArray();
  }

  /** `Tensor float32 [2, 2] [[1, 2], [3, 4]]`; of many numbers the first and the last ones. */
  toString(): string {
    return `Tensor ${this.dtype} [${this.shape.join(', ')}] ${showNumbers(this)}`;
  }

  /** What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** The only element. Errors: `ERR_SHAPE_MISMATCH` where there are more or none. */
  item(): number {
    if (attached(this.data, 'tensor').length !== 1)
      throw shapeMismatch('tensor', 'exactly one element', this.shape, 'Use `toArray()`.');
    return Number(this.data[0]);
  }
}

export interface TensorOptions<S extends Shape = Shape> {
  /** The axes. Default: those of the data */
  readonly shape?: S | undefined;
  /** The kind of the numbers. Default: that of a TypedArray, else 'float32' */
  readonly dtype?: Dtype | undefined;
}

/**
 * Makes a tensor: numbers and a shape. A TypedArray is kept, not copied, where it has the wanted type already.
 *
 * Shapes: `shape` must hold as many elements as `data`. Defaults: `shape` that of `data`; `dtype` that of a TypedArray,
 * float32 for numbers and booleans. Errors: `ERR_INVALID_ARG` for ragged arrays and for what is not a number,
 * `ERR_SHAPE_MISMATCH` for a shape of another size.
 *
 * @example
 * ```ts
 * tensor(new Uint8Array([1, 2, 3, 4]), { shape: [2, 2] }).toArray(); // [[1, 2], [3, 4]]
 * ```
 */
export function tensor<D extends TensorLike, S extends Shape | readonly [] = ShapeOf<D>>(
  data: D,
  options: TensorOptions<S> = {},
): Tensor<TypedArray, S> {
  checkOptions(options, ['shape', 'dtype'], 'tensor');
  const dense = toShapedArray(data, 'data');
  const typed = typeof data === 'object' && !Array.isArray(data);
  const own = typed ? dtypeOf(dense.data, 'data') : 'float32';
  const dtype = options.dtype === undefined ? own : checkOneOf(options.dtype, 'dtype', DTYPES);
  const shape = options.shape === undefined ? dense.shape : checkShape(options.shape, 'shape');
  if (sizeOf(shape) !== dense.data.length) {
    throw shapeMismatch('shape', `a shape of ${dense.data.length} elements`, shape);
  }
  return new Tensor(convert(dense.data, dtype), shape as Shape as S);
}

/**
 * Data as it stands: a typed array (uncopied where it was one; float64 for numbers) and its shape. `copiesShared`: whether
 * memory that another thread may write while it is read is copied.
 */
export function toShapedArray(value: unknown, argument: string, copiesShared = true): ShapedArray {
  if (typeof value === 'number' || typeof value === 'boolean')
    return { data: Float64Array.of(Number(value)), shape: [] };
  if (Array.isArray(value)) return fromNested(value, argument, 'float64');
  if (isTypedArray(value)) {
    const data = attached(value, argument, copiesShared);
    return { data, shape: [data.length] };
  }
  if (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value) {
    return fromParts(value.data, value.shape, argument, copiesShared);
  }
  const isStream = typeof value === 'function' || (typeof value === 'object' && value !== null && 'next' in value);
  const fix = isStream ? 'A stream is passed as dataset(source).' : '';
  throw invalidArgument(argument, 'an array of numbers, a TypedArray or { data, shape }', value, fix);
}

/** Data as float32 or float64; a typed array that has this type already passes through. */
export function toFloats(value: unknown, dtype: 'float32', argument: string): ShapedArray<Float32Array>;
export function toFloats(value: unknown, dtype: FloatDtype, argument: string): ShapedArray<FloatArray>;
export function toFloats(value: unknown, dtype: FloatDtype, argument: string): ShapedArray<FloatArray> {
  if (Array.isArray(value)) return fromNested(value, argument, dtype);
  const dense = toShapedArray(value, argument);
  return { data: floatsOf(dense.data, dtype), shape: dense.shape };
}

export function floatsOf(data: TypedArray, dtype: 'float32'): Float32Array;
export function floatsOf(data: TypedArray, dtype: FloatDtype): FloatArray;
export function floatsOf(data: TypedArray, dtype: FloatDtype): FloatArray {
  if (dtype === dtypeOf(data, 'data')) return data as FloatArray;
  const numbers = isBigInt(data) ? Array.from(data, Number) : data;
  return dtype === 'float32' ? new Float32Array(numbers) : new Float64Array(numbers);
}

/** An array of the same type and length. */
export function zerosLike(data: TypedArray): TypedArray {
  return allocated<TypedArray>(ARRAYS[dtypeOf(data, 'data')], [data.length]);
}

export function floatsOfSize(size: number, dtype: FloatDtype): FloatArray {
  return dtype === 'float32' ? allocated(Float32Array, [size]) : allocated(Float64Array, [size]);
}

/** By its tag, as `instanceof` fails for arrays of another realm (`vm`, some test runners). */
export function dtypeOf(data: TypedArray, argument: string): Dtype {
  const dtype = DTYPE_OF_TAG.get(data[Symbol.toStringTag]);
  if (dtype === undefined) throw invalidArgument(argument, `a TypedArray of ${DTYPES.join(', ')}`, data);
  return dtype;
}

export function floatDtypeOf(data: FloatArray): FloatDtype {
  return dtypeOf(data, 'data') as FloatDtype;
}

export function isBytes(value: unknown): value is Uint8Array {
  return isTypedArray(value) && value[Symbol.toStringTag] === 'Uint8Array';
}

export function checkShape(shape: unknown, argument: string): Shape {
  if (!Array.isArray(shape)) throw noShape(argument, shape);
  checkLimit('axes', shape.length, argument);
  const sizes: number[] = [];
  for (const size of shape as readonly unknown[]) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size)) {
      throw invalidArgument(argument, 'an array of integers', size);
    }
    if (size < 0) throw outOfRange(argument, 'sizes of at least 0', size);
    sizes.push(size);
  }
  return sizes;
}

function fromParts(data: unknown, shape: unknown, argument: string, copiesShared = true): ShapedArray {
  if (!isTypedArray(data))
    throw invalidArgument(`${argument}.data`, 'a TypedArray', data, 'Make one: Float32Array.from(data).');
  const known = checkShape(shape, `${argument}.shape`);
  const numbers = attached(data, `${argument}.data`, copiesShared);
  if (sizeOf(known) !== numbers.length) {
    throw shapeMismatch(`${argument}.shape`, `a shape of ${numbers.length} elements`, known);
  }
  return { data: numbers, shape: known };
}

function attached(data: TypedArray, argument: string, copiesShared = true): TypedArray {
  dtypeOf(data, argument);
  if (data.length === 0 && isDetached(data.buffer)) {
    throw invalidArgument(argument, 'a TypedArray whose buffer is attached', data, 'Its buffer was transferred.');
  }
  return copiesShared && isShared(data) ? copied(data) : asBuiltIn(data);
}

/**
 * An array of the built-in class on the same memory. Methods such as `slice` call the `constructor` of an array, which may be
 * anything where a caller made it; the `slice` of a Buffer does not even copy.
 */
function asBuiltIn<A extends TypedArray>(data: A): A {
  const type = CLASS_OF_TAG.get(data[Symbol.toStringTag]);
  if (type === undefined) return data;
  if (Object.getPrototypeOf(data) === type.prototype && !Object.hasOwn(data, 'constructor')) return data;
  return new type(data.buffer, data.byteOffset, data.length) as A;
}

export function copied<A extends TypedArray>(data: A): A {
  return asBuiltIn(data).slice() as A;
}

/** Asks the array itself, as a property that the caller added may say otherwise. */
export function isShared(data: TypedArray): boolean {
  return types.isSharedArrayBuffer(Reflect.get(TYPED_ARRAY, 'buffer', data));
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

function fromNested(value: readonly unknown[], argument: string, dtype: FloatDtype): ShapedArray<FloatArray> {
  const reader = new NestedReader<FloatArray>(value, argument, ARRAYS[dtype]);
  reader.read();
  return { data: reader.data, shape: reader.shape };
}

function nestedOf(data: TypedArray, shape: Shape): NestedArray<number> {
  let arrays = 1;
  for (const length of shape.slice(0, -1)) {
    arrays *= length;
    if (arrays > MOST_ARRAYS) throw outOfMemory('tensor', shape);
  }
  return nest(data, shape, 0);
}

function nest(data: TypedArray, shape: Shape, start: number): NestedArray<number> {
  const [length, ...inner] = shape;
  if (length === undefined) return Number(data[start]);
  if (inner.length === 0) return Array.from(data.subarray(start, start + length), Number);
  const step = sizeOf(inner);
  return Array.from({ length }, (_, i) => nest(data, inner, start + i * step));
}

export function isBigInt(data: TypedArray): data is BigInt64Array | BigUint64Array {
  return dtypeOf(data, 'data').endsWith('int64');
}

function convert(data: TypedArray, dtype: Dtype): TypedArray {
  if (dtypeOf(data, 'data') === dtype) return data;
  if (dtype === 'int64') return BigInt64Array.from(integers(data));
  if (dtype === 'uint64') return BigUint64Array.from(integers(data));
  return new ARRAYS[dtype](isBigInt(data) ? Array.from(data, Number) : data);
}

function integers(data: TypedArray): bigint[] {
  return Array.from<number | bigint, bigint>(data, (value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw outOfRange('data', 'integers', value);
    return BigInt(typeof value === 'number' ? Math.trunc(value) : value);
  });
}
