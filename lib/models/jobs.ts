import { invalidArgument } from '../errors';
import type { Job } from '../native';

/** The option `signal`; throws its reason where it is aborted already. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  // By shape: `instanceof` fails for signals of another realm.
  if (typeof signal !== 'object' || !('aborted' in signal) || !('addEventListener' in signal)) {
    throw invalidArgument('signal', 'an AbortSignal', signal);
  }
  const known = signal as AbortSignal;
  known.throwIfAborted();
  return known;
}

/** Waits for native work; an abort stops it and rejects with the signal's reason. */
export async function settle<T>(job: Job<T>, signal: AbortSignal | undefined): Promise<T> {
  const cancel = (): void => job.cancel();
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const result = await job.promise;
    signal?.throwIfAborted();
    return result;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
