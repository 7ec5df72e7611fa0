import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { checkInteger, checkNumber, checkOneOf, checkPath, isPlainObject } from '../check';
import { isSource } from '../data/source';
import { invalidArgument, onFile } from '../errors';
import { checkSignal } from '../signals';
import { checkProtocol, type Download, download, shownUrl } from './download';
import { type Bytes, checkBytes, collected, copied, MOST_BYTES } from './stream';

/** A file: its path, its URL, its bytes, or a stream of them, of Node or of the web. */
export type FileLike =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | SharedArrayBuffer
  | AsyncIterable<Uint8Array>
  | FilesByName;

/** A file and those beside it: `{ 'model.json': bytes, 'group1-shard1of1.bin': bytes }`. */
export type FilesByName = Readonly<Record<string, Uint8Array>>;

/** What all readers take. */
export interface SourceOptions {
  /** Protocols of URLs besides `https:`. No server leads on to a file. Default: `['file:']` */
  readonly protocols?: readonly ('http:' | 'https:' | 'file:')[] | undefined;
  /** Bytes of a URL or a stream, at most. Default: 512 MiB */
  readonly maxBytes?: number | undefined;
  /** Milliseconds for a URL; for its next bytes 30 seconds at most. Default: 300000 */
  readonly timeout?: number | undefined;
  /** Ends the reading; the promise rejects with its reason. Default: none */
  readonly signal?: AbortSignal | undefined;
}

export const SOURCE_OPTIONS = ['protocols', 'maxBytes', 'timeout', 'signal'] as const;

/** A file that is there: at a path, or as bytes of its own. */
export interface Source {
  readonly source: string | Bytes;
  /** Names it in errors. */
  readonly where: string;
  readonly bytes: number;
  /** The files beside one that has no path, by their names. */
  readonly beside: ReadonlyMap<string, Bytes>;
}

/** Tells, of a file's bytes, which files beside it are needed. */
type NamesBeside = (source: Uint8Array, where: string) => Promise<readonly string[]>;

const NOTHING: Source['beside'] = new Map();
/** How JSON begins. */
const BRACE = 0x7b;
const PROTOCOLS = ['http:', 'https:', 'file:'] as const;
const MOST_UNASKED = 2 ** 29;
const MOST_TIME = 2 ** 31 - 1;

/**
 * Gets a file from wherever it is; what is at a path is read later. Bytes are copied before this returns. Errors:
 * `ERR_INVALID_ARG` for what is not a source, protocols that are not allowed and URLs that lead to no file; `ERR_UNSUPPORTED` for
 * too many bytes, `ERR_DEADLINE`, `ERR_CORRUPT_FILE` for a part of a file, those of the system and of the stream.
 */
export async function openSource(given: FileLike, options: SourceOptions, needs: NamesBeside): Promise<Source> {
  const settings = checkSourceOptions(options);
  const url = urlOf(given);
  if (url !== null) return ofUrl(url, settings, needs);
  if (typeof given === 'string') return ofPath(checkPath(given, 'source'));
  const bytes = copied(given);
  if (bytes !== null) return inMemory(bytes, 'the bytes given');
  if (isPlainObject(given) && !isSource(given)) return ofFiles(given);
  if (!isSource(given)) throw invalidArgument('source', 'a path, a URL, bytes or a stream of them', given);
  if (isSpent(given)) throw invalidArgument('source', 'a stream that has not been read yet', given);
  const where = 'the stream given';
  return inMemory(await collected(given as AsyncIterable<unknown>, where, settings.maxBytes, settings.signal), where);
}

function checkSourceOptions({ protocols = ['file:'], maxBytes, timeout, signal }: SourceOptions): Download {
  if (!Array.isArray(protocols)) throw invalidArgument('protocols', "a list such as ['http:']", protocols);
  const known = protocols.map((one) => checkOneOf(one, 'protocols', PROTOCOLS));
  return {
    protocols: [...new Set(['https:', ...known])],
    maxBytes: checkInteger(maxBytes ?? MOST_UNASKED, 'maxBytes', { min: 0, max: MOST_BYTES }),
    timeout: checkNumber(timeout ?? 300_000, 'timeout', { min: 0, max: MOST_TIME }),
    signal: checkSignal(signal) ?? new AbortController().signal,
  };
}

/** Whether a stream of the web's or of Node's has nothing left. */
function isSpent(stream: object): boolean {
  return ('locked' in stream && stream.locked === true) || ('destroyed' in stream && stream.destroyed === true);
}

/** Text with a protocol is a URL too; null for what is none. */
function urlOf(given: FileLike): URL | null {
  if (given instanceof URL) return given;
  if (typeof given !== 'string' || !/^[a-z][a-z\d+.-]+:\/\//i.test(given)) return null;
  if (URL.canParse(given)) return new URL(given);
  throw invalidArgument('source', 'a path or a URL', given);
}

async function ofUrl(url: URL, settings: Download, needs: NamesBeside): Promise<Source> {
  checkProtocol(url, settings.protocols);
  if (url.protocol === 'file:') return ofPath(pathOf(url));
  const where = `\`${shownUrl(url)}\``;
  const begin = performance.now();
  const bytes = await download(url, settings);
  const beside = new Map<string, Bytes>();
  let maxBytes = settings.maxBytes - bytes.length;
  for (const name of bytes[0] === BRACE ? await needs(bytes, where) : []) {
    if (beside.has(name)) continue;
    const timeout = Math.max(1, settings.timeout - (performance.now() - begin));
    const own = await download(urlBeside(url, name), { ...settings, maxBytes, timeout });
    maxBytes -= own.length;
    beside.set(name, own);
  }
  return inMemory(bytes, where, beside);
}

/** With what follows the question mark, which may be a signature for the folder. */
function urlBeside(url: URL, name: string): URL {
  const beside = new URL(name.split('/').map(encodeURIComponent).join('/'), url);
  beside.search = url.search;
  return beside;
}

/** The first file of JSON among several, which names the others. */
function ofFiles(given: Readonly<Record<string, unknown>>): Source {
  const files = new Map<string, Bytes>();
  for (const [name, value] of Object.entries(given)) {
    const bytes = copied(value);
    if (bytes === null) throw invalidArgument(`source['${name}']`, 'bytes', value);
    files.set(name, bytes);
  }
  const main = files.has('model.json') ? 'model.json' : [...files.keys()].find((name) => name.endsWith('.json'));
  const bytes = files.get(main ?? '');
  if (bytes === undefined) throw invalidArgument('source', 'a path, a URL, bytes, a stream, or files by name', given);
  files.delete(main ?? '');
  return inMemory(bytes, `\`${main}\` of the files given`, files);
}

function pathOf(url: URL): string {
  try {
    return checkPath(fileURLToPath(url), 'source');
  } catch (cause) {
    throw invalidArgument('source', 'the URL of a file of this machine', shownUrl(url), '', { cause });
  }
}

async function ofPath(path: string): Promise<Source> {
  const found = await onFile(path, () => stat(path));
  if (!found.isFile()) throw invalidArgument('source', 'the path of a file', path, 'It is a folder or a device.');
  const where = `\`${path}\``;
  checkBytes(found.size, where);
  return { source: path, where, bytes: found.size, beside: NOTHING };
}

function inMemory(source: Bytes, where: string, beside = NOTHING): Source {
  const bytes = [...beside.values()].reduce((sum, { length }) => sum + length, source.length);
  checkBytes(bytes, where);
  return { source, where, bytes, beside };
}
