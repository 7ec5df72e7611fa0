import { invalidArgument } from './errors';

/** The option `signal`; throws its reason where it is aborted already. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  // By shape: `instanceof` fails for signals of another realm.
  const known = signal as AbortSignal;
  const methods = [known.throwIfAborted, known.addEventListener, known.removeEventListener];
  if (typeof known.aborted !== 'boolean' || !methods.every((method) => typeof method === 'function')) {
    throw invalidArgument('signal', 'an AbortSignal', signal);
  }
  known.throwIfAborted();
  return known;
}

/** What waits for each signal: one listener serves all, as Node warns of signals with more than ten. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `act` when the signal is aborted, at once where it is already; returns a function that undoes it. */
export function onAbort(signal: AbortSignal | null | undefined, act: () => void): () => void {
  if (signal === null || signal === undefined) return () => {};
  if (signal.aborted) {
    act();
    return () => {};
  }
  const own = (): void => act();
  const acts = waiting.get(signal) ?? listen(signal);
  acts.add(own);
  return () => {
    acts.delete(own);
    if (acts.size > 0 || waiting.get(signal) !== acts) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', fire);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>();
  waiting.set(signal, acts);
  signal.addEventListener('abort', fire, { once: true });
  return acts;
}

function fire(this: unknown, event: Event): void {
  const signal = event.target as AbortSignal;
  const acts = waiting.get(signal);
  waiting.delete(signal);
  for (const act of acts ?? []) act();
}
