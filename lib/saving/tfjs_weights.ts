import { corruptFile, unsupported } from '../errors';
import { fromFloat16 } from '../files/half';
import type { FileArray } from '../files/tree';
import { checkLimit } from '../limits';
import { sizeOf } from '../tensor';
import { isFields } from './python';

/** Some weights, and the files that hold their bytes one after the other. */
export interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly group?: unknown;
  readonly quantization?: unknown;
}

const MOST_FILES = 10_000;
const SHARD_BYTES = 2 ** 22;
const SIZES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };
const WRITTEN: Readonly<Record<string, string>> = { Float32Array: 'float32', Int32Array: 'int32' };

/** The manifest of a model, whose names of files never lead out of its folder. */
export function readManifest(manifest: unknown, where: string): readonly Group[] {
  if (!Array.isArray(manifest)) throw corruptFile(where, 'a list `weightsManifest`', 'another value');
  const groups = manifest.map((group: unknown) => {
    const { paths, weights } = isFields(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights)) throw corruptFile(where, '`paths` and `weights`', 'none');
    for (const path of paths) checkName(path, where);
    return { paths, weights: weights.map((spec) => checkSpec(spec, where)) };
  });
  const files = groups.reduce((sum, { paths }) => sum + paths.length, 0);
  if (files > MOST_FILES) throw unsupported('weightsManifest', `at most ${MOST_FILES} files in ${where}`, files);
  return groups;
}

/** Errors: `ERR_CORRUPT_FILE` for what is not a name of a file in the same folder or below it. */
function checkName(path: unknown, where: string): void {
  const isName = typeof path === 'string' && path.length > 0 && path.length < 1024 && !/[\\:\0]/.test(path);
  if (isName && path.split('/').every((part) => part !== '' && part !== '..')) return;
  throw corruptFile(where, 'names of files beside it', typeof path === 'string' ? `'${path}'` : 'another value');
}

function checkSpec(spec: unknown, where: string): WeightSpec {
  const { name, shape, dtype } = isFields(spec) ? spec : {};
  const isShape = Array.isArray(shape) && shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0);
  if (typeof name !== 'string' || typeof dtype !== 'string' || !isShape) {
    throw corruptFile(where, 'the name, shape and dtype of each weight', 'another value');
  }
  checkLimit('axes', shape.length, `the shape of \`${name.slice(0, 60)}\` in ${where}`);
  return spec as WeightSpec;
}

/** The weights of a group, by name; an optimizer's are left out. Errors: `ERR_CORRUPT_FILE`, `ERR_UNSUPPORTED`. */
export function decodeGroup({ weights }: Group, bytes: Uint8Array, where: string): [string, FileArray][] {
  const arrays: [string, FileArray][] = [];
  let at = 0;
  for (const spec of weights) {
    const place = `\`${spec.name.slice(0, 60)}\` of ${where}`;
    const packed = packing(spec, place);
    const length = sizeOf(spec.shape) * (SIZES[packed.dtype] as number);
    if (!(at + length <= bytes.length)) throw corruptFile(place, `${length} bytes for its shape`, 'fewer');
    // A copy begins where numbers may begin.
    const { buffer } = bytes.slice(at, at + length);
    at += length;
    if (spec.group !== 'optimizer') arrays.push([spec.name, { shape: spec.shape, data: unpacked(buffer, packed) }]);
  }
  if (at !== bytes.length) throw corruptFile(where, `${at} bytes of weights`, String(bytes.length));
  return arrays;
}

interface Packing {
  readonly dtype: string;
  readonly scale: number;
  readonly min: number;
  readonly isRounded: boolean;
}

function packing({ dtype, quantization }: WeightSpec, place: string): Packing {
  if (!['float32', 'int32', 'bool', 'uint8'].includes(dtype)) {
    throw unsupported('dtype', `float32, int32, uint8 or bool in ${place}`, dtype);
  }
  const isRounded = dtype === 'int32';
  if (quantization === undefined) return { dtype, scale: 1, min: 0, isRounded };
  const { dtype: type, scale = 1, min = 0 } = isFields(quantization) ? quantization : {};
  if (type !== 'uint8' && type !== 'uint16' && type !== 'float16') {
    throw unsupported('quantization', `uint8, uint16 or float16 in ${place}`, type);
  }
  if (typeof scale === 'number' && typeof min === 'number') return { dtype: type, scale, min, isRounded };
  throw corruptFile(place, 'numbers for scale and min', 'other values');
}

function unpacked(buffer: ArrayBuffer, { dtype, scale, min, isRounded }: Packing): FileArray['data'] {
  if (dtype === 'float32') return new Float32Array(buffer);
  if (dtype === 'int32') return new Int32Array(buffer);
  if (dtype === 'float16') return fromFloat16(new Uint16Array(buffer));
  const steps = dtype === 'uint16' ? new Uint16Array(buffer) : new Uint8Array(buffer);
  if (scale === 1 && min === 0) return steps;
  return Float32Array.from(steps, (step) => (isRounded ? Math.round(step * scale + min) : step * scale + min));
}

/** The manifest of weights, and its files. */
export function encodeShards(
  arrays: ReadonlyMap<string, FileArray>,
  prefix: string,
): { readonly manifest: readonly Group[]; readonly files: ReadonlyMap<string, Uint8Array> } {
  const weights = [...arrays].map(([name, { data, shape }]) => {
    const dtype = WRITTEN[data.constructor.name];
    if (dtype === undefined) throw new Error(`No dtype for ${data.constructor.name}.`);
    return { name, shape, dtype };
  });
  const parts = [...arrays.values()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  const bytes = Buffer.concat(parts);
  const count = Math.ceil(bytes.length / SHARD_BYTES);
  const files = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const part = new Uint8Array(bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES));
    files.set(`${prefix}group1-shard${i + 1}of${count}.bin`, part);
  }
  return { manifest: [{ paths: [...files.keys()], weights }], files };
}
