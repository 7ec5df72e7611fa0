import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { checkInteger, checkNumber, checkOneOf, checkPath } from '../check';
import { isSource } from '../data/source';
import { invalidArgument, onFile } from '../errors';
import { checkSignal } from '../signals';
import { checkProtocol, type Download, download, shownUrl } from './download';
import { checkBytes, collected, copied, MOST_BYTES } from './stream';

/** A file: its path, its URL, its bytes, or a stream of them, of Node or of the web. */
export type FileLike = string | URL | Uint8Array | ArrayBuffer | SharedArrayBuffer | AsyncIterable<Uint8Array>;

export interface SourceOptions {
  /** Protocols of URLs besides `https:`. No server leads on to a file. Default: `['file:']` */
  readonly protocols?: readonly ('http:' | 'https:' | 'file:')[] | undefined;
  /** Bytes of a URL or a stream, at most. Default: 512 MiB */
  readonly maxBytes?: number | undefined;
  /** Milliseconds for a URL; for its next bytes 30 seconds at most. Default: 300000 */
  readonly timeout?: number | undefined;
  /** Ends the reading; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export const SOURCE_OPTIONS = ['protocols', 'maxBytes', 'timeout', 'signal'] as const;

/** A file that is there: at a path, or as bytes of its own. */
export interface Source {
  readonly source: string | Uint8Array<ArrayBuffer>;
  /** Names it in errors. */
  readonly where: string;
  readonly bytes: number;
}

const PROTOCOLS = ['http:', 'https:', 'file:'] as const;
const MOST_UNASKED = 2 ** 29;
const MOST_TIME = 2 ** 31 - 1;

/**
 * Gets a file from wherever it is; what is at a path is read later. Bytes are copied before this returns. Errors:
 * `ERR_INVALID_ARG` for what is no source, protocols that are not allowed and URLs that give no file; `ERR_UNSUPPORTED` for
 * too many bytes, `ERR_DEADLINE`, `ERR_CORRUPT_FILE` for a part of a file, those of the system and of the stream.
 */
export async function openSource(given: FileLike, options: SourceOptions): Promise<Source> {
  const settings = checkSourceOptions(options);
  const url = urlOf(given);
  if (url !== null) return ofUrl(url, settings);
  if (typeof given === 'string') return ofPath(checkPath(given, 'source'));
  const bytes = copied(given);
  if (bytes !== null) return inMemory(bytes, 'the bytes given');
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

/** Whether a stream of the web's or of Node's gives nothing any more. */
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

async function ofUrl(url: URL, settings: Download): Promise<Source> {
  checkProtocol(url, settings.protocols);
  if (url.protocol === 'file:') return ofPath(pathOf(url));
  return inMemory(await download(url, settings), `\`${shownUrl(url)}\``);
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
  return { source: path, where, bytes: found.size };
}

function inMemory(source: Uint8Array<ArrayBuffer>, where: string): Source {
  checkBytes(source.length, where);
  return { source, where, bytes: source.length };
}
