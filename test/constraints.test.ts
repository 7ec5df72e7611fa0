import { type Constraint, constraints } from 'gemsbok';
import t from 'tap';
import { type Args, type GoldenCase, goldenCases, toOptions } from './helpers/golden';
import { deviation, sequence } from './helpers/numbers';
import { nativeNames } from './helpers/registries';
import { constraint as oracle } from './oracle/constraints';
import { fromNested, nd, sizeOf } from './oracle/ndarray';
import { CONSTRAINT_REFUSALS, CONSTRAINTS, type WeightRow } from './weights.cases';

type ConstraintClass = new (options?: object) => Constraint;

const classOf = (name: string): ConstraintClass => (constraints as never)[name];
const make = ({ name, args = {} }: Pick<WeightRow, 'name' | 'args'>): Constraint =>
  new (classOf(name))(toOptions(args));
const titleOf = ({ name, args }: WeightRow): string => (args ? `${name} ${JSON.stringify(args)}` : name);

t.test('values', async (t) => {
  for (const row of CONSTRAINTS) {
    t.test(titleOf(row), async (t) => {
      for (const shape of row.shapes) {
        const size = sizeOf([...shape]);
        const w = nd([...shape], sequence(size).map(Math.fround));
        const expected = oracle(row.name, row.args ?? {}, w);
        for (const [dtype, tolerance] of [
          ['float32', 5e-7],
          ['float64', 1e-15],
        ] as const) {
          const found = make(row).apply(w, { dtype });
          const off = deviation(found.data as Float64Array, expected.data);
          t.strictSame([found.dtype, [...found.shape]], [dtype, [...shape]]);
          t.ok(off <= tolerance, `${dtype} [${shape}]: off by ${off}`);
        }
      }
    });
  }
});

t.test('corners', async (t) => {
  const { MaxNorm, UnitNorm, NonNeg } = constraints;
  for (const row of CONSTRAINTS.filter(({ args }) => !Array.isArray(args?.axis))) {
    const w = Float32Array.of(3, -4, Number.NaN, 1);
    const { data } = make(row).apply({ data: w, shape: [2, 2] });
    t.strictSame(w, Float32Array.of(3, -4, Number.NaN, 1), `${titleOf(row)} leaves its argument alone`);
    t.ok(Number.isNaN(data[2]), 'NaN stays NaN');
    t.notOk(
      make(row)
        .apply([
          [0, 0],
          [0, 0],
        ])
        .data.some(Number.isNaN),
      'zeros have no direction',
    );
  }
  t.strictSame(new NonNeg().apply([-0.5, 0, 2]).toArray(), [0, 0, 2]);
  const once = new MaxNorm().apply([[3], [4]]);
  t.ok(deviation(new MaxNorm().apply(once).data as Float32Array, once.data as Float32Array) < 1e-6, 'twice is once');
  t.throws(() => new UnitNorm({ axis: 1 }).apply([1, 2]), { code: 'ERR_OUT_OF_RANGE', message: /`axis`.*1/ });
  t.throws(() => new UnitNorm({ axis: [0, -1] }).apply([1, 2]), {
    code: 'ERR_INVALID_ARG',
    message: /axes that differ/,
  });
  t.throws(() => new UnitNorm().apply(1), { code: 'ERR_OUT_OF_RANGE', message: /`axis`/ });
  t.throws(() => new NonNeg().apply(null as never), { code: 'ERR_INVALID_ARG', message: /`w`/ });
  for (const { name, options, code, message } of CONSTRAINT_REFUSALS) {
    t.throws(() => new (classOf(name))(options as object), { code, message }, `${name} ${JSON.stringify(options)}`);
  }
});

interface GoldenConstraint extends GoldenCase {
  readonly kind: string;
  readonly class: string;
  readonly args: Args;
  readonly x: unknown;
  readonly expected: unknown;
}

t.test("Keras' own runs", async (t) => {
  const golden = goldenCases<GoldenConstraint>('regularizers_constraints');
  for (const { name, class: type, args, x, expected, tolerance = 0 } of golden.filter(
    ({ kind }) => kind === 'constraint',
  )) {
    const found = make({ name: type, args }).apply(fromNested(x));
    const off = deviation(found.data as Float32Array, fromNested(expected).data);
    t.ok(off <= tolerance, `${name}: off by ${off}`);
  }
});

t.test('identifiers', async (t) => {
  const { get, serialize, deserialize } = constraints;
  for (const row of CONSTRAINTS) {
    const constraint = make(row);
    const written = serialize(constraint);
    const { name: class_name, config } = row;
    t.strictSame(written, { module: 'keras.constraints', class_name, config, registered_name: null });
    t.strictSame(serialize(deserialize(JSON.parse(JSON.stringify(written)))), written);
    t.equal(get(constraint), constraint);
    t.type(get(class_name), classOf(class_name));
    const snake = class_name.replace(/(?<=[a-z])([A-Z])/g, '_$1').toLowerCase();
    t.type(get(snake), classOf(class_name), snake);
  }
  t.equal(get(null), null);
  for (const unknown of ['nonneg', 'maxnorm', 'norm', '', 5]) {
    t.throws(() => get(unknown as string), { code: 'ERR_INVALID_ARG' }, String(unknown));
  }
});

t.test("Keras' list, the classes, the native table and the rows are the same set", async (t) => {
  const keras = ['MaxNorm', 'MinMaxNorm', 'NonNeg', 'UnitNorm'];
  t.strictSame([...new Set(CONSTRAINTS.map(({ name }) => name))].sort(), keras);
  const { Constraint: Base, ...exported } = constraints as Record<string, unknown>;
  const classes = Object.values(exported).filter(
    (one) => (one as ConstraintClass).prototype instanceof (Base as never),
  );
  t.strictSame(classes.map((one) => (one as ConstraintClass).name).sort(), keras);
  t.strictSame(nativeNames('constraints'), ['max_norm', 'min_max_norm', 'non_neg', 'unit_norm']);
});
