import { LIMITS } from '../limits';
import { isBigInt, sizeOf, type TypedArray } from '../tensor';
import { FileView } from './file_view';
import { type Attribute, emptyGroup, type FileArray, type Group } from './tree';

// HDF5 as it is written for Keras: superblock 0, groups of the old style, numbers as they stand. To start the library
// takes longer than to read most models. Whatever is otherwise, or damaged, is left to it: nothing is refused here.

const MESSAGES = { nothing: 0, space: 1, type: 3, oldFill: 4, fill: 5, layout: 8, attribute: 12, comment: 13 } as const;
const [OLD_TIME, CONTINUATION, SYMBOL_TABLE, TIME] = [14, 16, 17, 18];
/** What says nothing of the numbers. */
const IDLE = new Set<number>([MESSAGES.nothing, MESSAGES.comment, OLD_TIME, TIME]);
const IDLE_OF_ARRAYS = new Set<number>([...IDLE, MESSAGES.oldFill, MESSAGES.fill, MESSAGES.attribute]);

const [INTEGER, FLOAT, STRING, VARIABLE] = [0, 1, 3, 9];
const FLOATS: Readonly<Record<number, readonly number[]>> = {
  4: [32, 23, 8, 0, 23, 127],
  8: [64, 52, 11, 0, 52, 1023],
};
const ARRAYS = {
  float: { 4: Float32Array, 8: Float64Array },
  signed: { 1: Int8Array, 2: Int16Array, 4: Int32Array, 8: BigInt64Array },
  unsigned: { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array },
} as const;

const MOST_OBJECTS = 100_000;
const MOST_STRINGS = 8192;
const CACHED_LINK = 2;
const NO_BLOCK = 1;

interface Message {
  readonly type: number;
  readonly at: number;
  readonly end: number;
}

/** All groups, strings and numbers of an HDF5 file; null where only the library can tell. */
export function decodePlainHdf5(bytes: Uint8Array): Group | null {
  try {
    return new PlainReader(bytes).root();
  } catch {
    return null;
  }
}

class PlainReader {
  readonly #file: FileView;
  /** Bytes of an address or a length. */
  readonly #width: number;
  readonly #heaps = new Map<number, ReadonlyMap<number, Uint8Array>>();
  #objects = 0;

  constructor(bytes: Uint8Array) {
    this.#file = new FileView(bytes);
    this.#width = this.#file.u8(13);
  }

  root(): Group {
    const file = this.#file;
    file.expect(file.text(0, 8) === '\x89HDF\r\n\x1a\n');
    const width = this.#width;
    file.expect(file.u32(8) === 0 && file.u8(12) === 0 && file.u8(14) === width && (width === 8 || width === 4));
    // Addresses count from the first byte, and all of the file is there.
    file.expect(this.#word(24) === 0 && this.#word(24 + 2 * width) <= file.length);
    const root = this.#object(this.#word(24 + 5 * width), 0);
    file.expect('children' in root);
    return root as Group;
  }

  #word(at: number): number {
    return this.#width === 8 ? this.#file.u64(at) : this.#file.u32(at);
  }

  #object(address: number, level: number): Group | FileArray {
    this.#file.expect(level <= LIMITS.levels && this.#objects++ < MOST_OBJECTS);
    const messages = this.#messages(address);
    const [table, second] = messages.filter(({ type }) => type === SYMBOL_TABLE);
    this.#file.expect(second === undefined);
    return table === undefined ? this.#array(messages) : this.#group(messages, table, level);
  }

  /** What stands in the header of an object, which may lie in several blocks. */
  #messages(address: number): readonly Message[] {
    const file = this.#file;
    file.expect(file.u8(address) === 1);
    const count = file.u16(address + 2);
    const messages: Message[] = [];
    const blocks: [number, number][] = [[address + 16, file.u32(address + 8)]];
    let met = 0;
    for (const [start, size] of blocks) {
      file.spend(start, size);
      let at = start;
      for (; at + 8 <= start + size && met < count; met++) {
        const type = file.u16(at);
        const end = at + 8 + file.u16(at + 2);
        // Aligned, and not one that several objects share.
        file.expect(end % 8 === at % 8 && file.u8(at + 4) <= 1 && end <= start + size);
        if (type === CONTINUATION) blocks.push([this.#word(at + 8), this.#word(at + 8 + this.#width)]);
        else messages.push({ type, at: at + 8, end });
        at = end;
      }
    }
    file.expect(met === count);
    return messages;
  }

  #group(messages: readonly Message[], table: Message, level: number): Group {
    const file = this.#file;
    const own = emptyGroup();
    for (const message of messages) {
      if (message.type === MESSAGES.attribute) this.#attribute(own.attributes, message);
      else file.expect(message === table || IDLE.has(message.type));
    }
    const width = this.#width;
    const heap = this.#word(table.at + width);
    file.expect(file.text(heap, 4) === 'HEAP' && file.u8(heap + 4) === 0);
    const [size, free, names] = [0, 1, 2].map((i) => this.#word(heap + 8 + i * width)) as [number, number, number];
    this.#freeBlocks(names, free, size);
    const nameAt = (place: number): string => {
      const offset = this.#word(place);
      file.expect(offset < size && offset % 8 === 0);
      return file.textUntilZero(names + offset, size - offset);
    };
    let last = '';
    for (const { entry, after, upTo } of this.#links(this.#word(table.at), null, nameAt)) {
      file.expect(file.u32(entry + 2 * width) < CACHED_LINK);
      const name = nameAt(entry);
      // By this order and these bounds the library finds them.
      file.expect(name > last && name > after && name <= upTo && !name.includes('/'));
      last = name;
      own.children.set(name, this.#object(this.#word(entry + width), level + 1));
    }
    return own;
  }

  /** The unused parts of a heap, which the library looks at as well. */
  #freeBlocks(heap: number, first: number, size: number): void {
    const file = this.#file;
    for (let block = first; block !== NO_BLOCK; ) {
      const [next, length] = [0, 1].map((i) => this.#word(heap + block + i * this.#width)) as [number, number];
      file.spend(heap + block, 2 * this.#width);
      file.expect(next !== 0 && block + Math.max(length, 2 * this.#width) <= size);
      block = next;
    }
  }

  /** The places of a group's links, in the order of their names, each with the names between which its leaf's are. */
  *#links(
    node: number,
    expected: number | null,
    nameAt: (place: number) => string,
  ): Generator<{ readonly entry: number; readonly after: string; readonly upTo: string }> {
    const file = this.#file;
    const [level, used] = [file.u8(node + 5), file.u16(node + 6)];
    file.expect(file.text(node, 4) === 'TREE' && file.u8(node + 4) === 0 && (expected ?? level) === level);
    const width = this.#width;
    file.spend(node, 8 + 2 * width * (1 + used));
    for (let i = 0; i < used; i++) {
      const child = this.#word(node + 8 + width * (3 + 2 * i));
      if (level > 0) {
        yield* this.#links(child, level - 1, nameAt);
        continue;
      }
      const count = file.u16(child + 6);
      file.expect(file.text(child, 4) === 'SNOD' && file.u8(child + 4) === 1);
      const size = 24 + 2 * width;
      file.spend(child, 8 + size * count);
      const [after, upTo] = [2 + 2 * i, 4 + 2 * i].map((word) => nameAt(node + 8 + width * word)) as [string, string];
      for (let k = 0; k < count; k++) yield { entry: child + 8 + size * k, after, upTo };
    }
  }

  /** Only texts say something of models. */
  #attribute(into: Map<string, Attribute>, { at, end }: Message): void {
    const file = this.#file;
    const version = file.u8(at);
    file.expect(version >= 1 && version <= 3 && (version === 1 || file.u8(at + 1) === 0));
    const padded = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size);
    const start = at + (version === 3 ? 9 : 8);
    const type = start + padded(file.u16(at + 2));
    const space = type + padded(file.u16(at + 4));
    const data = space + padded(file.u16(at + 6));
    file.expect(data <= end);
    const kind = file.u8(type) & 15;
    const bits = file.u8(type + 1);
    if (kind === INTEGER || kind === FLOAT) return;
    file.expect(kind === STRING || (kind === VARIABLE && (bits & 15) === 1));
    const dims = this.#dims(space);
    const [count, size] = [sizeOf(dims), file.u32(type + 4)];
    file.expect(dims.length <= 1 && count <= MOST_STRINGS && data + count * size <= end);
    file.expect(kind === STRING ? (bits & 15) <= 1 : size === 8 + this.#width);
    // ASCII, or UTF-8.
    const isAscii = (kind === STRING ? bits >> 4 : file.u8(type + 2) & 15) === 0;
    const texts = Array.from({ length: count }, (_, i) => {
      const place = data + i * size;
      const text = kind === STRING ? file.bytes(place, size) : this.#fromHeap(place);
      return file.decoded(text, isAscii);
    });
    const name = file.textUntilZero(start, file.u16(at + 2));
    into.set(name, dims.length === 0 ? (texts[0] as string) : texts);
  }

  /** A text of any length stands elsewhere, its place in the attribute. */
  #fromHeap(place: number): Uint8Array {
    const file = this.#file;
    const object = this.#heap(this.#word(place + 4)).get(file.u32(place + 4 + this.#width));
    const size = file.u32(place);
    file.expect(object?.length === size);
    return object as Uint8Array;
  }

  #heap(address: number): ReadonlyMap<number, Uint8Array> {
    const file = this.#file;
    const known = this.#heaps.get(address);
    if (known !== undefined) return known;
    const end = address + this.#word(address + 8);
    file.expect(file.text(address, 4) === 'GCOL' && file.u8(address + 4) === 1);
    file.spend(address, end - address);
    const objects = new Map<number, Uint8Array>();
    for (let at = address + 16; at + 16 <= end; ) {
      const index = file.u16(at);
      if (index === 0) break;
      const size = this.#word(at + 8);
      file.expect(at + 16 + size <= end && !objects.has(index));
      objects.set(index, file.bytes(at + 16, size));
      at += 16 + Math.ceil(size / 8) * 8;
    }
    this.#heaps.set(address, objects);
    return objects;
  }

  #dims(at: number): readonly number[] {
    const file = this.#file;
    const [version, rank, hasMost] = [file.u8(at), file.u8(at + 1), file.u8(at + 2)];
    file.expect(rank <= LIMITS.axes && hasMost <= 1 && (version === 1 || version === 2));
    file.expect(version === 1 || file.u8(at + 3) === Math.min(rank, 1));
    const start = at + (version === 1 ? 8 : 4);
    const numbers = Array.from({ length: rank * (1 + hasMost) }, (_, i) => this.#word(start + this.#width * i));
    const dims = numbers.slice(0, rank);
    // What can grow is left to the library.
    file.expect(hasMost === 0 || dims.every((dim, i) => dim === numbers[rank + i]));
    return dims;
  }

  #array(messages: readonly Message[]): FileArray {
    const file = this.#file;
    const only = (type: number): Message => {
      const [one, second] = messages.filter((message) => message.type === type);
      file.expect(one !== undefined && second === undefined);
      return one as Message;
    };
    const [space, type, layout] = [only(MESSAGES.space), only(MESSAGES.type), only(MESSAGES.layout)];
    file.expect(messages.every((one) => [space, type, layout].includes(one) || IDLE_OF_ARRAYS.has(one.type)));
    const shape = this.#dims(space.at);
    const Type = this.#arrayType(type.at);
    const bytes = sizeOf(shape) * Type.BYTES_PER_ELEMENT;
    const { at } = layout;
    // In one piece elsewhere, with nothing that was never written.
    file.expect(bytes > 0 && file.u8(at) === 3 && file.u8(at + 1) === 1 && this.#word(at + 2 + this.#width) === bytes);
    const start = this.#word(at + 2);
    file.spend(start, bytes);
    const data = new Type(new Uint8Array(file.bytes(start, bytes)).buffer) as TypedArray;
    if (shape.length === 0) return { data: Float64Array.of(Number(data[0])), shape };
    return { data: isBigInt(data) ? Float64Array.from(data, Number) : data, shape };
  }

  #arrayType(at: number) {
    const file = this.#file;
    const [kind, bits, size] = [file.u8(at) & 15, file.u8(at + 1), file.u32(at + 4)];
    const whole = file.u16(at + 8) === 0 && file.u16(at + 10) === 8 * size;
    // The least byte first.
    file.expect(whole && (bits & 1) === 0);
    if (kind === INTEGER) {
      // Whether it has a sign, and nothing else.
      file.expect((bits & ~8) === 0 && file.u8(at + 2) === 0);
      const types: Readonly<Record<number, (typeof ARRAYS.signed | typeof ARRAYS.unsigned)[1 | 2 | 4 | 8]>> =
        ARRAYS[(bits & 8) === 0 ? 'unsigned' : 'signed'];
      return file.known(types[size]);
    }
    const places = [file.u16(at + 10), file.u8(at + 12), file.u8(at + 13), file.u8(at + 14), file.u8(at + 15)];
    file.expect(kind === FLOAT && [...places, file.u32(at + 16)].join() === FLOATS[size]?.join());
    // An implied bit before the fraction, the sign in the highest.
    file.expect((bits & 0x70) === 0x20 && file.u8(at + 2) === 8 * size - 1);
    return file.known((ARRAYS.float as Readonly<Record<number, typeof Float32Array | typeof Float64Array>>)[size]);
  }
}
