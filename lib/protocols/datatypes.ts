import { invalidArgument, outOfRange, unsupported } from '../errors';
import type { TypedArray } from '../tensor';

interface NumberType {
  readonly type: { new (buffer: ArrayBuffer): TypedArray; readonly BYTES_PER_ELEMENT: number };
  /** The least and the greatest integer. */
  readonly range?: readonly [number, number];
}

function integers(type: NumberType['type'], isSigned: boolean): NumberType {
  const values = 2 ** (8 * type.BYTES_PER_ELEMENT);
  return { type, range: isSigned ? [-values / 2, values / 2 - 1] : [0, values - 1] };
}

/** Those of the Open Inference Protocol that hold numbers that JavaScript has arrays for. */
const DATATYPES = {
  BOOL: { type: Uint8Array, range: [0, 1] },
  UINT8: integers(Uint8Array, false),
  UINT16: integers(Uint16Array, false),
  UINT32: integers(Uint32Array, false),
  UINT64: integers(BigUint64Array, false),
  INT8: integers(Int8Array, true),
  INT16: integers(Int16Array, true),
  INT32: integers(Int32Array, true),
  INT64: integers(BigInt64Array, true),
  FP32: { type: Float32Array },
  FP64: { type: Float64Array },
} satisfies Record<string, NumberType>;

export type Datatype = keyof typeof DATATYPES;

const typeOf = (datatype: Datatype): NumberType => DATATYPES[datatype];

export function checkDatatype(value: unknown, argument: string): Datatype {
  if (typeof value === 'string' && Object.hasOwn(DATATYPES, value)) return value as Datatype;
  const known = `one of ${Object.keys(DATATYPES).join(', ')}`;
  const isOther = value === 'FP16' || value === 'BF16' || value === 'BYTES';
  throw isOther ? unsupported(argument, known, value) : invalidArgument(argument, known, value);
}

export function bytesOf(datatype: Datatype): number {
  return typeOf(datatype).type.BYTES_PER_ELEMENT;
}

/** Little-endian numbers, which may begin anywhere, in memory of their own. */
export function numbersOf(datatype: Datatype, bytes: Uint8Array): TypedArray {
  // `slice` of a Buffer would be a view.
  const { buffer } = new Uint8Array(bytes);
  return new (typeOf(datatype).type)(buffer);
}

/** Refuses numbers that the type has not, which would become others. */
export function checkNumbers(datatype: Datatype, numbers: Float64Array | Uint8Array, argument: string): void {
  const { range } = typeOf(datatype);
  if (range === undefined) return;
  const [least, greatest] = range;
  const wrong = numbers.findIndex((n) => !(Number.isInteger(n) && n >= least && n <= greatest));
  if (wrong === -1) return;
  throw outOfRange(
    `${argument}[${wrong}]`,
    `integers from ${least} to ${greatest}, as ${datatype} has,`,
    numbers[wrong],
  );
}
