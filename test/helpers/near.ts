import type { Test } from 'tap';
import { type Nd, nd, scalar } from '../oracle/ndarray';

/** An array with its shape, or a number. */
export type Numbers = number | { readonly data: ArrayLike<number | bigint>; readonly shape: readonly number[] };

/** As the oracle holds it. */
export function asNd(value: Numbers): Nd {
  if (typeof value === 'number') return scalar(value);
  return nd([...value.shape], Array.from(value.data, Number));
}

/** Passes where shapes are equal and elements differ by at most `tolerance * max(1, abs(wanted))`. */
export function near(test: Test, found: Numbers, wanted: Numbers, tolerance: number, what: string): void {
  const [a, b] = [asNd(found), asNd(wanted)];
  const far = b.data.findIndex((value, i) => {
    const other = a.data[i] ?? Number.NaN;
    return !(Object.is(value, other) || Math.abs(other - value) <= tolerance * Math.max(1, Math.abs(value)));
  });
  const fits = a.data.length === b.data.length && a.shape.join() === b.shape.join();
  const comment = far === -1 ? '' : `: found ${a.data[far]}, wanted ${b.data[far]} at ${far}`;
  test.ok(fits && far === -1, `${what}${comment}${fits ? '' : ` [${a.shape}] is not [${b.shape}]`}`);
}
