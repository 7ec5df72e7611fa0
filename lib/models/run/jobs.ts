import type { Job } from '../../native';
import { onAbort } from '../../signals';

/**
 * Begins native work and waits for it; an abort stops it, or does not let it begin, and rejects with the signal's
 * reason.
 */
export async function runJob<T>(start: () => Job<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  const result = await untilCancelled(start, signal);
  signal?.throwIfAborted();
  return result;
}

/** As {@link runJob}, for work that tells itself whether it was cancelled. */
export async function untilCancelled<T>(start: () => Job<T>, signal: AbortSignal | undefined): Promise<T> {
  const job = start();
  const forget = onAbort(signal, () => job.cancel());
  try {
    const result = await job.promise;
    if (isSpent()) await breathe();
    return result;
  } finally {
    forget();
  }
}

/** What one turn of the event loop may spend on the work below, in milliseconds. */
const SHARE_MS = 1;
/** When this turn's work began; null before it. */
let begin: number | null = null;

/**
 * Waits until this thread has time for a piece of work: one of all runs of the process takes more than its part, which
 * leaves the rest of each turn to timers and requests. A promise alone would not: its continuation comes before any of
 * them. Those that wait look one by one, each after the work of the one before, as what an immediate resolves runs
 * before the next.
 */
export async function breathe(): Promise<void> {
  if (isSpent()) await new Promise<void>((resolve) => void setImmediate(goOn, resolve));
}

function goOn(resolve: () => void): void {
  if (isSpent()) setImmediate(goOn, resolve);
  else resolve();
}

/** Whether it is time to {@link breathe}; it notes when a turn's work begins. */
export function isSpent(): boolean {
  if (begin !== null) return performance.now() - begin > SHARE_MS;
  begin = performance.now();
  // Ahead of all that is put off in this turn.
  setImmediate(() => {
    begin = null;
  });
  return false;
}
