import type * as Zlib from 'node:zlib';
import { FileView } from './file_view';

// Zips of one piece with entries that are stored or deflated. To load the library takes longer than to read most models.
// Whatever is otherwise, or damaged, is left to it: nothing is refused here.

const END = { signature: 'PK\x05\x06', size: 22, mostComment: 0xffff } as const;
const ENTRY = { signature: 'PK\x01\x02', size: 46 } as const;
const LOCAL = { signature: 'PK\x03\x04', size: 30 } as const;
/** Zip64 writes it where the number stands elsewhere. */
const ELSEWHERE = 0xffffffff;
/** How well it was deflated, sizes after the entry, names in UTF-8. */
const KNOWN_FLAGS = 0x080e;
const UTF_8 = 0x0800;
const [STORED, DEFLATED] = [0, 8];

interface Entry {
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
}

/** The sum of each byte alone. */
const SUMS = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  return sum;
});

const zlib = (): typeof Zlib => require('node:zlib');

/** The entries of a zip, by name. */
export class PlainZip {
  readonly #file: FileView;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Where the list of entries begins, after all of them. */
  readonly #end: number;

  /** Throws where the library has to read it. */
  constructor(bytes: Uint8Array) {
    const file = new FileView(bytes);
    this.#file = file;
    const end = endOf(file);
    const [count, size, start] = [file.u16(end + 10), file.u32(end + 12), file.u32(end + 16)];
    file.expect(file.u32(end + 4) === 0 && file.u16(end + 8) === count && start + size === end);
    const entries = new Map<string, Entry>();
    let at = start;
    for (let i = 0; i < count; i++) {
      const { name, entry, next } = entryAt(file, at);
      file.expect(!entries.has(name) && next <= end);
      entries.set(name, entry);
      at = next;
    }
    file.expect(at === end);
    this.#entries = entries;
    this.#end = start;
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The bytes of an entry, by its checksum those that were packed; throws where the library has to tell. */
  read(name: string, most: number): Uint8Array {
    const file = this.#file;
    const { method, checksum, packed, size, local } = file.known(this.#entries.get(name));
    file.expect(size <= most && file.text(local, 4) === LOCAL.signature && file.u16(local + 8) === method);
    const start = local + LOCAL.size + file.u16(local + 26) + file.u16(local + 28);
    file.expect(start + packed <= this.#end);
    const given = file.bytes(start, packed);
    const { crc32 = sumOf, inflateRawSync } = zlib();
    const bytes = method === DEFLATED ? inflateRawSync(given, { maxOutputLength: Math.max(1, size) }) : given;
    file.expect(bytes.length === size && crc32(bytes) === checksum);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/** The sum that `zlib` has since Node 20.15. */
function sumOf(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) sum = (SUMS[(sum ^ byte) & 255] as number) ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** A comment may follow; what looks like an end in it is none. */
function endOf(file: FileView): number {
  const last = file.length - END.size;
  for (let at = last; at >= 0 && at >= last - END.mostComment; at--) {
    if (file.u16(at + 20) === last - at && file.text(at, 4) === END.signature) return at;
  }
  throw new RangeError('No end.');
}

function entryAt(file: FileView, at: number): { readonly name: string; readonly entry: Entry; readonly next: number } {
  file.expect(file.text(at, 4) === ENTRY.signature);
  const [flags, method] = [file.u16(at + 8), file.u16(at + 10)];
  const [length, extra, comment] = [file.u16(at + 28), file.u16(at + 30), file.u16(at + 32)];
  const entry = {
    method,
    checksum: file.u32(at + 16),
    packed: file.u32(at + 20),
    size: file.u32(at + 24),
    local: file.u32(at + 42),
  };
  file.expect((flags & ~KNOWN_FLAGS) === 0 && (method === STORED || method === DEFLATED) && file.u16(at + 34) === 0);
  file.expect(![entry.packed, entry.size, entry.local].includes(ELSEWHERE));
  const name = file.decoded(file.bytes(at + ENTRY.size, length), (flags & UTF_8) === 0);
  file.expect(!name.endsWith('/'));
  return { name, entry, next: at + ENTRY.size + length + extra + comment };
}
