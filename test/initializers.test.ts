import {
  Dense,
  type Initializer,
  Input,
  initializers,
  SeedGenerator,
  Sequential,
  setRandomSeed,
  type Tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { type Args, type GoldenCase, goldenCases, toOptions } from './helpers/golden';
import { deviation } from './helpers/numbers';
import { nativeNames } from './helpers/registries';
import { ALIASES, FANS, type InitializerRow, REFUSALS, ROWS, WRONG_SHAPES } from './initializers.cases';
import { fromNested } from './oracle/ndarray';

type InitializerClass = new (options?: object) => Initializer;

const classOf = (name: string): InitializerClass => (initializers as never)[name];
const make = ({ name, args = {} }: Pick<InitializerRow, 'name' | 'args'>, extra = {}): Initializer =>
  new (classOf(name))({ ...toOptions(args), ...extra });
const draw = (initializer: Initializer): number[] => [...initializer.initialize([5, 6]).data];
const RANDOM = ROWS.filter(({ random }) => random);

function statistics(values: Float32Array): { mean: number; std: number; min: number; max: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) };
}

interface GoldenInitializer extends GoldenCase {
  readonly kind: 'statistics' | 'exact' | 'orthogonal' | 'error';
  readonly class: string;
  readonly args: Args;
  readonly shape: readonly number[];
  readonly expected?: unknown;
  readonly mean: number;
  readonly std: number;
  readonly mean_tolerance: number;
  readonly std_tolerance: number;
  readonly min?: number;
  readonly max?: number;
  /** How far towards its bounds a draw reaches. */
  readonly edge_reached?: number;
}

function checkStatistics(t: Test, golden: GoldenInitializer, data: Float32Array): void {
  const { mean, std, min, max } = statistics(data);
  t.ok(Math.abs(mean - golden.mean) <= golden.mean_tolerance, `mean ${mean}`);
  t.ok(Math.abs(std - golden.std) <= golden.std_tolerance, `std ${std}`);
  const [low, high] = [golden.min ?? Number.NEGATIVE_INFINITY, golden.max ?? Number.POSITIVE_INFINITY];
  t.ok(min >= Math.fround(low) && max <= Math.fround(high), `from ${min} to ${max}`);
  if (golden.edge_reached === undefined) return;
  const reach = (golden.edge_reached * (high - low)) / 2;
  t.ok(max - golden.mean >= reach && golden.mean - min >= reach, `reaches from ${min} to ${max}`);
}

t.test("Keras' own statistics", async (t) => {
  const names = ROWS.map(({ name }) => name);
  const known = goldenCases<GoldenInitializer>('initializers').filter((golden) => names.includes(golden.class));
  for (const golden of known) {
    t.test(golden.name, async (t) => {
      const options = toOptions(golden.args);
      if (golden.expect_error === true) {
        t.throws(() => make({ name: golden.class, args: golden.args }).initialize(golden.shape), { code: /^ERR_/ });
        return;
      }
      const { data, shape } = new (classOf(golden.class))(options).initialize(golden.shape);
      t.strictSame([...shape], golden.shape);
      if (golden.kind === 'exact') t.ok(deviation(data, fromNested(golden.expected).data) <= (golden.tolerance ?? 0));
      if (golden.kind === 'statistics') checkStatistics(t, golden, data);
    });
  }
});

t.test('seeds', async (t) => {
  for (const row of RANDOM) {
    t.test(row.name, async (t) => {
      const seeded = make(row, { seed: 7 });
      t.strictSame(draw(seeded), draw(seeded), 'one instance draws the same twice');
      t.strictSame(draw(seeded), draw(make(row, { seed: 7 })), 'and so does its like');
      t.notSame(draw(seeded), draw(make(row, { seed: 8 })));
      t.notSame(draw(seeded), draw(make(row, { seed: 7 + 2 ** 32 })), 'all of a seed counts');
      const unseeded = make(row);
      t.strictSame(draw(unseeded), draw(unseeded), 'without a seed too');
      t.notSame(draw(unseeded), draw(make(row)), 'but two of them differ');
      const fresh = make(row, { seed: new SeedGenerator(7) });
      const [first, second] = [draw(fresh), draw(fresh)];
      t.notSame(first, second, 'a SeedGenerator gives new ones');
      t.strictSame(draw(make(row, { seed: new SeedGenerator(7) })), first, 'the same in each run');
      setRandomSeed(3);
      const once = draw(make(row));
      setRandomSeed(3);
      t.strictSame(draw(make(row)), once, 'setRandomSeed repeats');
    });
  }
});

t.test('the fans of a shape', async (t) => {
  for (const { shape, axes, fans } of FANS) {
    for (const [k, mode] of ['fan_in', 'fan_out'].entries()) {
      const fan = Math.max(1, fans[k] ?? 0);
      const scaled = new initializers.VarianceScaling({
        ...axes,
        scale: fan / 3,
        mode: mode as 'fan_in',
        distribution: 'uniform',
        seed: 1,
      });
      const plain = new initializers.RandomUniform({ minval: -1, maxval: 1, seed: 1 });
      t.ok(deviation(scaled.initialize(shape).data, plain.initialize(shape).data) < 1e-6, `${mode} of [${shape}]`);
    }
  }
});

t.test('shapes', async (t) => {
  for (const row of ROWS) {
    for (const shape of [[], [0], [3], [2, 0], [1, 1], [2, 5], [2, 3, 4]]) {
      if (row.ranks?.includes(shape.length) === false) continue;
      const { data, shape: found, dtype } = make(row).initialize(shape);
      const size = shape.reduce((product, length) => product * length, 1);
      t.strictSame([[...found], data.length, dtype], [shape, size, 'float32'], `${row.name} [${shape}]`);
      t.notOk(data.some(Number.isNaN));
    }
  }
  for (const { name, options, shape, code } of WRONG_SHAPES) {
    const call = (): unknown => new (classOf(name))(options).initialize(shape as number[]);
    t.throws(call, { code, message: /`(shape|inputAxes|outputAxes)/ }, `${name} ${JSON.stringify(shape)}`);
  }
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** The rows of a wide matrix, the columns of another. */
function vectorsOf({ data, shape: [rows = 0, columns = 0] }: Tensor): number[][] {
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const at = (k: number, i: number): number => (rows < columns ? k * columns + i : i * columns + k);
  return Array.from({ length: count }, (_, k) => Array.from({ length }, (_, i) => Number(data[at(k, i)])));
}

t.test('Orthogonal', async (t) => {
  for (const shape of [
    [1, 1],
    [1, 9],
    [7, 3],
    [3, 7],
    [33, 33],
    [64, 31],
  ]) {
    const vectors = vectorsOf(new initializers.Orthogonal({ gain: 2, seed: 5 }).initialize(shape));
    const products = vectors.flatMap((one) => vectors.map((other) => dot(one, other)));
    const unity = vectors.flatMap((_, j) => vectors.map((_, k) => (j === k ? 4 : 0)));
    t.ok(deviation(products, unity) < 1e-5, `[${shape}]: the vectors are orthogonal`);
    // The QR decomposition of normally distributed vectors: R is upper triangular, with a positive diagonal.
    const sizes = [vectors.length, Math.max(...shape)];
    const { data } = new initializers.RandomNormal({ stddev: 1, seed: 5 }).initialize(sizes);
    const draws = vectors.map((one, k) => data.subarray(k * one.length, (k + 1) * one.length));
    t.ok(
      vectors.every((one, k) => dot(one, draws[k] ?? []) > 0),
      `[${shape}]: the diagonal of R`,
    );
    const below = vectors.flatMap((one, j) => draws.slice(0, j).map((draw) => Math.abs(dot(one, draw))));
    t.ok(Math.max(0, ...below) < 1e-4, `[${shape}]: below it`);
  }
  const [flat, deep] = [
    [6, 5],
    [2, 3, 5],
  ].map((shape) => new initializers.Orthogonal({ seed: 2 }).initialize(shape));
  t.strictSame(deep?.data, flat?.data, 'all axes but the last are rows');
});

t.test('uniform values reach the lower end and never the upper one', async (t) => {
  const { data } = new initializers.RandomUniform({ minval: 1, maxval: 1 + 2 ** -22, seed: 1 }).initialize([1000]);
  t.strictSame([...new Set(data)].sort(), [1, 1 + 2 ** -23]);
  const flat = new initializers.RandomUniform({ minval: 2, maxval: 2 }).initialize([3]);
  t.strictSame([...flat.data], [2, 2, 2]);
});

t.test('refusals', async (t) => {
  for (const { name, options, code, message } of REFUSALS) {
    t.throws(() => new (classOf(name))(options as object), { code, message }, `${name} ${JSON.stringify(options)}`);
  }
});

t.test('identifiers', async (t) => {
  const { get, serialize, deserialize } = initializers;
  for (const row of ROWS) {
    const { name, args = {}, config } = row;
    const initializer = make(row);
    const written = serialize(initializer);
    const full = row.random ? { ...config, seed: null } : config;
    t.strictSame(written, { module: 'keras.initializers', class_name: name, config: full, registered_name: null });
    t.strictSame(serialize(deserialize(JSON.parse(JSON.stringify(written)))), written);
    t.strictSame(get({ class_name: name, config: args }).getConfig(), full);
    t.equal(get(initializer), initializer);
    t.type(get(classOf(name) as new () => Initializer), classOf(name));
  }
  for (const [alias, name] of ALIASES) t.type(get(alias), classOf(name), alias);
  t.equal(get(null), null);
  for (const unknown of ['typo', 'glorot', '', 'constructor', {}, 5]) {
    t.throws(() => get(unknown as string), { code: 'ERR_INVALID_ARG' }, JSON.stringify(unknown));
  }
  for (const nameless of ['constant', 'Constant', { class_name: 'Constant', config: {} }]) {
    t.throws(() => get(nameless), { code: 'ERR_INVALID_ARG', message: /`value`/ });
  }
  t.strictSame(
    new initializers.VarianceScaling({ distribution: 'normal' }).getConfig().distribution,
    'truncated_normal',
  );
  const axes = { input_axes: [0, 1], output_axes: 2 };
  const withAxes = initializers.HeNormal.fromConfig({ seed: 1, ...axes });
  t.strictSame(withAxes.getConfig(), { seed: 1, ...axes });
  t.strictSame(initializers.HeNormal.fromConfig({ seed: 1, input_axes: null, output_axes: null }).getConfig(), {
    seed: 1,
  });
  t.throws(() => get('glorot_unifrom'), /Did you mean 'GlorotUniform'\?/);
  const seeded = new initializers.HeNormal({ seed: new SeedGenerator(1) });
  t.throws(() => seeded.getConfig(), { code: 'ERR_INVALID_ARG', message: /`seed`/ });
});

t.test('a Constant of an array is broadcast as by NumPy', async (t) => {
  const { Constant } = initializers;
  const table = [
    [1, 2],
    [3, 0.1],
  ];
  const whole = new Constant({ value: table });
  t.strictSame(whole.initialize([2, 2]).data, Float32Array.of(1, 2, 3, 0.1));
  t.strictSame(whole.initialize([2, 2, 2]).data, Float32Array.of(1, 2, 3, 0.1, 1, 2, 3, 0.1));
  t.strictSame(new Constant({ value: [1, 2] }).initialize([2, 2]).data, Float32Array.of(1, 2, 1, 2));
  t.strictSame(new Constant({ value: [[1], [2]] }).initialize([2, 2]).data, Float32Array.of(1, 1, 2, 2));
  t.strictSame(new Constant({ value: Float64Array.of(7) }).initialize([2]).data, Float32Array.of(7, 7));
  t.strictSame(whole.getConfig(), { value: table });
  t.strictSame(Constant.fromConfig(JSON.parse(JSON.stringify(whole.getConfig()))).getConfig(), { value: table });
  const given = Float32Array.of(1, 2);
  const copy = new Constant({ value: given });
  given.fill(5);
  t.strictSame(copy.initialize([2]).data, Float32Array.of(1, 2));
  const layer = new Dense({ units: 2, kernelInitializer: whole, trainable: false });
  t.strictSame(
    (new Sequential([new Input({ shape: [2] }), layer]).predictSync([[1, 1]]) as Tensor).data,
    Float32Array.of(4, 2.1),
  );
  for (const shape of [[], [2], [3, 2], [2, 1], [4]]) {
    t.throws(
      () => whole.initialize(shape),
      { code: 'ERR_SHAPE_MISMATCH', message: /`value` of shape \[2, 2\]/ },
      `[${shape}]`,
    );
  }
  for (const value of [[1, Number.NaN], ['1'], [[1], [2, 3]], [Number.POSITIVE_INFINITY]]) {
    t.throws(() => new Constant({ value: value as number[] }), {
      code: /^ERR_(INVALID_ARG|SHAPE_MISMATCH)$/,
      message: /`value/,
    });
  }
});

t.test('a layer takes them all', async (t) => {
  for (const { name } of ROWS.filter(({ name }) => name !== 'Constant')) {
    const layer = new Dense({ units: 3, kernelInitializer: name as initializers.InitializerName });
    layer.build([null, 4]);
    t.strictSame([...(layer.getWeights()[0]?.shape ?? [])], [4, 3], name);
  }
});

t.test("Keras' list, the classes and the rows are the same set, and the native table serves them", async (t) => {
  const keras = [
    ...['VarianceScaling', 'GlorotUniform', 'GlorotNormal', 'HeNormal', 'HeUniform', 'LecunNormal', 'LecunUniform'],
    ...['RandomNormal', 'TruncatedNormal', 'RandomUniform', 'Zeros', 'Ones', 'Constant', 'Identity', 'Orthogonal'],
  ].sort();
  t.strictSame(ROWS.map(({ name }) => name).sort(), keras);
  const exported = Object.values(initializers as Record<string, unknown>).filter(
    (value) => typeof value === 'function' && value.prototype instanceof initializers.Initializer,
  );
  t.strictSame(exported.map((type) => (type as InitializerClass).name).sort(), keras);
  const kernels = ['constant', 'identity', 'orthogonal', 'random_normal', 'random_uniform', 'truncated_normal'];
  t.strictSame(nativeNames('initializers'), kernels);
});
