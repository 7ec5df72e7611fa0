import { corruptFile, GemsbokError, InWords, unsupported } from '../errors';
import { importOptional, rethrow } from '../optional';
import { PlainZip } from './plain_zip';

const SIGNATURE = 'PK\x03\x04';

// What is compressed may grow so much: zeros shrink a thousandfold, hence so do bombs.
const MOST_GROWTH = 16;
const MOST_ANYWAY = 64 * 2 ** 20;

interface Entry {
  readonly filename: string;
  readonly directory: boolean;
  readonly encrypted: boolean;
  readonly uncompressedSize: number;
  getData?(into: WritableStream, options: { readonly checkSignature: boolean }): Promise<unknown>;
}

async function load(): Promise<typeof import('@zip.js/zip.js')> {
  const packages = '@zip.js/zip.js h5wasm';
  const zip = await importOptional('.keras files', packages, () => import('@zip.js/zip.js').catch(rethrow));
  zip.configure({ useWebWorkers: false });
  return zip;
}

/** Errors: `ERR_UNSUPPORTED`, which names all packages of `.keras` files, where the one of zips is not installed. */
export async function requireZip(): Promise<void> {
  await load();
}

/** By a file's first bytes, a character each. */
export function isZip(start: string): boolean {
  return start.startsWith(SIGNATURE);
}

/** A zip whose entries are stored as they are, as Keras writes it. */
export async function encodeArchive(entries: ReadonlyMap<string, string | Uint8Array>): Promise<Uint8Array> {
  const { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await load();
  const plain = { level: 0, extendedTimestamp: false, dataDescriptor: false };
  const writer = new ZipWriter(new Uint8ArrayWriter(), plain);
  for (const [name, entry] of entries) {
    await writer.add(name, typeof entry === 'string' ? new TextReader(entry) : new Uint8ArrayReader(entry));
  }
  return writer.close();
}

/** Entries are read by their names alone; nothing is ever written to where they say. */
export interface Archive {
  readonly names: readonly string[];
  /**
   * The bytes of an entry. Errors: `ERR_CORRUPT_FILE`, also where a checksum does not agree; `ERR_UNSUPPORTED` for encrypted
   * files.
   */
  read(name: string): Promise<Uint8Array>;
}

/** Errors: `ERR_CORRUPT_FILE`. */
export async function openArchive(bytes: Uint8Array, where: string): Promise<Archive> {
  try {
    const { names, read } = openPlain(bytes);
    return { names, read: async (name) => read(name) ?? (await openByLibrary(bytes, where)).read(name) };
  } catch {
    return openByLibrary(bytes, where);
  }
}

/** What needs no library; of entries that do `read` returns null. */
function openPlain(bytes: Uint8Array) {
  const zip = new PlainZip(bytes);
  let room = mostIn(bytes);
  const read = (name: string): Uint8Array | null => {
    try {
      const entry = zip.read(name, room);
      room -= entry.length;
      return entry;
    } catch {
      return null;
    }
  };
  return { names: zip.names, read };
}

/** The bytes that all entries may have together. */
function mostIn(bytes: Uint8Array): number {
  return MOST_ANYWAY + MOST_GROWTH * bytes.length;
}

async function openByLibrary(bytes: Uint8Array, where: string): Promise<Archive> {
  const { Uint8ArrayReader, ZipReader } = await load();
  return readingZip(where, async () => {
    const entries = await new ZipReader(new Uint8ArrayReader(bytes)).getEntries();
    return new LibraryArchive(entries as readonly Entry[], mostIn(bytes), where);
  });
}

async function readingZip<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GemsbokError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw corruptFile(where, 'a whole zip archive', `one that cannot be read (${cause})`, { cause: error });
  }
}

class LibraryArchive implements Archive {
  readonly #entries: readonly Entry[];
  readonly #where: string;
  #room: number;

  constructor(entries: readonly Entry[], most: number, where: string) {
    this.#entries = entries;
    this.#where = where;
    this.#room = most;
  }

  get names(): readonly string[] {
    return this.#entries.map(({ filename }) => filename);
  }

  async read(name: string): Promise<Uint8Array> {
    return readingZip(this.#where, () => this.#read(name));
  }

  async #read(name: string): Promise<Uint8Array> {
    const [entry, second] = this.#entries.filter(({ filename, directory }) => filename === name && !directory);
    if (entry?.getData === undefined || second !== undefined) {
      throw corruptFile(this.#where, `one \`${name}\``, entry === undefined ? 'none' : 'two');
    }
    if (entry.encrypted)
      throw unsupported(name, `a file without a password in ${this.#where}`, new InWords('an encrypted one'));
    const { uncompressedSize: size } = entry;
    this.#room -= size;
    if (!(this.#room >= 0)) throw corruptFile(this.#where, 'entries of the size of a model', `${size} bytes`);
    const bytes = new Uint8Array(size);
    let filled = 0;
    // `set` throws where an entry is longer than it says.
    const into = new WritableStream<Uint8Array>({
      write(chunk) {
        bytes.set(chunk, filled);
        filled += chunk.length;
      },
    });
    await entry.getData(into, { checkSignature: true });
    if (filled !== size) throw corruptFile(this.#where, `${size} bytes of \`${name}\``, String(filled));
    return bytes;
  }
}
