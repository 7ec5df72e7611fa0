import {
  clearSession,
  Dense,
  epsilon,
  floatx,
  Loss,
  normalize,
  Sequential,
  setEpsilon,
  setRandomSeed,
  toCategorical,
  utils,
} from 'gemsbok';
import t from 'tap';
import { type GoldenCase, goldenCases } from './helpers/golden';
import { deviation } from './helpers/numbers';
import { fromNested } from './oracle/ndarray';

interface GoldenUtility extends GoldenCase {
  readonly function?: string;
  readonly args?: {
    readonly x?: number[];
    readonly num_classes?: number | null;
    readonly order?: number;
    readonly axis?: number;
    readonly name?: string;
  };
  readonly expected?: unknown;
}

/** The automatic name of an instance of a class. */
function automaticName(className: string): string {
  const classes = {
    [className]: class extends Loss {
      override call(): number[] {
        return [];
      }
    },
  };
  const Own = classes[className] as new () => Loss;
  return new Own().name;
}

t.test("Keras' own runs", async (t) => {
  for (const { name, function: called, args = {}, expected, tolerance = 0, expect_error } of goldenCases<GoldenUtility>(
    'utils',
  )) {
    const { x = [], num_classes: numClasses, order, axis } = args;
    if (called === 'to_snake_case') {
      t.equal(automaticName(args.name ?? ''), expected, name);
      continue;
    }
    if (called !== 'to_categorical' && called !== 'normalize') continue;
    const call = () => (called === 'normalize' ? normalize(x, { order, axis }) : toCategorical(x, { numClasses }));
    if (expect_error === true) {
      t.throws(call, { code: /^ERR_/ }, name);
      continue;
    }
    const wanted = fromNested(expected);
    const { data, shape } = call();
    t.strictSame([...shape], wanted.shape, name);
    t.ok(deviation(data, wanted.data) <= tolerance, name);
  }
});

t.test('toCategorical', async (t) => {
  const one = [0, 1];
  t.strictSame(toCategorical(1).toArray(), one, 'a label alone');
  t.strictSame(toCategorical([1]).toArray(), [one], 'a vector of one keeps its axis');
  t.strictSame(
    toCategorical([[0], [1]]).toArray(),
    [
      [1, 0],
      [0, 1],
    ],
    'a last axis of 1 goes',
  );
  t.strictSame(toCategorical([[0, 1]]).toArray(), [
    [
      [1, 0],
      [0, 1],
    ],
  ]);
  t.strictSame(
    toCategorical(Uint8Array.of(0, 2), 4).toArray(),
    [
      [1, 0, 0, 0],
      [0, 0, 1, 0],
    ],
    'a bare number',
  );
  t.strictSame(toCategorical(BigInt64Array.of(1n)).toArray(), [one]);
  t.strictSame([...toCategorical([], { numClasses: 3 }).shape], [0, 3]);
  t.equal(toCategorical([0]).dtype, 'float32');
  const refused: [unknown, unknown, string, RegExp][] = [
    [[0, 3], { numClasses: 3 }, 'ERR_OUT_OF_RANGE', /from 0 to 2 for `x\[1\]`, received 3/],
    [[-1], {}, 'ERR_OUT_OF_RANGE', /`x\[0\]`.*-1/],
    [[0.5], {}, 'ERR_INVALID_ARG', /`x\[0\]`.*0.5/],
    [[Number.NaN], {}, 'ERR_INVALID_ARG', /`x\[0\]`.*NaN/],
    [[], {}, 'ERR_INVALID_ARG', /`numClasses`/],
    [[0], { numClasses: 0 }, 'ERR_OUT_OF_RANGE', /`numClasses`/],
    [[0], 1.5, 'ERR_INVALID_ARG', /`numClasses`.*1.5/],
    [[0], { classes: 3 }, 'ERR_INVALID_ARG', /toCategorical knows: numClasses/],
    ['01', {}, 'ERR_INVALID_ARG', /`x`/],
  ];
  for (const [x, options, code, message] of refused) {
    t.throws(() => toCategorical(x as number, options as object), { code, message }, JSON.stringify(x));
  }
});

t.test('normalize', async (t) => {
  const x = [
    [
      [3, 0],
      [4, 5],
    ],
    [
      [0, 1],
      [0, -1],
    ],
  ];
  t.strictSame(normalize([0, 0]).toArray(), [0, 0], 'zeros have no direction');
  t.strictSame(normalize([2, -6], { order: 1 }).toArray(), [0.25, -0.75]);
  for (const axis of [0, 1, 2, -1]) {
    const { data, shape } = normalize(x, { axis });
    const squares = new Map<string, number>();
    for (const [i, value] of data.entries()) {
      const index = [Math.floor(i / 4), Math.floor(i / 2) % 2, i % 2];
      index.splice(axis, 1);
      squares.set(index.join(), (squares.get(index.join()) ?? 0) + value ** 2);
    }
    t.strictSame([...shape], [2, 2, 2]);
    for (const square of squares.values()) t.ok(square === 0 || Math.abs(square - 1) < 1e-6, `axis ${axis}: ${square}`);
  }
  t.strictSame([...normalize({ data: new Float32Array(0), shape: [0, 2] }).shape], [0, 2]);
  t.throws(() => normalize([1], { axis: 1 }), { code: 'ERR_OUT_OF_RANGE', message: /`axis`/ });
  t.throws(() => normalize(1), { code: 'ERR_OUT_OF_RANGE', message: /`axis`/ });
  t.throws(() => normalize([1], { order: 0 }), { code: 'ERR_OUT_OF_RANGE', message: /`order`/ });
  t.throws(() => normalize([1], { order: 1.5 }), { code: 'ERR_INVALID_ARG', message: /`order`/ });
  t.throws(() => normalize([1], { ord: 2 } as object), {
    code: 'ERR_INVALID_ARG',
    message: /normalize knows: axis, order/,
  });
});

t.test('the session', async (t) => {
  clearSession();
  const names = (): string[] =>
    [new Dense({ units: 1 }), new Dense({ units: 1 }), new Sequential()].map(({ name }) => name);
  t.strictSame(names(), ['dense', 'dense_1', 'sequential']);
  t.strictSame(names(), ['dense_2', 'dense_3', 'sequential_1']);
  clearSession();
  t.strictSame(names(), ['dense', 'dense_1', 'sequential']);
  t.equal(epsilon(), 1e-7);
  t.equal(floatx(), 'float32');
});

t.test('the namespace has them all', async (t) => {
  t.strictSame({ ...utils }, { clearSession, epsilon, floatx, normalize, setEpsilon, setRandomSeed, toCategorical });
});
