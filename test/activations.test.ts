import { activations, Dense, Input, MeanSquaredError, Sequential, type Tensor, type TensorLike } from 'gemsbok';
import t, { type Test } from 'tap';

import { type ActivationRow, ALIASES, ALONG, AT_KINKS, LIMITS, REFUSALS, ROWS } from './activations.cases';
import { type Args, type GoldenCase, goldenCases, toOptions } from './helpers/golden';
import { deviation, sequence } from './helpers/numbers';
import { nativeNames } from './helpers/registries';
import * as oracle from './oracle/activations';
import { fromNested, type Nd, nd } from './oracle/ndarray';

const LENGTHS = [1, 7, 8, 9, 31, 33];
const DTYPES = ['float32', 'float64'] as const;
type Dtype = (typeof DTYPES)[number];
const ROUNDING = { float32: 2 ** -23, float64: 2 ** -52 } as const;
const EXTREMES = [0, 1e-30, 20, 80, 1000, 1e30].map(Math.fround).flatMap((x) => [x, -x]);

const titleOf = ({ name, args }: ActivationRow): string => (args ? `${name} ${JSON.stringify(args)}` : name);
const typed = ({ shape, data }: Nd): { shape: number[]; data: Float64Array } => ({ shape, data });

function compute(name: activations.ActivationName, x: TensorLike, args: Args = {}, dtype: Dtype = 'float32'): Tensor {
  return activations.get(name)(x, { ...toOptions(args), dtype });
}

/** Numbers that float32 has too, none of them near a place where the derivative jumps. */
function inputs(length: number, { kinks = [] }: Pick<ActivationRow, 'kinks'> = {}): number[] {
  return sequence(length).map((value) => {
    const x = Math.fround(8 * value);
    return kinks.some((kink) => Math.abs(x - kink) < 0.01) ? x + 0.0625 : x;
  });
}

/** `[length]`, or rows of that length where the activation works along them. */
function inputOf(length: number, row: ActivationRow): Nd {
  if (row.alongAxis !== true) return nd([length], inputs(length, row));
  const size = row.even ? 2 * length : length;
  return nd([3, size], inputs(3 * size, row));
}

function checkValues(t: Test, row: ActivationRow, x: Nd, floors: Record<Dtype, number>): void {
  const expected = oracle.activation(row.name, row.args ?? {}, x);
  for (const dtype of DTYPES) {
    const found = compute(row.name, typed(x), row.args, dtype);
    const off = deviation(found.data as Float64Array, expected.data, floors[dtype]) / ROUNDING[dtype];
    t.strictSame([found.dtype, [...found.shape]], [dtype, expected.shape]);
    t.ok(off <= (row.ulps ?? 4), `${dtype} [${x.shape}]: off by ${off} roundings`);
  }
}

t.test('values', async (t) => {
  for (const row of ROWS) {
    t.test(titleOf(row), async (t) => {
      const floors = { float32: row.floor ?? 0, float64: 1 };
      for (const length of LENGTHS) checkValues(t, row, inputOf(length, row), floors);
    });
  }
});

t.test('extreme scores', async (t) => {
  for (const row of ROWS) {
    // The sums of the oracle for a whole row are lost in numbers as large as the largest.
    const scores = row.alongAxis ? EXTREMES.slice(0, -2) : EXTREMES;
    const floors = { float32: 1, float64: 1000 };
    t.test(titleOf(row), async (t) => checkValues(t, row, nd([scores.length], scores), floors));
  }
  for (const { name, x, y } of LIMITS) t.equal(compute(name, x).item(), y, `${name}(${x})`);
});

t.test('the lower tail of gelu keeps its digits', async (t) => {
  // The exponential of a rounded square costs the oracle as many digits of float64 as the square has.
  for (const [dtype, end, tolerance] of [
    ['float32', -11, 4 * ROUNDING.float32],
    ['float64', -36, 2e-13],
  ] as const) {
    const x = Array.from({ length: 8 * -end - 23 }, (_, i) => -2.875 - i / 8);
    const expected = oracle.activation('gelu', {}, nd([x.length], x)).data;
    const off = deviation(compute('gelu', x, {}, dtype).data as Float64Array, expected, 0);
    t.ok(off <= tolerance, `${dtype}: off by ${off}`);
  }
});

t.test('NaN stays NaN', async (t) => {
  for (const row of ROWS) {
    for (const dtype of DTYPES) {
      const { data } = compute(row.name, [...inputs(8, row), 0, Number.NaN], row.args, dtype);
      t.ok(Number.isNaN(data.at(-1)), `${titleOf(row)} ${dtype}`);
      if (row.even) continue;
      t.equal([...data].slice(0, 8).some(Number.isNaN), row.alongAxis ?? false, 'and spreads only along an axis');
    }
  }
});

t.test('gradients', async (t) => {
  for (const row of ROWS) {
    t.test(titleOf(row), async (t) => {
      for (const length of LENGTHS) {
        const x = inputOf(length, row);
        const y = oracle.activation(row.name, row.args ?? {}, x);
        const upstream = nd(y.shape, sequence(y.data.length, 5));
        const expected = oracle.activationGradient(row.name, row.args ?? {}, x, upstream);
        for (const dtype of DTYPES) {
          const options = { ...toOptions(row.args ?? {}), dtype };
          const found = activations.gradient(row.name, typed(x), typed(upstream), options);
          const off = deviation(found.data as Float64Array, expected.data);
          t.strictSame([found.dtype, [...found.shape]], [dtype, x.shape]);
          t.ok(off <= (dtype === 'float64' ? 5e-8 : 1e-6), `${dtype} [${x.shape}]: off by ${off}`);
        }
      }
    });
  }
  for (const { x, derivative, ...row } of AT_KINKS) {
    const found = activations.gradient(row.name, x, 3, toOptions(row.args ?? {})).item();
    t.equal(found, 3 * derivative, `${titleOf(row)} at ${x}`);
  }
});

t.test('axes', async (t) => {
  const x = nd([2, 3, 4], inputs(24));
  for (const { name, axes } of ALONG) {
    for (const axis of axes) {
      const title = `${name} along ${JSON.stringify(axis)}`;
      const found = compute(name, typed(x), { axis }, 'float64');
      const expected = oracle.activation(name, { axis }, x);
      t.strictSame([...found.shape], expected.shape, title);
      t.ok(deviation(found.data as Float64Array, expected.data) < 4 * ROUNDING.float64, title);
      const upstream = nd(expected.shape, sequence(expected.data.length, 5));
      const gradient = activations.gradient(name, typed(x), typed(upstream), { axis, dtype: 'float64' });
      const wanted = oracle.activationGradient(name, { axis }, x, upstream);
      t.ok(deviation(gradient.data as Float64Array, wanted.data) < 1e-8, `the gradient of ${title}`);
    }
  }
  t.strictSame(
    ALONG.map(({ name }) => name).sort(),
    ROWS.filter(({ alongAxis }) => alongAxis)
      .map(({ name }) => name)
      .sort(),
  );
});

t.test('sparsemax is the nearest point of the simplex', async (t) => {
  t.strictSame(compute('sparsemax', [2, 2, -1]).toArray(), [0.5, 0.5, 0], 'ties share');
  t.strictSame(compute('sparsemax', [0.5, 0.25, 0.25]).toArray(), [0.5, 0.25, 0.25], 'a point of it stays');
  const x = sequence(100, 3);
  const shift = compute(
    'sparsemax',
    x.map((value) => value + 8),
    {},
    'float64',
  ).data as Float64Array;
  const { data } = compute('sparsemax', x, {}, 'float64');
  t.ok(deviation(shift, data as Float64Array) < 1e-14, 'a shift of all scores changes nothing');
  t.ok(Math.abs((data as Float64Array).reduce((sum, value) => sum + value, 0) - 1) < 1e-15);
});

t.test('an axis of size 1 warns', async (t) => {
  const warnings: string[] = [];
  const listen = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  t.strictSame(compute('softmax', [[5], [7]]).toArray(), [[1], [1]]);
  await new Promise(setImmediate);
  t.match(warnings.join(), /softmax along an axis of size 1.*sigmoid/);
});

t.test('what goes in', async (t) => {
  for (const { name, args } of ROWS) {
    const x = Float32Array.of(1, -2, 3, -4);
    const upstream = compute(name, x, args).data.slice() as Float32Array;
    const before = upstream.slice();
    activations.gradient(name, x, upstream, toOptions(args ?? {}));
    t.strictSame([x, upstream], [Float32Array.of(1, -2, 3, -4), before], `${name} leaves its arguments alone`);
    for (const shape of [
      [0, 4],
      [2, 0],
    ]) {
      const empty = compute(name, { data: new Float32Array(0), shape }, args);
      t.strictSame([empty.shape[0], empty.data.length], [shape[0], 0], 'empty');
      const gradient = activations.gradient(name, { data: new Float32Array(0), shape }, empty, toOptions(args ?? {}));
      t.strictSame([...gradient.shape], shape);
    }
  }
  t.strictSame(compute('relu', [[true, false]]).toArray(), [[1, 0]]);
  t.strictSame(compute('relu', Int8Array.of(-1, 1)).toArray(), [0, 1]);
  t.strictSame(compute('relu', -1).shape, []);
});

t.test('refusals', async (t) => {
  for (const { what, name, options, x = [[1, 2]], code, message } of REFUSALS) {
    t.throws(() => activations.get(name)(x as number, options as object), { code, message }, `${name}: ${what}`);
  }
  const call = (): Tensor => activations.gradient('relu', [1, 2], [1]);
  t.throws(call, { code: 'ERR_SHAPE_MISMATCH', message: /`upstream`.*\[1\]/ });
});

interface GoldenActivation extends GoldenCase {
  readonly function: activations.ActivationName;
  readonly args: Args;
  readonly x: unknown;
  readonly expected: unknown;
  readonly upstream?: unknown;
  readonly expected_grad?: unknown;
}

t.test("Keras' own runs", async (t) => {
  const names = ROWS.map(({ name }) => name);
  for (const golden of goldenCases<GoldenActivation>('activations')) {
    if (golden.edge === true || !names.includes(golden.function)) continue;
    const [x, expected] = [fromNested(golden.x), fromNested(golden.expected)];
    const found = compute(golden.function, typed(x), golden.args);
    t.strictSame([...found.shape], expected.shape, golden.name);
    const off = deviation(found.data as Float32Array, expected.data);
    t.ok(off <= (golden.tolerance ?? 0), `${golden.name}: off by ${off}`);
    if (golden.expected_grad === undefined) continue;
    const upstream = golden.upstream === undefined ? expected.data.map(() => 1) : fromNested(golden.upstream).data;
    const factors = { data: upstream, shape: expected.shape };
    const gradient = activations.gradient(golden.function, typed(x), factors, toOptions(golden.args));
    const difference = deviation(gradient.data as Float32Array, fromNested(golden.expected_grad).data);
    t.ok(difference <= (golden.grad_tolerance ?? 0), `the gradient of ${golden.name}: off by ${difference}`);
  }
});

t.test('identifiers', async (t) => {
  const { get, serialize, deserialize } = activations;
  const exported = activations as unknown as Record<string, unknown>;
  for (const name of new Set(ROWS.map(({ name }) => name))) {
    const call = get(name);
    t.equal(serialize(call), name);
    t.equal(deserialize(serialize(call)), call);
    t.equal(get(call), call);
    t.equal(get(call.name), call, 'its camelCase name');
    t.equal(exported[call.name], call, 'is exported');
  }
  for (const [alias, name] of ALIASES) {
    const camel = alias.replace(/_(.)/, (_, letter: string) => letter.toUpperCase());
    for (const identifier of [alias, camel]) t.equal(get(identifier), get(name));
    t.equal(exported[camel], get(name));
  }
  t.equal(get(null), activations.linear);
  const own = (): Tensor => activations.linear(0);
  t.equal(get(own), own);
  t.throws(() => serialize(own), { code: 'ERR_INVALID_ARG' });
  for (const unknown of ['Relu', 'softmaxx', '', 'constructor', {}, { class_name: 'toString' }, 5]) {
    t.throws(() => get(unknown as string), { code: 'ERR_INVALID_ARG' }, JSON.stringify(unknown));
  }
  t.throws(() => get('softmaxx'), /Did you mean 'softmax'\?/);
});

t.test('a config carries options', async (t) => {
  const config = { class_name: 'relu', config: { max_value: 1, negative_slope: 0.5 } };
  const call = activations.get(config);
  t.strictSame(call([-2, 3]).toArray(), [-1, 1]);
  t.strictSame(call([-2, 3], { maxValue: 2 } as object).toArray(), [-1, 2], 'a call may change them');
  t.strictSame(activations.gradient(call, [-2, 3], [1, 1]).toArray(), [0.5, 0]);
  t.strictSame(activations.serialize(call), config);
  for (const activation of [config, call]) {
    t.strictSame(new Dense({ units: 1, activation }).getConfig().activation, config);
  }
  const misspelt = { class_name: 'relu', config: { max: 1 } };
  t.throws(() => activations.get(misspelt), { code: 'ERR_INVALID_ARG', message: /`max`/ });
});

t.test('a layer computes what the function does, and its gradient', async (t) => {
  const x = { data: Float32Array.from(sequence(12), (value) => 4 * value), shape: [3, 4] };
  const target = { data: new Float32Array(27), shape: [3, 9] };
  const loss = new MeanSquaredError();
  for (const row of ROWS.filter(({ even }) => even !== true)) {
    const activation = { class_name: row.name, config: row.args ?? {} };
    const linear = new Sequential([new Input({ shape: [4] }), new Dense({ units: 9 })]);
    const model = new Sequential([new Input({ shape: [4] }), new Dense({ units: 9, activation })]);
    model.setWeights(linear.getWeights());
    model.compile({ optimizer: 'sgd', loss });
    const z = linear.predictSync(x);
    const y = compute(row.name, z, row.args);
    t.strictSame(model.predictSync(x).data, y.data, titleOf(row));
    const upstream = loss.gradient(target, y);
    const { data } = activations.gradient(row.name, z, upstream, toOptions(row.args ?? {}));
    // By the bias: the sum over the batch.
    const expected = Array.from({ length: 9 }, (_, unit) => {
      return [0, 9, 18].reduce((sum, start) => sum + Number(data[start + unit]), 0);
    });
    const { gradients } = model.lossAndGradients(x, target);
    const off = deviation(gradients[1]?.data as Float32Array, expected);
    t.ok(off < 1e-6, `the gradient of ${titleOf(row)}: off by ${off}`);
  }
});

t.test('what a layer refuses', async (t) => {
  const refused =
    (activation: activations.ActivationIdentifier): (() => Dense) =>
    () =>
      new Dense({ units: 2, activation });
  t.throws(refused('glu'), { code: 'ERR_UNSUPPORTED', message: /glu halves it/ });
  t.throws(refused('threshold'), { code: 'ERR_INVALID_ARG', message: /`threshold`/ });
  for (const axis of [0, [0, 1], null]) {
    t.throws(refused({ class_name: 'softmax', config: { axis } }), { code: 'ERR_UNSUPPORTED', message: /`axis`/ });
  }
  t.doesNotThrow(refused({ class_name: 'softmax', config: { axis: [-1] } }));
  t.throws(
    refused(() => activations.linear(0)),
    { code: 'ERR_UNSUPPORTED', message: /activation of this library/ },
  );
});

t.test("Keras' list, the native table, the oracle and the rows are the same set", async (t) => {
  const keras = [
    ...['linear', 'relu', 'leaky_relu', 'relu6', 'elu', 'exponential', 'tanh', 'sigmoid', 'softplus', 'softsign'],
    ...['selu', 'gelu', 'silu', 'softmax', 'log_softmax', 'hard_sigmoid', 'hard_silu', 'mish', 'celu', 'hard_tanh'],
    ...['log_sigmoid', 'glu', 'soft_shrink', 'hard_shrink', 'tanh_shrink', 'threshold', 'squareplus', 'sparse_plus'],
    ...['sparse_sigmoid', 'sparsemax'],
  ].sort();
  const aliases = ALIASES.map(([alias]) => alias);
  t.strictSame(nativeNames('activations'), keras);
  t.strictSame([...new Set(ROWS.map(({ name }) => name))].sort(), keras);
  t.strictSame(oracle.ACTIVATION_NAMES.filter((name) => !aliases.includes(name)).sort(), keras);
});
