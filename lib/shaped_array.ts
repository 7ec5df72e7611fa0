import { outOfMemory } from './errors';

/** What is smaller is not worth asking the system for. */
const LARGE = 2 ** 28;

/** The arrays that numbers are read from. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
/** The sizes of the axes, the outermost first. */
export type Shape = readonly number[];

/** Numbers with a shape, row by row. */
export interface ShapedArray<A extends TypedArray = TypedArray> {
  /** As many numbers as the shape tells. */
  readonly data: A;
  /** The sizes of the axes. */
  readonly shape: Shape;
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !('getInt8' in value);
}

/** A class of typed arrays. */
export interface ArrayType<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (size: number): A;
}

/** Zeros. Errors: `ERR_OUT_OF_MEMORY`, where JavaScript has an error without a code. */
export function allocated<A extends TypedArray>(type: ArrayType<A>, shape: Shape, argument = 'shape'): A {
  const size = sizeOf(shape);
  // A system that promises more memory than it has ends the process once the numbers are written.
  const bytes = size * type.BYTES_PER_ELEMENT;
  if (bytes > LARGE && bytes > (process.availableMemory?.() ?? Number.POSITIVE_INFINITY))
    throw outOfMemory(argument, shape);
  try {
    return new type(size);
  } catch {
    throw outOfMemory(argument, shape);
  }
}
