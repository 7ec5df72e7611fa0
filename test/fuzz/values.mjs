import { Planted } from './judge.mjs';

const planted = () => {
  throw new Planted('planted');
};

export function detached() {
  const array = new Float32Array(8);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

function cyclic() {
  const list = [1];
  list.push(list);
  return list;
}

/** Shrinks while it is read. */
function shrinking() {
  const buffer = new ArrayBuffer(64, { maxByteLength: 128 });
  const array = new Float32Array(buffer);
  return new Proxy([1, 2, 3, 4], {
    get(target, name) {
      if (name === '1') buffer.resize(4);
      return name === '2' ? array : Reflect.get(target, name);
    },
  });
}

// That of a detached one is 0.
const isDetached = (buffer) => buffer.maxByteLength === 0;

function resizable(random) {
  const buffer = new ArrayBuffer(64, { maxByteLength: 256 });
  const array = new Float32Array(buffer);
  const size = random.pick([0, 4, 256]);
  setTimeout(() => isDetached(buffer) || buffer.resize(size), random.integer(0, 2));
  return array;
}

/** Its elements change the list that is read. */
function mutating() {
  const list = [1, 2, 3, 4];
  const shorten = () => {
    list.length = 2;
    return 5;
  };
  Object.defineProperty(list, 1, { enumerable: true, get: shorten });
  return list;
}

function sparse() {
  const list = [1, 2];
  list[9] = 3;
  return list;
}

function deep(levels) {
  let list = [1];
  for (let i = 0; i < levels; i++) list = [list];
  return list;
}

/** What no argument is meant to be, by what it is. */
const HOSTILE = [
  () => null,
  () => undefined,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => -0,
  () => -1,
  () => 0,
  () => 0.5,
  () => 1e-320,
  () => 1e308,
  () => 2 ** 31,
  () => 2 ** 32 + 1,
  () => 2 ** 44,
  () => Number.MAX_SAFE_INTEGER,
  () => 10n,
  () => 2n ** 70n,
  () => true,
  () => '',
  () => 'nonsense',
  () => '__proto__',
  () => 'constructor',
  () => 'a/b\\c\0d',
  () => '\ud800',
  () => 'x'.repeat(100_000),
  () => Symbol('hostile'),
  () => () => 1,
  () => planted,
  () => class {},
  () => ({}),
  () => [],
  () => [[]],
  () => [Number.NaN],
  () => [1, 'two', null],
  () => [[1, 2], [3]],
  () => [2 ** 40, 2 ** 40],
  () => cyclic(),
  () => sparse(),
  () => deep(70),
  () => deep(20_000),
  () => mutating(),
  () => shrinking(),
  () => detached(),
  () => new Float32Array(new SharedArrayBuffer(32)),
  (random) => resizable(random),
  () => new Float32Array(0),
  () => new Float64Array([Number.NaN, Number.NEGATIVE_INFINITY]),
  () => new BigInt64Array([2n ** 62n, -1n]),
  () => new Uint8ClampedArray(3),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => Buffer.from('text'),
  () => new Map([['units', 1]]),
  () => new Set([1]),
  () => new Date(Number.NaN),
  () => /x/,
  () => new Error('a value'),
  () => Promise.resolve(1),
  () => new WeakMap(),
  () => Object.create(null),
  () => Object.freeze([1, 2]),
  () => JSON.parse('{"__proto__": {"units": 3}, "constructor": 1}'),
  () => ({ toString: planted, valueOf: planted }),
  () => ({ constructor: { name: Symbol('name') } }),
  () => ({
    get length() {
      return planted();
    },
  }),
  () => ({ length: 2 ** 53, 0: 1 }),
  () => ({ [Symbol.toStringTag]: 'Object', [Symbol.iterator]: planted }),
  () => ({ [Symbol.toPrimitive]: () => ({}) }),
  // biome-ignore lint/suspicious/noThenProperty: what awaits it gets 1
  () => ({ then: (resolve) => resolve(1) }),
  () => ({ data: new Float32Array(6), shape: [2, 3] }),
  () => ({ data: new Float32Array(6), shape: [2, 4] }),
  () => ({ data: new Float32Array(6), shape: [-2, -3] }),
  () => ({ data: new Float32Array(6), shape: Array(5000).fill(1) }),
  () => ({ data: detached(), shape: [8] }),
  () => ({
    get data() {
      return planted();
    },
    shape: [1],
  }),
  () => ({ class_name: 'Dense', config: { units: 2 } }),
  () => ({ class_name: 'function', config: 'constructor' }),
  () => ({ class_name: { toString: planted }, config: null }),
  () => Object.assign([1, 2], { constructor: { [Symbol.species]: 1 } }),
  () => new Proxy({}, { get: planted, ownKeys: planted, has: planted }),
  () => new Proxy([], { get: (target, name) => (name === 'length' ? 3 : Reflect.get(target, name)) }),
  () => new Proxy({}, { ownKeys: () => ['units', 'units2'], getOwnPropertyDescriptor: () => undefined }),
];

export function hostile(random) {
  return random.pick(HOSTILE)(random);
}

const ARRAYS = [
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
];
/** A shape may say anything. */
const MOST_NUMBERS = 1e6;
const EXTREME = [Number.NaN, Number.POSITIVE_INFINITY, -1e38, 1e308, -0, 5e-324, 2 ** 31];

/** Data of this shape in one of the forms that are taken; where `classes` is given, whole numbers below it. */
export function data(random, shape, classes = null) {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size > MOST_NUMBERS) return hostile(random);
  const number = () => (classes === null ? random.next() * 4 - 2 : random.integer(0, classes - 1));
  const numbers = random.list(size, number);
  if (random.chance(0.1)) for (let i = 0; i < 3; i++) numbers[random.integer(0, size)] = random.pick(EXTREME);
  const form = random.integer(0, 4);
  if (form === 0) return nested(numbers, shape);
  const typed = random
    .pick(classes === null ? [Float32Array, Float32Array, Float64Array, Uint8Array] : ARRAYS)
    .from(numbers);
  if (form === 1) return { data: typed, shape };
  if (form === 2) return onSharedMemory(typed);
  return form === 3
    ? typed
    : BigInt64Array.from(typed, (value) => BigInt(Number.isFinite(value) ? Math.trunc(value) : 0));
}

function nested(numbers, [length, ...inner]) {
  if (length === undefined) return numbers[0];
  const size = inner.reduce((product, size) => product * size, 1);
  return Array.from({ length }, (_, i) => nested(numbers.slice(i * size, (i + 1) * size), inner));
}

function onSharedMemory(typed) {
  const shared = new typed.constructor(new SharedArrayBuffer(typed.byteLength));
  shared.set(typed);
  return shared;
}

/** Does to an array what its owner may do at any time. */
export function disturb(random, given) {
  const array = ArrayBuffer.isView(given) ? given : Object.getOwnPropertyDescriptor(given ?? {}, 'data')?.value;
  if (!ArrayBuffer.isView(array) || !(array.length > 0) || array instanceof BigInt64Array) return;
  if (random.chance(0.5)) array.fill(Number.NaN);
  else if (array.buffer instanceof ArrayBuffer) structuredClone(array.buffer, { transfer: [array.buffer] });
}
