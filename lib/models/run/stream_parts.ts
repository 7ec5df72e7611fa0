import { defined } from '../../check';
import { isByName, isShaped } from '../../data/parts';
import type { ProcessGroup } from '../../distributed';
import { type CodedError, InWords, unsupported } from '../../errors';
import { isTypedArray } from '../../tensor';
import { type Feed, noBatch } from '../data/feed';
import type { PreparedData } from '../data/prepare';
import { inAll } from './processes';

// Each process reads a part of a stream, which may have no rows.

/** A pass over a stream that has begun. */
export interface BegunPass {
  readonly feed: Feed;
  readonly pass: AsyncGenerator<PreparedData, undefined>;
  /** The first batch; undefined where there is none. */
  readonly next: PreparedData | undefined;
  /** What batches are like. */
  readonly like: PreparedData;
}

/** Waits for the first batch, whose shapes decide what is still open. */
export async function beginPass(feed: Feed, processes: ProcessGroup | null): Promise<BegunPass> {
  const pass = feed.pass();
  try {
    const next = await inAll(processes, async () => (await pass.next()).value);
    return { feed, pass, next, like: await likeOf(feed, processes, next) };
  } catch (error) {
    await pass.return(undefined);
    throw error;
  }
}

async function likeOf(
  feed: Feed,
  processes: ProcessGroup | null,
  next: PreparedData | undefined,
): Promise<PreparedData> {
  if (processes === null) return defined(next);
  const first = await anyOf(processes, feed.name, feed.takeFirst());
  return await inAll(processes, () => next ?? feed.prepare(first));
}

/** What this process has; where it has nothing, what another one has. Errors: `ERR_SHAPE_MISMATCH` where none has anything. */
export async function anyOf<T>(processes: ProcessGroup, name: string, own: T | null): Promise<T> {
  const { rank, size } = processes;
  const has = await processes.sums(...Array.from({ length: size }, (_, r) => (r === rank && own !== null ? 1 : 0)));
  const root = has.indexOf(1);
  if (root === -1) {
    processes.endTogether();
    throw noBatch(name);
  }
  if (!has.includes(0)) return own as T;
  const first = await processes.share(rank === root ? plain(own) : null, root);
  return own ?? (first as T);
}

/** As structured cloning takes it: numbers alone, and none of an array that they are a part of. */
function plain(value: unknown): unknown {
  if (isTypedArray(value)) return value.slice();
  if (Array.isArray(value)) return value.map(plain);
  if (isShaped(value)) {
    const { data, shape } = value as { readonly data: unknown; readonly shape: unknown };
    return { data: plain(data), shape: plain(shape) };
  }
  if (!isByName(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

/** What processes cannot compute of parts alone. */
export function unsharedStream(what: string, received: string): CodedError {
  const fix = 'Keep the data in arrays, which all processes pass as a whole.';
  return unsupported('distributed', `no ${what}, over a streamed data set,`, new InWords(received), fix);
}
