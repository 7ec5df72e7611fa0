import { corruptFile, GemsbokError, InWords, unsupported } from '../errors';
import { LIMITS } from '../limits';
import { importOptional, rethrow } from '../optional';
import { isBigInt, isTypedArray, type Shape, sizeOf, type TypedArray } from '../tensor';
import { decodePlainHdf5 } from './plain_hdf5';
import { type Attribute, emptyGroup, type FileArray, type Group, isGroup } from './tree';

type Library = Awaited<ReturnType<typeof load>>;
type H5Group = InstanceType<Library['Group']>;
type Dataset = InstanceType<Library['Dataset']>;

// As h5py writes by default: superblock 0 and groups of the old style.
const VERSIONS = { libver: ['earliest', 'latest'] as ['earliest', 'latest'] };
const DTYPES: Readonly<Record<string, string>> = { Float32Array: '<f4', Float64Array: '<f8', Int32Array: '<i4' };

const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;

// Groups may contain themselves, or each other many times.
const MOST_OBJECTS = 100_000;
const MOST_STRINGS = 8192;

/** The library's memory never shrinks. */
const MOST_MEMORY = 2 ** 27;

let files = 0;
let wornOut = false;

/** Whether the library should not be used again: it met a damaged file, or has taken much memory. */
export function isWorn(): boolean {
  return wornOut;
}

/** The bytes of an HDF5 file. */
export async function encodeHdf5(root: Group): Promise<Uint8Array> {
  return withFile(await load(), new Uint8Array(0), (h5, name) => {
    const file = new h5.File(name, 'w', VERSIONS);
    writeGroup(file, root);
    file.close();
    return h5.FS?.readFile(name) as Uint8Array;
  });
}

/**
 * All groups, strings and numbers of an HDF5 file. Errors: `ERR_CORRUPT_FILE`, also where numbers are more than the file
 * can hold; `ERR_UNSUPPORTED` for what is not a plain array of numbers.
 */
export async function decodeHdf5(bytes: Uint8Array, where: string): Promise<Group> {
  const plain = decodePlainHdf5(bytes);
  if (plain !== null) return plain;
  return withFile(await load(), bytes, (h5, name) => {
    try {
      const file = new h5.File(name, 'r');
      if (file.file_id < 0n) throw corruptFile(where, 'a whole HDF5 file', 'one that cannot be opened');
      const root = new Reader(h5, bytes.length, where).group(file, 0);
      file.close();
      return root;
    } catch (error) {
      wornOut = true;
      if (error instanceof GemsbokError) throw error;
      const cause = error instanceof Error ? error.message : String(error);
      throw corruptFile(where, 'a whole HDF5 file', `one that cannot be read (${cause})`, { cause: error });
    }
  });
}

async function load() {
  const h5 = await importOptional('files of models', 'h5wasm', () => import('h5wasm').catch(rethrow));
  await h5.ready;
  return h5;
}

/** The library sees a file system of its own in memory: no link in a file leads out of it. */
function withFile<T>(h5: Library, bytes: Uint8Array, work: (h5: Library, name: string) => T): T {
  const name = `${files++}.h5`;
  h5.FS?.writeFile(name, bytes);
  try {
    return work(h5, name);
  } finally {
    h5.FS?.unlink(name);
    wornOut ||= h5.Module.HEAPU8.length > MOST_MEMORY;
  }
}

function writeGroup(into: H5Group, { attributes, children }: Group): void {
  for (const [name, value] of attributes) {
    const shape = typeof value === 'string' ? [] : [value.length];
    into.create_attribute(name, typeof value === 'string' ? value : [...value], shape, 'S');
  }
  for (const [name, node] of children) {
    if (isGroup(node)) writeGroup(into.create_group(name), node);
    else writeArray(into, name, node);
  }
}

function writeArray(into: H5Group, name: string, { data, shape }: FileArray): void {
  const dtype = DTYPES[data.constructor.name];
  if (dtype === undefined) throw new Error(`No dtype for ${data.constructor.name}.`);
  into.create_dataset({ name, data, shape: [...shape], dtype });
}

class Reader {
  readonly #h5: Library;
  readonly #where: string;
  readonly #bytes: number;
  /** Bytes of numbers that the file can still hold. */
  #room: number;
  #objects = 0;

  constructor(h5: Library, bytes: number, where: string) {
    this.#h5 = h5;
    this.#bytes = bytes;
    this.#room = bytes;
    this.#where = where;
  }

  group(group: H5Group, level: number): Group {
    const own = emptyGroup();
    if (level > LIMITS.levels) throw this.#corrupt('groups that end', `more than ${LIMITS.levels} levels`);
    for (const [name, attribute] of Object.entries(group.attrs)) {
      if (attribute.metadata.type === STRING) own.attributes.set(name, this.#strings(attribute));
    }
    for (const name of group.keys()) {
      if (++this.#objects > MOST_OBJECTS) throw this.#corrupt('fewer objects', `more than ${MOST_OBJECTS}`);
      own.children.set(name, this.#child(group, name, level));
    }
    return own;
  }

  #child(group: H5Group, name: string, level: number): Group | FileArray {
    const child = group.get(name);
    if (child instanceof this.#h5.Group) return this.group(child, level + 1);
    if (child instanceof this.#h5.Dataset) return this.#array(child);
    throw this.#corrupt(`a group or an array at \`${group.path}/${name}\``, 'something else');
  }

  #array(dataset: Dataset): FileArray {
    const { shape, size, type, virtual_sources: sources } = dataset.metadata;
    const place = `\`${dataset.path}\` of ${this.#where}`;
    const isNumber = (type === FLOAT && (size === 4 || size === 8)) || (type === INTEGER && size <= 8);
    if (!isNumber || shape === null) {
      throw unsupported(
        dataset.path,
        `an array of numbers in ${this.#where}`,
        new InWords(`type ${type} of ${size} bytes`),
      );
    }
    if (dataset.filters.length > 0 || sources !== undefined) {
      throw unsupported(
        dataset.path,
        `numbers as they stand in ${this.#where}`,
        new InWords('compressed or virtual ones'),
      );
    }
    this.#room -= sizeOf(shape) * size;
    if (!(this.#room >= 0)) {
      throw corruptFile(place, `at most the ${this.#bytes} bytes of the file`, `shape [${shape.join(', ')}]`);
    }
    return { data: numbersOf(dataset.value, shape), shape };
  }

  #strings({ value, metadata, name }: H5Group['attrs'][string]): Attribute {
    const { total_size: count, size } = metadata;
    if (count > MOST_STRINGS || count * size > this.#bytes) {
      throw this.#corrupt(`at most ${MOST_STRINGS} strings in \`${name}\``, String(count));
    }
    if (typeof value === 'string') return value;
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value as string[];
    if (value === null) return [];
    throw this.#corrupt(`strings in \`${name}\``, 'something else');
  }

  #corrupt(expected: string, received: string): GemsbokError {
    return corruptFile(this.#where, expected, received);
  }
}

/** A scalar comes as a bare number, integers of 64 bits as BigInts. */
function numbersOf(value: unknown, shape: Shape): TypedArray {
  if (typeof value === 'number' || typeof value === 'bigint') return Float64Array.of(Number(value));
  if (isTypedArray(value)) return isBigInt(value) ? Float64Array.from(value, Number) : value;
  if (sizeOf(shape) === 0) return new Float32Array(0);
  throw new Error(`no numbers for shape [${shape.join(', ')}]`);
}
