import { checkInteger } from './check';
import { invalidArgument, outOfRange, showShape } from './errors';
import type { Shape } from './tensor';

/** One axis, or several. */
export type Axes = number | readonly number[];

/**
 * Checks what can be checked without a shape.
 *
 * Errors: `ERR_INVALID_ARG` for what is neither an integer nor an array of at least `least` integers.
 */
export function checkAxes(given: unknown, argument = 'axis', least = 1): Axes {
  if (typeof given === 'number') return checkInteger(given, argument);
  if (!Array.isArray(given) || given.length < least) {
    throw invalidArgument(argument, 'an integer, or an array of them,', given);
  }
  return Array.from(given, (axis) => checkInteger(axis, argument));
}

/** `axis` counted from the front; undefined where there is no such axis. */
export function resolveAxis(axis: number, rank: number): number | undefined {
  const resolved = axis < 0 ? axis + rank : axis;
  return resolved >= 0 && resolved < rank ? resolved : undefined;
}

/**
 * Axes counted from the front, in ascending order, of an axis or a list of them; undefined stands for the last one, null
 * for all.
 *
 * Errors: `ERR_INVALID_ARG` for what is not a list of different integers, `ERR_OUT_OF_RANGE` for an axis that the shape does not have.
 */
export function resolveAxes(given: unknown, shape: Shape, argument: string): readonly number[] {
  if (given === null) return shape.map((_, axis) => axis);
  const list: unknown[] = Array.isArray(given) ? given : [given ?? -1];
  const rank = shape.length;
  const axes = Array.from(list, (one) => {
    const resolved = resolveAxis(checkInteger(one, argument), rank);
    if (resolved === undefined) {
      throw outOfRange(argument, `an axis of an array of ${showShape(shape)}, from ${-rank} to ${rank - 1},`, one);
    }
    return resolved;
  });
  if (axes.length === 0 || new Set(axes).size < axes.length) {
    throw invalidArgument(argument, 'an axis or axes that differ', list);
  }
  return axes.sort((a, b) => a - b);
}
