import { corruptFile, InWords, unsupported } from '../../errors';
import { fromBfloat16, fromFloat16 } from '../../files/half';
import type { TensorProto } from '../../files/onnx';
import type { FileArray } from '../../files/tree';
import { checkLimit } from '../../limits';
import { sizeOf, type TypedArray } from '../../tensor';

interface Stored {
  readonly size: number;
  readonly raw: (buffer: ArrayBuffer) => TypedArray;
  readonly list: (tensor: TensorProto) => TypedArray;
}

const ofInt32 = (
  type: { new (buffer: ArrayBuffer): TypedArray; from(values: readonly number[]): TypedArray },
  size: number,
): Stored => ({ size, raw: (buffer) => new type(buffer), list: ({ int32Data }) => type.from(int32Data) });
const ofHalf = (read: (halves: Uint16Array) => Float32Array): Stored => ({
  size: 2,
  raw: (buffer) => read(new Uint16Array(buffer)),
  list: ({ int32Data }) => read(Uint16Array.from(int32Data)),
});

/** By `TensorProto.DataType`. */
const TYPES: ReadonlyMap<number, Stored> = new Map([
  [1, { size: 4, raw: (buffer) => new Float32Array(buffer), list: ({ floatData }) => Float32Array.from(floatData) }],
  [2, ofInt32(Uint8Array, 1)],
  [3, ofInt32(Int8Array, 1)],
  [6, ofInt32(Int32Array, 4)],
  [
    7,
    {
      size: 8,
      raw: (buffer) => new BigInt64Array(buffer),
      list: ({ int64Data }) => BigInt64Array.from(int64Data, (value) => BigInt(Math.trunc(value))),
    },
  ],
  [9, ofInt32(Uint8Array, 1)],
  [10, ofHalf(fromFloat16)],
  [11, { size: 8, raw: (buffer) => new Float64Array(buffer), list: ({ doubleData }) => Float64Array.from(doubleData) }],
  [16, ofHalf(fromBfloat16)],
]);

const EXTERNAL = 1;

/** The numbers of a tensor. Errors: `ERR_CORRUPT_FILE`, and `ERR_UNSUPPORTED` for what is not in the file or no numbers. */
export function readTensor(tensor: TensorProto, where: string): FileArray {
  const place = `\`${(tensor.name ?? '').slice(0, 60)}\` of ${where}`;
  const { dims: shape, rawData, dataType = 0 } = tensor;
  if (tensor.dataLocation === EXTERNAL) {
    const fix = 'Export it with all weights inside: PyTorch takes `external_data=False`.';
    throw unsupported('weights', `numbers in the file for ${place}`, new InWords('external data'), fix);
  }
  const stored = TYPES.get(dataType);
  if (stored === undefined) throw unsupported('dataType', `a type of numbers for ${place}`, dataType);
  checkLimit('axes', shape.length, `the shape of ${place}`);
  if (!shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0)) {
    throw corruptFile(place, 'a shape', `[${shape.slice(0, 8).join(', ')}]`);
  }
  const count = sizeOf(shape);
  if (rawData !== undefined && rawData.length !== count * stored.size) {
    throw corruptFile(place, `${count * stored.size} bytes for its shape`, String(rawData.length));
  }
  // A copy begins where numbers may begin.
  const data = rawData === undefined ? stored.list(tensor) : stored.raw(Uint8Array.from(rawData).buffer);
  if (data.length !== count) throw corruptFile(place, `${count} numbers for its shape`, String(data.length));
  return { data, shape };
}
