import { type Regularizer, regularizers } from 'gemsbok';
import t from 'tap';
import { type Args, type GoldenCase, goldenCases, toOptions } from './helpers/golden';
import { deviation, sequence } from './helpers/numbers';
import { nativeNames } from './helpers/registries';
import { regularizer as oracle } from './oracle/constraints';
import { centralDifference, fromNested, type Nd, nd, scalar, sizeOf } from './oracle/ndarray';
import { REGULARIZER_REFUSALS, REGULARIZERS, type WeightRow } from './weights.cases';

type RegularizerClass = new (options?: object) => Regularizer;

const classOf = (name: string): RegularizerClass => (regularizers as never)[name];
const make = ({ name, args = {} }: Pick<WeightRow, 'name' | 'args'>): Regularizer =>
  new (classOf(name))(toOptions(args));
const titleOf = ({ name, args }: WeightRow): string => (args ? `${name} ${JSON.stringify(args)}` : name);

/** Numbers that float32 has too, none of them near 0, where a magnitude has its kink. */
function weight(shape: readonly number[]): Nd {
  const values = sequence(sizeOf([...shape]), 3).map((value) => Math.fround(value + Math.sign(value) / 4));
  return nd([...shape], values);
}

t.test('penalties and gradients', async (t) => {
  for (const row of REGULARIZERS) {
    t.test(titleOf(row), async (t) => {
      for (const shape of [[3, 4], ...row.shapes]) {
        const x = weight(shape);
        const penalty = (moved: Nd): number => oracle(row.name, row.args ?? {}, moved);
        const gradient = centralDifference(x, (moved) => scalar(penalty(moved)));
        for (const [dtype, tolerance] of [
          ['float32', 1e-6],
          ['float64', 1e-13],
        ] as const) {
          const off = deviation([make(row).compute(x, { dtype })], [penalty(x)], 0.01);
          t.ok(off <= tolerance, `${dtype} [${shape}]: off by ${off}`);
          const found = make(row).gradient(x, { dtype });
          t.strictSame([found.dtype, [...found.shape]], [dtype, [...shape]]);
          const difference = deviation(found.data as Float64Array, gradient.data);
          t.ok(difference <= (dtype === 'float32' ? 1e-6 : 1e-7), `${dtype} [${shape}]: gradient off by ${difference}`);
        }
      }
    });
  }
});

t.test('corners', async (t) => {
  const { L1, L2, L1L2, OrthogonalRegularizer } = regularizers;
  t.strictSame(new L1({ l1: 1 }).gradient([-2, 0, 3]).toArray(), [-1, 0, 1], 'the derivative at 0 is 0');
  t.ok(Number.isNaN(new L1().compute([1, Number.NaN])));
  t.equal(new L1L2({ l1: 1 }).compute([Number.NEGATIVE_INFINITY]), Number.POSITIVE_INFINITY);
  t.equal(new L1L2().compute([Number.POSITIVE_INFINITY]), 0, 'a factor of 0 leaves its part out');
  t.ok(Number.isNaN(new OrthogonalRegularizer().compute([[1, 2]])), 'a row alone');
  t.equal(
    new OrthogonalRegularizer().compute([
      [0, 0],
      [1, 2],
    ]),
    0,
    'a row of zeros',
  );
  t.strictSame(
    new OrthogonalRegularizer()
      .gradient([
        [1, 0],
        [0, 2],
      ])
      .toArray(),
    [
      [0, 0],
      [0, 0],
    ],
  );
  t.throws(() => new OrthogonalRegularizer().compute([1, 2]), { code: 'ERR_SHAPE_MISMATCH', message: /`x`.*\[2\]/ });
  t.throws(() => new L2().compute('1' as never), { code: 'ERR_INVALID_ARG', message: /`x`/ });
  t.throws(() => new L2().compute([1], { dtype: 'int8' as never }), { code: 'ERR_INVALID_ARG', message: /`dtype`/ });
  const x = { data: Float32Array.from(sequence(200_000)), shape: [1000, 200] };
  const sum = x.data.reduce((total, value) => total + value * value, 0);
  t.ok(deviation([new L2({ l2: 1 }).compute(x)], [sum]) < 2e-7, 'a long sum keeps its digits');
  for (const { name, options, code, message } of REGULARIZER_REFUSALS) {
    t.throws(() => new (classOf(name))(options as object), { code, message }, `${name} ${JSON.stringify(options)}`);
  }
});

interface GoldenRegularizer extends GoldenCase {
  readonly kind: string;
  readonly class: string;
  readonly args: Args;
  readonly x: unknown;
  readonly expected: number;
}

t.test("Keras' own runs", async (t) => {
  const golden = goldenCases<GoldenRegularizer>('regularizers_constraints');
  for (const { name, class: type, args, x, expected, tolerance = 0, expect_error } of golden.filter(
    ({ kind }) => kind === 'regularizer',
  )) {
    if (expect_error) t.throws(() => make({ name: type, args }), { code: /^ERR_/ }, name);
    else t.ok(deviation([make({ name: type, args }).compute(fromNested(x))], [expected]) <= tolerance, name);
  }
});

t.test('identifiers', async (t) => {
  const { get, serialize, deserialize } = regularizers;
  for (const row of REGULARIZERS) {
    const regularizer = make(row);
    const written = serialize(regularizer);
    const { name: class_name, config } = row;
    t.strictSame(written, { module: 'keras.regularizers', class_name, config, registered_name: null });
    t.strictSame(serialize(deserialize(JSON.parse(JSON.stringify(written)))), written);
    t.equal(get(regularizer), regularizer);
    t.type(get(classOf(class_name) as new () => Regularizer), classOf(class_name));
    t.type(get(class_name), classOf(class_name));
  }
  t.type(get('orthogonal_regularizer'), regularizers.OrthogonalRegularizer);
  t.equal(get(null), null);
  for (const unknown of ['l1_l2', 'l3', '', 5]) t.throws(() => get(unknown as string), { code: 'ERR_INVALID_ARG' });
});

t.test("Keras' list, the classes, the native table and the rows are the same set", async (t) => {
  const keras = ['L1', 'L1L2', 'L2', 'OrthogonalRegularizer'];
  t.strictSame([...new Set(REGULARIZERS.map(({ name }) => name))].sort(), keras);
  const { Regularizer: Base, ...exported } = regularizers as Record<string, unknown>;
  const classes = Object.values(exported).filter(
    (one) => (one as RegularizerClass).prototype instanceof (Base as never),
  );
  t.strictSame(classes.map((one) => (one as RegularizerClass).name).sort(), keras);
  t.strictSame(nativeNames('regularizers'), ['l1', 'l1l2', 'l2', 'orthogonal_regularizer']);
});
