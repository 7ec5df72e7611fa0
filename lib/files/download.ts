import {
  corruptFile,
  GemsbokError,
  InWords,
  invalidArgument,
  isPlain,
  located,
  shortened,
  unsupported,
} from '../errors';
import { onAbort } from '../signals';
import { type Bytes, collected } from './stream';

/** What a download may ask for. */
export interface Download {
  /** Such as `https:`. */
  readonly protocols: readonly string[];
  readonly maxBytes: number;
  /** Milliseconds in all. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const MOST_REDIRECTS = 5;
/** Milliseconds without a byte. */
const MOST_SILENCE = 30_000;
/** What is sent compressed may grow so much. */
const MOST_GROWTH = 16;
const MOST_ANYWAY = 2 ** 26;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A URL as errors show it: without passwords, and without the signatures after a question mark. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  return shortened(`${protocol}//${host}${pathname}`, 200);
}

/**
 * The bytes that a server sends for a URL. Redirects are followed to allowed protocols alone, and never to a file. Errors:
 * `ERR_INVALID_ARG` for other protocols and answers, `ERR_UNSUPPORTED` for too many bytes, `ERR_DEADLINE`,
 * `ERR_CORRUPT_FILE` where the connection is cut, those of the system.
 */
export async function download(url: URL, settings: Download): Promise<Bytes> {
  const where = `\`${shownUrl(url)}\``;
  const clock = new Clock(where, settings);
  try {
    const response = await request(url, settings, clock.signal);
    const { body } = response;
    if (body === null) throw invalidArgument('source', `a file at ${where}`, new InWords('none'));
    const most = mostBytes(response, where, settings.maxBytes);
    return await whole(collected(clock.heard(body), where, most, clock.signal), where);
  } catch (error) {
    settings.signal.throwIfAborted();
    throw clock.reason ?? error;
  } finally {
    clock.end();
  }
}

/** Errors: `ERR_INVALID_ARG`. */
export function checkProtocol(url: URL, protocols: readonly string[], fix = 'Allow it by `protocols`.'): void {
  if (protocols.includes(url.protocol)) return;
  throw invalidArgument('source', `a URL of ${protocols.join(' or ')}`, shownUrl(url), fix);
}

async function request(first: URL, { protocols }: Download, signal: AbortSignal): Promise<Response> {
  const online = protocols.filter((protocol) => protocol !== 'file:');
  let url = first;
  for (let i = 0; i <= MOST_REDIRECTS; i++) {
    checkProtocol(url, online, i === 0 ? undefined : `\`${shownUrl(first)}\` leads there.`);
    if (url.username !== '' || url.password !== '') {
      throw invalidArgument('source', 'a URL without a password', shownUrl(url), 'Fetch it, and pass its body.');
    }
    const response = await answer(url, signal);
    const next = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (next === null) return checked(response, `\`${shownUrl(first)}\``);
    await response.body?.cancel();
    if (!URL.canParse(next, url.href))
      throw invalidArgument('source', `a redirect of \`${shownUrl(first)}\` to a URL`, next);
    url = new URL(next, url);
  }
  throw invalidArgument('source', `at most ${MOST_REDIRECTS} redirects of \`${shownUrl(first)}\``, new InWords('more'));
}

async function answer(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    // Files are compressed as far as they can be, and what a server compresses for us has no size before it is here.
    return await fetch(url, { redirect: 'manual', signal, headers: { 'accept-encoding': 'identity' } });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (isPlain(cause)) throw located(cause, `\`${shownUrl(url)}\``);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalidArgument('source', 'a URL that can be fetched', shownUrl(url), why, { cause: error });
  }
}

async function checked(response: Response, where: string): Promise<Response> {
  if (response.status === 200) return response;
  await response.body?.cancel();
  const fix = 'Look at the address, and whether it asks for a login.';
  throw invalidArgument('source', `a file at ${where}`, new InWords(`${response.status} ${response.statusText}`), fix);
}

function mostBytes({ headers }: Response, where: string, most: number): number {
  const length = headers.get('content-length');
  if (length !== null && Number(length) > most) {
    throw unsupported('source', `at most ${most} bytes in ${where}`, Number(length), 'Raise `maxBytes`.');
  }
  const isPacked = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  return isPacked ? Math.min(most, MOST_ANYWAY + MOST_GROWTH * Number(length ?? 0)) : most;
}

async function whole<T>(bytes: Promise<T>, where: string): Promise<T> {
  try {
    return await bytes;
  } catch (error) {
    if (isPlain(error)) throw error;
    const { cause } = error as Error;
    const why = cause instanceof Error ? cause.message : String(error);
    throw corruptFile(where, 'a whole file', `a part of it (${why})`, { cause: error });
  }
}

/** Ends a download that takes too long in all or is silent for too long. */
class Clock {
  readonly #where: string;
  readonly #controller = new AbortController();
  readonly #silence: number;
  readonly #forget: () => void;
  readonly #all: NodeJS.Timeout;
  #next: NodeJS.Timeout;
  reason: Error | null = null;

  constructor(where: string, { timeout, signal }: Download) {
    this.#where = where;
    this.#silence = Math.min(timeout, MOST_SILENCE);
    this.#forget = onAbort(signal, () => this.#controller.abort());
    this.#all = setTimeout(() => this.#stop(timeout), timeout);
    this.#next = this.#listen();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async *heard(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const part of body) {
      clearTimeout(this.#next);
      this.#next = this.#listen();
      yield part;
    }
  }

  end(): void {
    this.#forget();
    clearTimeout(this.#all);
    clearTimeout(this.#next);
  }

  #listen(): NodeJS.Timeout {
    return setTimeout(() => this.#stop(this.#silence), this.#silence);
  }

  #stop(ms: number): void {
    const fix = 'Give it more by `timeout`, or try again.';
    this.reason = new GemsbokError(
      'ERR_DEADLINE',
      `Expected all of ${this.#where} within ${ms} ms, received less. ${fix}`,
    );
    this.#controller.abort();
  }
}
