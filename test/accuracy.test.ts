import { readFileSync } from 'node:fs';
import { info } from 'gemsbok';
import t from 'tap';
import { type AccuracyCase, DATA, largest, CASES as SINGLE_CASES } from './accuracy.cases';
import { LOSS_GRADIENTS, LOSS_VALUES } from './accuracy_losses.cases';
import { NORMALIZATION_CASES } from './accuracy_normalizations.cases';
import { NUMBER_CASES } from './accuracy_numbers.cases';
import { PAIR_CASES } from './accuracy_pairs.cases';
import { PRODUCT_CASES } from './accuracy_products.cases';
import { STEP_CASES } from './accuracy_steps.cases';

/** Of both types. */
const NUMBERS = [...NUMBER_CASES, ...LOSS_VALUES];
const CASES = [
  ...SINGLE_CASES,
  ...PAIR_CASES,
  ...PRODUCT_CASES,
  ...LOSS_GRADIENTS,
  ...NORMALIZATION_CASES,
  ...STEP_CASES,
  ...NUMBERS,
];
const SIZES = [1, 7, 33, 4099, 2 ** 18];

const TABLE = readFileSync('docs/accuracy.md', 'utf8');
/** The table that users read: the bound of each kernel in float32. */
const BOUNDS: ReadonlyMap<string, number> = new Map(
  [...TABLE.matchAll(/^\| `([^`]+)` \| ([\d.e-]+) \|/gm)].map(([, kernel = '', bound]) => [kernel, Number(bound)]),
);
const DOUBLE_BOUND = Number(/In float64\s+all errors are below ([\d.e-]+)\./.exec(TABLE)?.[1]);

function deviation(found: ArrayLike<number>, wanted: ArrayLike<number>, scale: number): number {
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const [got, right] = [found[i] ?? Number.NaN, wanted[i] ?? Number.NaN];
    const error = Math.abs(got - right);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return worst === 0 ? 0 : worst / scale;
}

function measure<X extends ArrayLike<number>>(
  one: AccuracyCase<X>,
  bound: number,
  arrayOf: (size: number) => X & { [index: number]: number },
): void {
  const { kernel, title, found, wanted, scale, most = 2 ** 18, data = DATA } = one;
  t.test(`${kernel}: ${title} (${info().simd}, to ${bound})`, async (t) => {
    for (const size of [...SIZES.filter((n) => n < most), most]) {
      for (const [name, at] of Object.entries(data)) {
        const x = arrayOf(size);
        for (let i = 0; i < size; i++) x[i] = at(i);
        const right = wanted(x);
        const off = deviation(await found(x), right, scale?.(x, right) ?? largest(right));
        t.ok(off <= bound, `${size} numbers, ${name}: off by ${off}`);
      }
    }
  });
}

for (const one of CASES) {
  measure(one, BOUNDS.get(one.kernel) ?? Number.NaN, (size) => new Float32Array(size));
}
for (const one of NUMBERS) {
  measure(one, DOUBLE_BOUND, (size) => new Float64Array(size));
}

t.test('the table names what is measured, and nothing else', async (t) => {
  t.strictSame([...new Set(CASES.map(({ kernel }) => kernel))].sort(), [...BOUNDS.keys()].sort());
});
