import { sameShape } from '../broadcast';
import { invalidArgument, shapeMismatch } from '../errors';
import {
  isBigInt,
  isBytes,
  isTypedArray,
  type Shape,
  type ShapedArray,
  sizeOf,
  type TensorLike,
  toShapedArray,
} from '../tensor';
import { isMissing, isShaped, mapParts, type Parts, partOf } from './parts';

/** A sample, or a batch of them, with its target and its weight, where it has them. */
export interface Element {
  /** Inputs. */
  readonly x: Parts;
  /** Targets. */
  readonly y?: Parts | null | undefined;
  /** How much it counts. */
  readonly sampleWeight?: Parts | null | undefined;
}

/** What a source may yield: an array is always `[x, y, sampleWeight]`, anything without an `x` of its own is the `x`. */
export type ElementLike =
  | Element
  | readonly [x: Parts]
  | readonly [x: Parts, y: Parts]
  | readonly [x: Parts, y: Parts, sampleWeight: Parts]
  | Exclude<TensorLike, readonly unknown[]>;

export function toElement(value: unknown, argument: string): Element {
  if (Array.isArray(value)) {
    if (value.length === 0 || value.length > 3) {
      const fix = 'A single vector is written [[1, 2, 3]], or as a TypedArray.';
      throw invalidArgument(argument, '[x], [x, y] or [x, y, sampleWeight]', value, fix);
    }
    return { x: value[0], y: value[1], sampleWeight: value[2] };
  }
  if (typeof value === 'object' && value !== null && 'x' in value) return value as Element;
  if (typeof value === 'number' || isTypedArray(value) || isShaped(value)) return { x: value as TensorLike };
  throw invalidArgument(argument, 'an element: { x, y, sampleWeight } or [x, y, sampleWeight]', value);
}

/** Refuses numbers alone, which are a row to whoever writes them, and were x, y and a weight to us. */
export function checkNoRow(value: unknown, argument: string): unknown {
  if (!Array.isArray(value) || value.length < 2 || value.some((one) => typeof one !== 'number')) return value;
  const fix =
    'A row is `{ x: [...] }`, `[[...]]` or a TypedArray; where one number is the sample and others its target and weight, ' +
    'write `{ x, y, sampleWeight }`.';
  throw invalidArgument(argument, 'an element whose parts are named', value, fix);
}

/** Puts rows one below the other: a batch. All must have what the first has, in its shape. */
export function stackRows(rows: readonly Element[], first: number): Element {
  const stack = (key: keyof Element): Parts<ShapedArray> | undefined => {
    const without = rows.findIndex((row) => isMissing(row[key]));
    if (rows.every((row) => isMissing(row[key]))) return undefined;
    if (without !== -1) {
      throw invalidArgument(
        `${rowName(first + without)}.${key}`,
        'a value as in the other rows of the batch',
        undefined,
      );
    }
    const values = rows.map((row) => row[key]);
    return mapParts(values[0] as Parts, '', (_, path, part) => {
      const name = (i: number): string => `${rowName(first + i)}.${key}${path}`;
      return stackValues(
        values.map((value, i) => toShapedArray(partOf(value, part, name(i)), name(i))),
        name,
      );
    });
  };
  const x = stack('x');
  if (x === undefined) throw invalidArgument(`${rowName(first)}.x`, 'numbers', undefined);
  return { x, y: stack('y'), sampleWeight: stack('sampleWeight') };
}

function stackValues(values: readonly ShapedArray[], name: (index: number) => string): ShapedArray {
  const shape: Shape = values[0]?.shape ?? [];
  const size = sizeOf(shape);
  const bytes = values.every(({ data }) => isBytes(data));
  // Bytes stay bytes; native code computes everything else in float32.
  const data = new (bytes ? Uint8Array : Float32Array)(values.length * size);
  for (const [i, value] of values.entries()) {
    if (!sameShape(value.shape, shape)) {
      throw shapeMismatch(name(i), `the shape [${shape.join(', ')}] of the first row of its batch`, value.shape);
    }
    const numbers = value.data;
    data.set(isBigInt(numbers) ? Array.from(numbers, Number) : numbers, i * size);
  }
  return { data, shape: [values.length, ...shape] };
}

function rowName(index: number): string {
  return `row[${index}]`;
}
