import { elementAt } from '../check';
import { corruptFile, unsupported } from '../errors';
import { openBytes } from '../files/bytes';
import { LIMITS } from '../limits';
import { type Dtype, type Shape, type ShapedArray, sizeOf, type TensorLike, type TypedArray, tensor } from '../tensor';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** The header ends on a multiple of this. */
const ALIGNMENT = 64;
/** Only records have longer ones; numpy itself trusts 10,000 bytes. */
const MOST_HEADER = 2 ** 16;

/** What a type of numpy is called, without its byte order, and the array that holds it. */
const TYPES = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  u1: Uint8Array,
  b1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
} as const;

const CODES: Readonly<Record<Dtype, keyof typeof TYPES>> = {
  float32: 'f4',
  float64: 'f8',
  int8: 'i1',
  uint8: 'u1',
  int16: 'i2',
  uint16: 'u2',
  int32: 'i4',
  uint32: 'u4',
  int64: 'i8',
  uint64: 'u8',
};

interface Header {
  readonly code: keyof typeof TYPES;
  readonly isBigEndian: boolean;
  readonly isFortran: boolean;
  readonly shape: Shape;
  /** Where the numbers begin. */
  readonly end: number;
}

/** The bytes of a `.npy` file, for {@link writeNpy} and for other places than files. */
export function npyBytes(data: TensorLike): Uint8Array {
  const { data: numbers, shape, dtype } = tensor(data);
  const code = CODES[dtype];
  const order = numbers.BYTES_PER_ELEMENT === 1 ? '|' : '<';
  const list = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': ${list}, }`;
  const prefix = MAGIC.length + 4;
  const padding = ALIGNMENT - 1 - ((prefix + text.length) % ALIGNMENT);
  const header = Buffer.from(`${text}${' '.repeat(padding)}\n`, 'latin1');
  const start = Buffer.alloc(4);
  start[0] = 1;
  start.writeUInt16LE(header.length, 2);
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return new Uint8Array(Buffer.concat([MAGIC, start, header, bytes]));
}

/** An array that numpy wrote, of a path or the bytes of the file. */
export async function decodeNpy(source: string | Uint8Array, where: string): Promise<ShapedArray> {
  const bytes = await openBytes(source, where);
  try {
    const start = Buffer.from(await bytes.slice(0, Math.min(bytes.size, 12 + MOST_HEADER)));
    const { code, isBigEndian, isFortran, shape, end } = readHeader(start, bytes.size, where);
    const type = TYPES[code];
    const size = sizeOf(shape);
    if (!Number.isSafeInteger(size) || bytes.size - end !== size * type.BYTES_PER_ELEMENT) {
      const expected = `${size * type.BYTES_PER_ELEMENT} bytes of numbers, as its header says,`;
      throw corruptFile(where, expected, `${bytes.size - end}`);
    }
    const own = await bytes.slice(end);
    if (isBigEndian) swapBytes(Buffer.from(own), type.BYTES_PER_ELEMENT);
    const numbers = new type(own, 0, size);
    return { data: isFortran ? rowsFirst(numbers, shape) : numbers, shape };
  } finally {
    await bytes.close();
  }
}

function readHeader(bytes: Buffer, size: number, where: string): Header {
  const { text, end } = headerText(bytes, size, where);
  // A list of fields is refused anyway: to look for its end could take the square of the header's length.
  const [, descr] = /'descr'\s*:\s*('[^']*'|\[)/.exec(text) ?? [];
  const [, order] = /'fortran_order'\s*:\s*(True|False)/.exec(text) ?? [];
  const [, list] = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(text) ?? [];
  if (descr === undefined || order === undefined || list === undefined) {
    throw corruptFile(where, 'a header with descr, fortran_order and shape', `'${text.slice(0, 60)}'`);
  }
  const [, endian, code] = /^'([<>|=])(\w\d)'$/.exec(descr) ?? [];
  if (!isCode(code)) {
    throw unsupported(
      'source',
      `numbers that fit a TypedArray in ${where}`,
      descr === '[' ? text.slice(text.indexOf('[')) : descr,
      "Save it `.astype('float32')`.",
    );
  }
  const shape = list.split(',', LIMITS.axes + 2).filter((part) => part.trim() !== '');
  if (shape.length > LIMITS.axes) throw corruptFile(where, `at most ${LIMITS.axes} axes`, 'more');
  return { code, isBigEndian: endian === '>', isFortran: order === 'True', shape: shape.map(Number), end };
}

function isCode(code: string | undefined): code is keyof typeof TYPES {
  return code !== undefined && Object.hasOwn(TYPES, code);
}

/** The dictionary before the numbers, and where it ends. */
function headerText(bytes: Buffer, size: number, where: string): { readonly text: string; readonly end: number } {
  if (bytes.length < 12 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw corruptFile(where, 'an array of numpy', bytes.length < 12 ? `${bytes.length} bytes` : 'other contents');
  }
  const version = elementAt(bytes, MAGIC.length);
  if (version < 1 || version > 3) throw corruptFile(where, 'the format 1, 2 or 3', String(version));
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end - start > MOST_HEADER) {
    throw unsupported('source', `a header of at most ${MOST_HEADER} bytes in ${where}`, end - start);
  }
  if (end > size) throw corruptFile(where, `a header of ${end} bytes`, `${size} bytes`);
  return { text: bytes.toString('latin1', start, end), end };
}

function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else if (size === 8) bytes.swap64();
}

/** Numbers whose first index runs fastest, in the order in which the last one does. */
function rowsFirst<A extends TypedArray>(numbers: A, shape: Shape): A {
  const out = numbers.slice() as A;
  // Without axes of one, which change nothing, an element takes two steps of the inner loop at most, on average.
  const sizes = shape.filter((size) => size !== 1);
  const strides = sizes.map((_, axis) => sizeOf(sizes.slice(0, axis)));
  const index = sizes.map(() => 0);
  let from = 0;
  for (let at = 0; at < out.length; at++) {
    out[at] = numbers[from] as never;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const [size, stride] = [elementAt(sizes, axis), elementAt(strides, axis)];
      from += stride;
      index[axis] = elementAt(index, axis) + 1;
      if (elementAt(index, axis) < size) break;
      from -= size * stride;
      index[axis] = 0;
    }
  }
  return out;
}
