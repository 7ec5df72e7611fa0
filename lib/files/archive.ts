import { corruptFile, GemsbokError, unsupported } from '../errors';
import { importOptional, rethrow } from '../optional';
import { foreignArchive } from './foreign';
import { decodeHdf5, encodeHdf5 } from './hdf5';
import type { Contents } from './tree';

const WEIGHTS = 'model.weights.h5';
/** What is read beside the weights. */
const TEXTS = ['metadata.json', 'config.json'];

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

/** A zip whose entries are stored as they are, as Keras writes it. */
export async function encodeArchive(texts: ReadonlyMap<string, string>, root: Contents['root']): Promise<Uint8Array> {
  const { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await load();
  const plain = { level: 0, extendedTimestamp: false, dataDescriptor: false };
  const writer = new ZipWriter(new Uint8ArrayWriter(), plain);
  for (const [name, text] of texts) await writer.add(name, new TextReader(text));
  await writer.add(WEIGHTS, new Uint8ArrayReader(await encodeHdf5(root)));
  return writer.close();
}

/** Errors: `ERR_CORRUPT_FILE`, also where a checksum does not agree; `ERR_UNSUPPORTED` for encrypted files. */
export async function decodeArchive(bytes: Uint8Array, where: string): Promise<Contents> {
  const { Uint8ArrayReader, ZipReader } = await load();
  try {
    const reader = new ZipReader(new Uint8ArrayReader(bytes));
    const entries = (await reader.getEntries()) as readonly Entry[];
    const foreign = foreignArchive(
      entries.map(({ filename }) => filename),
      where,
    );
    if (foreign !== null && !entries.some(({ filename }) => filename === WEIGHTS)) throw foreign;
    const found = new Archive(entries, bytes.length, where);
    const texts = new Map<string, string>();
    for (const name of TEXTS) texts.set(name, new TextDecoder().decode(await found.read(name)));
    return { texts, root: await decodeHdf5(await found.read(WEIGHTS), `${WEIGHTS} of ${where}`) };
  } catch (error) {
    if (error instanceof GemsbokError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw corruptFile(where, 'a whole zip archive', `one that cannot be read (${cause})`, { cause: error });
  }
}

/** Entries are read by their names alone; nothing is ever written to where they say. */
class Archive {
  readonly #entries: readonly Entry[];
  readonly #where: string;
  #room: number;

  constructor(entries: readonly Entry[], bytes: number, where: string) {
    this.#entries = entries;
    this.#where = where;
    this.#room = MOST_ANYWAY + MOST_GROWTH * bytes;
  }

  async read(name: string): Promise<Uint8Array> {
    const [entry, second] = this.#entries.filter(({ filename, directory }) => filename === name && !directory);
    if (entry?.getData === undefined || second !== undefined) {
      throw corruptFile(this.#where, `one \`${name}\``, entry === undefined ? 'none' : 'two');
    }
    if (entry.encrypted) throw unsupported(name, `a file without a password in ${this.#where}`, 'an encrypted one');
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
