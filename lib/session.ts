const counters = new Map<string, number>();

/** `dense`, `dense_1`, ...: the next name in this process for a class, as in a session of Keras. */
export function nextName(stem: string): string {
  const count = counters.get(stem) ?? 0;
  counters.set(stem, count + 1);
  return count === 0 ? stem : `${stem}_${count}`;
}
