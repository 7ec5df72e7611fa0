import { invalidArgument } from '../errors';
import { dtypeOf, isTypedArray, Tensor, type TypedArray } from '../tensor';

/** What the collectives take: floats, in a typed array or a tensor. */
export type Floats = Float32Array | Float64Array | Tensor;

export function floatsOf(array: Floats): Float32Array | Float64Array {
  const data = dataOf(array);
  const dtype = dtypeOf(data, 'array');
  if (dtype === 'float32' || dtype === 'float64') return data as Float32Array | Float64Array;
  throw invalidArgument('array', 'a Float32Array, a Float64Array or a tensor of floats', array);
}

export function dataOf(array: TypedArray | Tensor): TypedArray {
  if (array instanceof Tensor) return array.data;
  if (isTypedArray(array)) return array;
  throw invalidArgument('array', 'a typed array or a tensor', array);
}

/** A copy in memory that the caller cannot take away. */
export function copyOf(floats: Float32Array | Float64Array): Float32Array | Float64Array {
  const { buffer } = bytesOf(floats).slice();
  return dtypeOf(floats, 'array') === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
}

export function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  // A transferred buffer cannot be looked at.
  return byteLength === 0 ? new Uint8Array(0) : new Uint8Array(buffer, byteOffset, byteLength);
}

/** Writes what the processes exchanged; meanwhile the array may have been transferred or resized. */
export function writeBack(exchanged: TypedArray, array: TypedArray): void {
  const [from, to] = [bytesOf(exchanged), bytesOf(array)];
  if (to.length !== from.length) {
    throw invalidArgument('array', `an array that keeps its ${from.length} bytes until all have exchanged them`, array);
  }
  to.set(from);
}
