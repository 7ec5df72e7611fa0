import { invalidArgument, outOfRange } from '../errors';
import { type ShapedArray, toShapedArray } from '../tensor';

/** What JSON calls an object. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function checkFields(value: unknown, argument: string): Fields {
  if (!isFields(value)) throw invalidArgument(argument, 'a JSON object', value);
  return value;
}

/** An own field of JSON; undefined where it is not there or null. */
export function fieldOf(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}

export function checkList(value: unknown, argument: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(argument, 'a JSON array', value);
  return value;
}

/** A list of numbers, or nested ones. Errors: `ERR_OUT_OF_RANGE` for those beyond float32, which would become infinite. */
export function checkArray(value: unknown, argument: string): ShapedArray {
  const array = toShapedArray(checkList(value, argument), argument);
  const numbers = array.data as Float64Array;
  const wrong = numbers.findIndex((n) => !Number.isFinite(Math.fround(n)));
  if (wrong === -1) return array;
  throw outOfRange(argument, 'numbers that float32 has', numbers[wrong], `It is number ${wrong}, counted from 0.`);
}

export function parseJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidArgument('body', 'JSON', text, (cause as Error).message, { cause });
  }
}
