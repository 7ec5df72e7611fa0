import { readFileSync } from 'node:fs';
import { info } from 'gemsbok';
import t from 'tap';
import { DATA, CASES as SINGLE_CASES } from './accuracy.cases';
import { PAIR_CASES } from './accuracy_pairs.cases';
import { PRODUCT_CASES } from './accuracy_products.cases';

const CASES = [...SINGLE_CASES, ...PAIR_CASES, ...PRODUCT_CASES];
const SIZES = [1, 7, 33, 4099, 2 ** 18, 2 ** 20, 2 ** 22];

/** The table that users read: the bound of each kernel. */
const BOUNDS: ReadonlyMap<string, number> = new Map(
  [...readFileSync('docs/accuracy.md', 'utf8').matchAll(/^\| `([^`]+)` \| ([\d.e-]+) \|/gm)].map(
    ([, kernel = '', bound]) => [kernel, Number(bound)],
  ),
);

function deviation(found: ArrayLike<number>, wanted: ArrayLike<number>, scale?: number): number {
  let [worst, largest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const [got, right] = [found[i] ?? Number.NaN, wanted[i] ?? Number.NaN];
    const error = Math.abs(got - right);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    largest = Math.max(largest, Math.abs(right));
  }
  const share = scale ?? largest;
  return worst === 0 ? 0 : worst / share;
}

for (const { kernel, title, found, wanted, scale, most = 2 ** 18 } of CASES) {
  t.test(`${kernel}: ${title} (${info().simd})`, async (t) => {
    const bound = BOUNDS.get(kernel) ?? Number.NaN;
    for (const size of [...SIZES.filter((n) => n < most), most]) {
      for (const [name, at] of Object.entries(DATA)) {
        const x = Float32Array.from({ length: size }, (_, i) => at(i));
        const off = deviation(await found(x), wanted(x), scale?.(x));
        t.ok(off <= bound, `${size} numbers, ${name}: off by ${off}`);
      }
    }
  });
}

t.test('the table names what is measured, and nothing else', async (t) => {
  t.strictSame([...new Set(CASES.map(({ kernel }) => kernel))].sort(), [...BOUNDS.keys()].sort());
});
