import { corruptFile, unsupported } from '../errors';
import { checkLimit } from '../limits';
import { sizeOf, type TypedArray } from '../tensor';
import { fromBfloat16, fromFloat16 } from './half';
import type { Bytes } from './stream';
import type { FileArray } from './tree';

/** Named arrays after a header of JSON; see https://github.com/huggingface/safetensors. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly arrays: ReadonlyMap<string, FileArray>;
}

interface Stored {
  readonly size: number;
  readonly read: (buffer: ArrayBuffer) => TypedArray;
}

const stored = (type: { new (buffer: ArrayBuffer): TypedArray; readonly BYTES_PER_ELEMENT: number }): Stored => {
  return { size: type.BYTES_PER_ELEMENT, read: (buffer) => new type(buffer) };
};

const DTYPES: ReadonlyMap<string, Stored> = new Map([
  ['F64', stored(Float64Array)],
  ['F32', stored(Float32Array)],
  ['F16', { size: 2, read: (buffer) => fromFloat16(new Uint16Array(buffer)) }],
  ['BF16', { size: 2, read: (buffer) => fromBfloat16(new Uint16Array(buffer)) }],
  ['I64', stored(BigInt64Array)],
  ['U64', stored(BigUint64Array)],
  ['I32', stored(Int32Array)],
  ['U32', stored(Uint32Array)],
  ['I16', stored(Int16Array)],
  ['U16', stored(Uint16Array)],
  ['I8', stored(Int8Array)],
  ['U8', stored(Uint8Array)],
  ['BOOL', stored(Uint8Array)],
]);
const WRITTEN: Readonly<Record<string, string>> = { Float32Array: 'F32', Float64Array: 'F64', Int32Array: 'I32' };

const LENGTH = 8;
const METADATA = '__metadata__';

export function encodeSafetensors({ metadata, arrays }: Safetensors): Bytes {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let end = 0;
  for (const [name, { data, shape }] of arrays) {
    const dtype = WRITTEN[data.constructor.name];
    if (dtype === undefined) throw new Error(`No dtype for ${data.constructor.name}.`);
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const begin = LENGTH + Math.ceil(text.length / LENGTH) * LENGTH;
  const bytes = new Uint8Array(begin + end).fill(0x20, LENGTH, begin);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(begin - LENGTH), true);
  bytes.set(text, LENGTH);
  let at = begin;
  for (const { data } of arrays.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * All arrays of a file, in the order of its header; half precision becomes float32. `parse` reads the header. Errors:
 * `ERR_CORRUPT_FILE`, also where arrays overlap or leave gaps, whose contents are unknown; `ERR_UNSUPPORTED` for types
 * that have no numbers here.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  where: string,
  parse: (text: string) => Readonly<Record<string, unknown>>,
): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < LENGTH ? 0 : Number(view.getBigUint64(0, true));
  if (length < 2 || length > bytes.length - LENGTH) {
    throw corruptFile(where, 'a header within the file', `one of ${length} bytes`);
  }
  checkLimit('bytes', length, `the header of ${where}`);
  const { [METADATA]: metadata = {}, ...header } = parse(textOf(bytes.subarray(LENGTH, LENGTH + length), where));
  const body = bytes.subarray(LENGTH + length);
  const entries = Object.entries(header).map(([name, entry]) => entryOf(name, entry, body.length, where));
  checkPlaces(entries, body.length, where);
  const arrays = entries.map(({ name, dtype, shape, begin, end }) => {
    return [name, { shape, data: dtype.read(body.slice(begin, end).buffer) }] as const;
  });
  return { metadata: checkMetadata(metadata, where), arrays: new Map(arrays) };
}

function textOf(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw corruptFile(where, 'a header of UTF-8', 'other bytes', { cause });
  }
}

function checkMetadata(metadata: unknown, where: string): Readonly<Record<string, string>> {
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  if (isObject && Object.values(metadata).every((value) => typeof value === 'string')) return { ...metadata };
  throw corruptFile(where, 'texts for metadata', 'other values');
}

interface Entry {
  readonly name: string;
  readonly dtype: Stored;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function entryOf(name: string, entry: unknown, size: number, where: string): Entry {
  const place = `\`${name.slice(0, 60)}\` of ${where}`;
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof dtype !== 'string' || !isNaturals(shape) || !isNaturals(offsets) || offsets.length !== 2) {
    throw corruptFile(place, 'dtype, shape and data_offsets', 'another value');
  }
  checkLimit('axes', shape.length, `the shape of ${place}`);
  const known = DTYPES.get(dtype);
  if (known === undefined) throw unsupported('dtype', `one of ${[...DTYPES.keys()].join(', ')} in ${place}`, dtype);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > size) throw corruptFile(place, `a part of ${size} bytes`, `from ${begin} to ${end}`);
  const wanted = sizeOf(shape) * known.size;
  if (end - begin !== wanted) throw corruptFile(place, `${wanted} bytes for its shape`, String(end - begin));
  return { name, dtype: known, shape, begin, end };
}

function isNaturals(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function checkPlaces(entries: readonly Entry[], size: number, where: string): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) {
      throw corruptFile(where, `\`${name.slice(0, 60)}\` from byte ${at}, where others end,`, `from byte ${begin}`);
    }
    at = end;
  }
  if (at !== size) throw corruptFile(where, `${at} bytes of numbers`, String(size));
}
