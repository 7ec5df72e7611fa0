import { isPlainObject } from '../../check';
import { Dataset } from '../../data';
import { LIMITS } from '../../limits';
import { copied, isTypedArray, type Shape, Tensor, type TypedArray } from '../../tensor';

/** Numbers; more take longer to copy than all else that a run begins with. */
const MOST = 2 ** 14;

/**
 * A copy of the data that a call was given, for work that begins later, as callers may use their arrays meanwhile; null
 * where they are large, or no data at all.
 */
export function copySmall<T extends object>(data: T): T | null {
  try {
    return new Copier().copy(data) as T;
  } catch {
    return null;
  }
}

class Copier {
  #left = MOST;

  copy(value: unknown, depth = 0): unknown {
    if (depth > LIMITS.axes) throw new RangeError('too deep');
    if (Array.isArray(value)) {
      this.#take(value.length);
      return Array.from(value, (inner) => this.copy(inner, depth + 1));
    }
    if (value instanceof Tensor) return new Tensor(this.#numbers(value.data), value.shape as Shape);
    if (isTypedArray(value)) return this.#numbers(value);
    // A data set has copied its arrays, or is read when its turn comes.
    if (value instanceof Dataset || !isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.copy(inner, depth + 1)]));
  }

  #numbers<A extends TypedArray>(numbers: A): A {
    this.#take(numbers.length);
    return copied(numbers);
  }

  #take(count: number): void {
    this.#left -= count;
    if (this.#left < 0) throw new RangeError('too many');
  }
}
