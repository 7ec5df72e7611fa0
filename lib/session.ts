const counters = new Map<string, number>();

/** `dense`, `dense_1`, ...: the next name in this process for a class, as in a session of Keras. */
export function nextName(stem: string): string {
  const count = counters.get(stem) ?? 0;
  counters.set(stem, count + 1);
  return count === 0 ? stem : `${stem}_${count}`;
}

/**
 * Makes the automatic names of layers and models begin again: the next `Dense` is called `dense`.
 *
 * What exists keeps its name. Source: `keras.utils.clear_session`.
 *
 * @example
 * ```ts
 * clearSession();
 * new Dense({ units: 1 }).name; // "dense"
 * new Dense({ units: 1 }).name; // "dense_1"
 * ```
 */
export function clearSession(): void {
  counters.clear();
}
