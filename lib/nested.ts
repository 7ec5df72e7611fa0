import { isPlainObject } from './check';
import { invalidArgument } from './errors';
import { LIMITS } from './limits';
import type { FloatArray } from './native_kernels';
import { type ArrayType, allocated, isTypedArray, type Shape, type ShapedArray } from './shaped_array';

/** The shape of nested arrays, by the first of each level. Errors: `ERR_INVALID_ARG` for too many levels. */
export function nestedShape(value: readonly unknown[], argument: string): Shape {
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level) || isTypedArray(level); level = level[0]) {
    // An array that holds itself has no end.
    if (shape.length === LIMITS.axes)
      throw invalidArgument(argument, `arrays nested at most ${LIMITS.axes} deep`, value);
    shape.push(level.length);
  }
  return shape;
}

/** Copies nested arrays, each level checked against the shape of the first rows: at once, or piece by piece. */
export class NestedReader<A extends FloatArray = FloatArray> implements ShapedArray<A> {
  readonly shape: Shape;
  readonly data: A;
  /** The arrays that are being read, from the outermost one in, and the index that is next in each. */
  readonly #levels: ArrayLike<unknown>[];
  readonly #indices = [0];
  #filled = 0;

  constructor(
    value: readonly unknown[],
    private readonly argument: string,
    type: ArrayType<A>,
  ) {
    this.shape = nestedShape(value, argument);
    this.data = allocated(type, this.shape, argument);
    this.#levels = [value];
  }

  /** Reads that many more numbers. Returns whether all are read. */
  read(most = Number.POSITIVE_INFINITY): boolean {
    const end = this.#filled + most;
    const last = this.shape.length - 1;
    while (this.#levels.length > 0) {
      if (this.#filled >= end) return false;
      const axis = this.#levels.length - 1;
      const [index, length] = [this.#indices[axis] as number, this.shape[axis] as number];
      if (index === length) this.#leave();
      else if (axis < last) this.#enter(axis, index);
      else this.#readNumbers(axis, index, Math.min(length, index + end - this.#filled));
    }
    return true;
  }

  #enter(axis: number, index: number): void {
    const inner = this.#levels[axis]?.[index];
    const length = this.shape[axis + 1];
    if (!(Array.isArray(inner) || isTypedArray(inner)) || inner.length !== length) {
      const expected = `an array of ${length} like its neighbours`;
      throw invalidArgument(this.#path(), expected, inner, 'Nested arrays must not be ragged.');
    }
    this.#levels.push(inner);
    this.#indices.push(0);
  }

  #leave(): void {
    this.#levels.pop();
    this.#indices.pop();
    if (this.#levels.length > 0) (this.#indices[this.#levels.length - 1] as number)++;
  }

  #readNumbers(axis: number, from: number, to: number): void {
    const row = this.#levels[axis] as ArrayLike<unknown>;
    const { data } = this;
    const start = this.#filled - from;
    for (let i = from; i < to; i++) {
      const value = row[i];
      data[start + i] = typeof value === 'number' ? value : this.#number(value, axis, i);
    }
    this.#filled += to - from;
    this.#indices[axis] = to;
  }

  #number(value: unknown, axis: number, index: number): number {
    if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
    this.#indices[axis] = index;
    throw invalidArgument(this.#path(), 'a number', value, fixOf(value));
  }

  #path(): string {
    return this.argument + this.#indices.map((index) => `[${index}]`).join('');
  }
}

/** What to do with what stands in the place of a number. */
function fixOf(value: unknown): string {
  if (typeof value === 'string') {
    return value.trim() !== '' && Number.isFinite(Number(value))
      ? 'It is a string: convert it with Number.'
      : 'Give each class a number, such as its index in a list of names: names.indexOf(label).';
  }
  if (value === null || value === undefined) return 'Fill in what is missing, or leave its row out.';
  return isPlainObject(value) ? 'List the values of each row in an array.' : '';
}
