import { invalidArgument } from '../errors';
import { isTypedArray, type TensorLike } from '../tensor';

/**
 * A value; or one for each input or output of a model, by their names or as a list. In a data set a list is one of
 * tensors or of `{ data, shape }`, as other arrays are numbers.
 */
export type Parts<T = TensorLike> = T | readonly (T | null)[] | Readonly<Record<string, T | null>>;

/** A dictionary that `compile`, `fit`, data sets and others take by names. */
export function isByName(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !('class_name' in value || 'className' in value || isShaped(value));
}

/** A tensor or `{ data, shape }`. */
export function isShaped(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

export function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** An array of what is neither numbers nor an array of them. */
function isList(value: unknown): value is readonly unknown[] {
  const isWhole = (one: unknown): boolean => isMissing(one) || (typeof one === 'object' && !isRow(one));
  return Array.isArray(value) && value.length > 0 && value.every(isWhole);
}

function isRow(value: unknown): boolean {
  return Array.isArray(value) || isTypedArray(value);
}

/** Changes each part, which errors call by its path; those that are missing are null. */
export function mapParts<From, To>(
  parts: Parts<From>,
  argument: string,
  change: (part: From, argument: string, key: string | number | null) => To,
): Parts<To> {
  const changed = (part: unknown, path: string, key: string | number): To | null =>
    isMissing(part) ? null : change(part as From, path, key);
  if (isByName(parts)) {
    const entries = Object.entries(parts).map(([name, part]) => [name, changed(part, `${argument}.${name}`, name)]);
    return Object.fromEntries(entries);
  }
  if (isList(parts)) return Array.from(parts, (part, i) => changed(part, `${argument}[${i}]`, i));
  return change(parts as From, argument, null);
}

/** The part of this key, as {@link mapParts} returns it. */
export function partOf(parts: unknown, key: string | number | null, argument: string): unknown {
  if (key === null) return parts;
  if (typeof key === 'string' ? isByName(parts) : isList(parts))
    return (parts as Record<string | number, unknown>)[key];
  throw invalidArgument(argument, 'parts as in the other rows of the batch', parts);
}

/** Those that are there, in their order. */
export function partsIn<T>(parts: Parts<T>): T[] {
  const found: T[] = [];
  mapParts(parts, '', (part) => found.push(part));
  return found;
}
