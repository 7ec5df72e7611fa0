import t, { type Test } from 'tap';
import { native } from '../lib/native';
import type { TypedArray } from '../lib/shaped_array';

// Numbers that stand in each block of a search, and at the ends of what one thread looks through.
const SIZE = 2 ** 18 + 1025;
const PLACES = [0, 1, 1023, 1024, 2 ** 17, 2 ** 18 - 1, 2 ** 18, SIZE - 1];
const FLOATS = [Float32Array, Float64Array];
const SIGNED = [Int8Array, Int16Array, Int32Array];
const UNSIGNED = [Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array];
const BIG = [BigInt64Array, BigUint64Array];

const inside = { low: 0, high: 9, whole: true, except: Number.NaN };

const isBig = (type: unknown): boolean => (BIG as readonly unknown[]).includes(type);
const make = (type: new (size: number) => TypedArray): TypedArray => new type(SIZE);
const put = (array: TypedArray, at: number, value: number): void => {
  (array as unknown as Record<number, number | bigint>)[at] = isBig(array.constructor) ? BigInt(value) : value;
};

function checkPlace(t: Test, array: TypedArray, at: number): void {
  const what = `${array.constructor.name}, at ${at}`;
  const but10 = { ...inside, except: 10 };
  put(array, at, 10);
  t.equal(native.findOutside(array, inside), at, `above: ${what}`);
  t.equal(native.findOutside(array, but10), -1, `but what is excepted: ${what}`);
  put(array, SIZE - 1, 11);
  t.equal(native.findOutside(array, but10), SIZE - 1, `what comes after it: ${what}`);
  put(array, SIZE - 1, 0);
  put(array, at, 0);
}

t.test('finds the first number that may not be, in every kind of array', async (t) => {
  for (const type of [...FLOATS, ...SIGNED, ...UNSIGNED, ...BIG]) {
    const array = make(type);
    t.equal(native.findOutside(array, inside), -1, `${type.name}: all are inside`);
    for (const at of PLACES) checkPlace(t, array, at);
  }
  for (const type of [...FLOATS, ...SIGNED]) {
    const array = make(type);
    put(array, 2 ** 18, -1);
    t.equal(native.findOutside(array, inside), 2 ** 18, `${type.name}: below`);
  }
});

t.test('whole numbers are neither fractions nor NaN nor infinite', async (t) => {
  const finite = { ...inside, low: -Number.MAX_VALUE, high: Number.MAX_VALUE };
  for (const type of FLOATS) {
    for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const array = make(type);
      put(array, 1024, value);
      t.equal(native.findOutside(array, finite), 1024, `${type.name} ${value}`);
      const fractions = { ...inside, whole: false };
      const isWithin = value === 0.5 || Number.isNaN(value);
      t.equal(native.findOutside(array, fractions), isWithin ? -1 : 1024, `${type.name} ${value}, with fractions`);
    }
  }
});

t.test('limits that floats do not have are kept to the next number within', async (t) => {
  const array = Float32Array.of(2 ** 24, 2 ** 24 + 2, -(2 ** 24) - 2);
  t.equal(native.findOutside(array, { ...inside, low: -(2 ** 25), high: 2 ** 24 + 1 }), 1);
  t.equal(native.findOutside(array, { ...inside, low: -(2 ** 24) - 1, high: 2 ** 25 }), 2);
});

t.test('an empty array has no such number, and what is no array is refused', async (t) => {
  t.equal(native.findOutside(new Float32Array(0), inside), -1);
  t.throws(() => native.findOutside([1] as never, inside), { code: 'ERR_INVALID_ARG' });
  t.throws(() => native.findOutside(new Float32Array(1), {} as never), { code: 'ERR_INVALID_ARG' });
});
