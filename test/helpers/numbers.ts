/** Numbers from -1 below 1 that look random and are the same in every run. */
export function sequence(length: number, seed = 1): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/**
 * The largest error relative to the expected value, which counts as `floor` where it is smaller. NaN and infinities must
 * be met exactly.
 */
export function deviation(found: ArrayLike<number>, expected: ArrayLike<number>, floor = 1): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const [got, wanted] = [found[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    if (got === wanted || (Number.isNaN(got) && Number.isNaN(wanted))) continue;
    const error = Math.abs(got - wanted) / Math.max(floor, Math.abs(wanted));
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}
