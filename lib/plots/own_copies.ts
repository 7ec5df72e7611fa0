// Copies of what pictures are drawn of, which can move to a thread. Large ones are made in turns of the event loop.
import type { Variable } from '../layers/variable';
import { breathe, isSpent } from '../models/run/jobs';
import { AT_ONCE, readNested } from '../models/run/nested_data';
import { NestedReader, nestedShape } from '../nested';
import {
  copied,
  type ShapedArray,
  sizeOf,
  type TensorLike,
  type TypedArray,
  toShapedArray,
  zerosLike,
} from '../tensor';

/** Numbers of a typed array that are copied at once: the pages of a new array cost more than the copy. */
const MOST_COPIED = 2 ** 18;
/** Numbers between two looks at the clock. */
const PIECE = 2 ** 15;

/** At once where they are few, so that the caller may change his arrays at once. */
export async function ownArray(value: TensorLike, argument: string): Promise<ShapedArray> {
  if (!Array.isArray(value) || sizeOf(nestedShape(value, argument)) <= AT_ONCE) {
    const { data, shape } = toShapedArray(value, argument);
    return { data: Array.isArray(value) ? data : await ownNumbers(data), shape };
  }
  const reader = new NestedReader(value, argument, Float64Array);
  await readNested(reader);
  return { data: reader.data, shape: reader.shape };
}

/** Copies even what is a view: cloning one would take all of the memory beneath it. */
async function ownNumbers(data: TypedArray): Promise<TypedArray> {
  if (data.length <= MOST_COPIED) return copied(data);
  const own = zerosLike(data);
  await inTurns(own.length, (from, to) => own.set(data.subarray(from, to) as never, from));
  return own;
}

export async function ownValues(variable: Variable): Promise<Float32Array> {
  const own = new Float32Array(variable.size);
  await inTurns(own.length, (from, to) => own.set(variable.read(from, to), from));
  return own;
}

async function inTurns(length: number, copy: (from: number, to: number) => void): Promise<void> {
  for (let from = 0; from < length; from += PIECE) {
    if (isSpent()) await breathe();
    copy(from, Math.min(length, from + PIECE));
  }
}
