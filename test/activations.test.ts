import { activations, Dense, type Tensor, type TensorLike } from 'gemsbok';
import t, { type Test } from 'tap';
import { native } from '../dist/native';
import { type ActivationRow, AT_KINKS, LIMITS, REFUSALS, ROWS } from './activations.cases';
import { type Args, type GoldenCase, goldenCases, toOptions } from './golden';
import { deviation, sequence } from './numbers';
import * as oracle from './oracle/activations';
import { fromNested, type Nd, nd } from './oracle/ndarray';

const LENGTHS = [1, 7, 8, 9, 31, 33];
const DTYPES = ['float32', 'float64'] as const;
const ROUNDING = { float32: 2 ** -23, float64: 2 ** -52 } as const;
const EXTREMES = [0, 1e-30, 20, 100, 1000, 1e30].map(Math.fround).flatMap((x) => [x, -x]);

const titleOf = ({ name, args }: ActivationRow): string => (args ? `${name} ${JSON.stringify(args)}` : name);
const typed = ({ shape, data }: Nd): { shape: number[]; data: Float64Array } => ({ shape, data });

function compute(name: string, x: TensorLike, args: Args = {}, dtype: 'float32' | 'float64' = 'float32'): Tensor {
  return activations.get(name)(x, { ...toOptions(args), dtype });
}

/** Numbers that float32 has too, none of them near a place where the derivative jumps. */
function inputs(length: number, { kinks = [] }: ActivationRow): number[] {
  return sequence(length).map((value) => {
    const x = Math.fround(8 * value);
    return kinks.some((kink) => Math.abs(x - kink) < 0.01) ? x + 0.0625 : x;
  });
}

/** `[length]`, or rows of that length where the activation works along them. */
function inputOf(length: number, row: ActivationRow): Nd {
  return row.alongAxis ? nd([3, length], inputs(3 * length, row)) : nd([length], inputs(length, row));
}

function checkValues(t: Test, row: ActivationRow, x: Nd, floors = row.floors ?? [0, 0]): void {
  const expected = oracle.activation(row.name, row.args ?? {}, x);
  for (const [k, dtype] of DTYPES.entries()) {
    const found = compute(row.name, typed(x), row.args, dtype);
    const off = deviation(found.data as Float64Array, expected.data, floors[k]) / ROUNDING[dtype];
    t.strictSame([found.dtype, [...found.shape]], [dtype, expected.shape]);
    t.ok(off <= (row.ulps ?? 4), `${dtype} [${x.shape}]: off by ${off} roundings`);
  }
}

t.test('values', async (t) => {
  for (const row of ROWS) {
    t.test(titleOf(row), async (t) => {
      for (const length of LENGTHS) checkValues(t, row, inputOf(length, row));
    });
  }
});

t.test('extreme scores', async (t) => {
  for (const row of ROWS) t.test(titleOf(row), async (t) => checkValues(t, row, nd([12], EXTREMES), [1, 1]));
  for (const { name, x, y } of LIMITS) t.equal(compute(name, x).item(), y, `${name}(${x})`);
});

t.test('NaN stays NaN', async (t) => {
  for (const row of ROWS) {
    const { data } = compute(row.name, [...inputs(8, row), Number.NaN], row.args);
    t.ok(Number.isNaN(data[8]), titleOf(row));
    t.equal(data.slice(0, 8).some(Number.isNaN), row.alongAxis ?? false, 'and spreads only along an axis');
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
          t.ok(off <= (dtype === 'float64' ? 1e-8 : 4e-6), `${dtype} [${x.shape}]: off by ${off}`);
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
  const x = nd([2, 3, 4], inputs(24, { name: '' }));
  const upstream = nd([2, 3, 4], sequence(24, 5));
  for (const name of ['softmax']) {
    for (const axis of [0, 1, 2, -1, -3, [1], [0, 2], [2, 0], [-1, -2], [0, 1, 2]]) {
      const title = `${name} along ${JSON.stringify(axis)}`;
      const found = compute(name, typed(x), { axis }, 'float64');
      const expected = oracle.activation(name, { axis }, x);
      t.strictSame([...found.shape], expected.shape, title);
      t.ok(deviation(found.data as Float64Array, expected.data) < 1e-15, title);
      const gradient = activations.gradient(name, typed(x), typed(upstream), { axis, dtype: 'float64' });
      const wanted = oracle.activationGradient(name, { axis }, x, upstream);
      t.ok(deviation(gradient.data as Float64Array, wanted.data) < 1e-9, `the gradient of ${title}`);
    }
  }
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
    t.strictSame([...compute(name, { data: new Float32Array(0), shape: [0, 4] }, args).shape].at(0), 0, 'empty');
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
  readonly function: string;
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
  for (const name of new Set(ROWS.map(({ name }) => name))) {
    const call = get(name);
    t.equal(serialize(call), name);
    t.equal(deserialize(serialize(call)), call);
    t.equal(get(call), call);
    t.equal(get(call.name), call, 'its camelCase name');
    t.equal((activations as unknown as Record<string, unknown>)[call.name], call, 'is exported');
  }
  t.equal(get(null), activations.linear);
  for (const unknown of ['Relu', 'softmaxx', '', 'constructor', {}, { class_name: 'toString' }, 5]) {
    t.throws(() => get(unknown as string), { code: 'ERR_INVALID_ARG' }, JSON.stringify(unknown));
  }
  t.throws(() => get('softmaxx'), /Did you mean 'softmax'\?/);
});

t.test('a config carries options', async (t) => {
  const config = { class_name: 'relu', config: { max_value: 1, negative_slope: 0.5 } };
  const call = activations.get(config);
  t.strictSame(call([-2, 3]).toArray(), [-1, 1]);
  t.strictSame(new Dense({ units: 1, activation: config }).getConfig().activation, config);
});

t.test('the native table and the functions are the same set', async (t) => {
  const names = [...new Set(ROWS.map(({ name }) => name))].sort();
  t.strictSame(Object.keys(native.registries.activations).sort(), names);
});
