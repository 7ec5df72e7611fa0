// What custom methods and functions return: errors name them, as `Mine.compute`.
import { GemsbokError, invalidArgument, shapeMismatch, showShape } from './errors';
import type { FloatArray } from './native';
import { type FloatDtype, type Shape, type ShapedArray, type TensorLike, toFloats } from './tensor';

/** How messages call a method of an object. */
export function methodOf(owner: object, method: string): string {
  return `${owner.constructor.name}.${method}`;
}

interface Expected {
  /** What to do about another shape. */
  readonly fix?: string | undefined;
  readonly dtype?: FloatDtype;
}

/** Numbers that may be of any shape. Errors: `ERR_INVALID_ARG` for anything but numbers, a promise too. */
export function returnedFloats(value: unknown, method: string): ShapedArray<Float32Array> {
  return toFloats(atOnce(value, method), 'float32', method);
}

/** Numbers of one shape; a bare array of as many counts as that. Errors: as above, `ERR_SHAPE_MISMATCH`. */
export function returnedValues(value: unknown, method: string, shape: Shape): Float32Array;
export function returnedValues(value: unknown, method: string, shape: Shape, expected: Expected): FloatArray;
export function returnedValues(value: unknown, method: string, shape: Shape, expected: Expected = {}): FloatArray {
  const { fix = `That is what \`${method}\` has to return.`, dtype = 'float32' } = expected;
  const { data, shape: found } = toFloats(atOnce(value, method), dtype, method);
  const isBare = found.length === 1 && ArrayBuffer.isView(value);
  const size = shape.reduce((product, length) => product * length, 1);
  if (found.join() === shape.join() || (isBare && data.length === size)) return data;
  throw shapeMismatch(method, `values of ${showShape(shape)}`, found, fix);
}

/** Errors: `ERR_INVALID_ARG` for what is not a number. */
export function returnedNumber(value: unknown, method: string): number {
  const given = atOnce(value, method);
  if (typeof given === 'number') return given;
  throw invalidArgument(method, 'a number', given, `That is what \`${method}\` has to return.`);
}

/** Errors: `ERR_NOT_FINITE` for NaN and infinity, which nothing that was `given` explains. */
export function checkFinite(values: ArrayLike<number>, method: string, given: readonly ArrayLike<number>[] = []): void {
  const bad = firstNonFinite(values);
  if (bad === -1 || given.some((one) => firstNonFinite(one) !== -1)) return;
  throw new GemsbokError(
    'ERR_NOT_FINITE',
    `Expected finite numbers for \`${method}\`, received ${values[bad]} at ${bad} of ${values.length}. What it was given is finite.`,
  );
}

function firstNonFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** A step does not wait: a promise is refused. Errors: `ERR_INVALID_ARG`. */
export function atOnce(value: unknown, method: string): TensorLike {
  const isPromise = typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
  if (!isPromise) return value as TensorLike;
  // What it rejects with is not heard elsewhere.
  Promise.resolve(value).catch(() => {});
  throw invalidArgument(
    method,
    'a method that is done when it returns',
    value,
    `Let \`${method}\` not be async: a step does not wait.`,
  );
}
