import { checkOptions } from '../check';
import { invalidArgument, shapeMismatch } from '../errors';
import type { FloatArray } from '../native';
import { dtypeOf, type FloatDtype, isShared, isTypedArray, type ShapedArray, type TypedArray } from '../tensor';

/** Arrays to write results into instead of new ones. */
export interface LossOut {
  /** As many elements as `yPred` has, of the loss' dtype, in memory that the loss does not read. */
  readonly gradient: FloatArray | ShapedArray<FloatArray>;
}

/** The array that a gradient of so many elements goes to. `read`: what the loss reads, by the arguments' names. */
export function gradientOut(
  out: LossOut,
  size: number,
  dtype: FloatDtype,
  read: Readonly<Record<string, unknown>>,
): FloatArray {
  checkOptions(out, ['gradient'], 'out');
  const data = arrayIn(out.gradient);
  const kind = dtype === 'float32' ? 'a Float32Array' : 'a Float64Array';
  if (data === null || dtypeOf(data, 'out.gradient') !== dtype)
    throw invalidArgument('out.gradient', `${kind}, as the loss computes in ${dtype},`, out.gradient);
  if (data.length !== size) {
    throw shapeMismatch('out.gradient', `${size} elements, as many as \`yPred\` has,`, [data.length]);
  }
  if (isShared(data)) throw invalidArgument('out.gradient', `${kind} of memory that no other thread has`, data);
  for (const [name, value] of Object.entries(read)) {
    const other = arrayIn(value);
    if (other !== null && shareMemory(data, other))
      throw invalidArgument('out.gradient', 'an array of its own', data, `It shares memory with \`${name}\`.`);
  }
  return data as FloatArray;
}

function arrayIn(value: unknown): TypedArray | null {
  if (isTypedArray(value)) return value;
  return typeof value === 'object' && value !== null && 'data' in value && isTypedArray(value.data) ? value.data : null;
}

function shareMemory(a: TypedArray, b: TypedArray): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  );
}
