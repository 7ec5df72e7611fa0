import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics, Tensor, type TensorLike } from 'gemsbok';
import t, { type Test } from 'tap';
import { batchOf, CASES, DATA, type MetricCase, maskAsWeights, ROWS, WEIGHTS } from './metrics.cases';
import { metric as oracle } from './oracle/metrics';
import type { Args, PredictionUpdate } from './oracle/metrics_common';
import { fromNested, full, map2, type Nd, reshape } from './oracle/ndarray';

type Dtype = 'float32' | 'float64';
type AnyMetric = metrics.Metric & {
  updateState(yTrue: TensorLike, yPred?: TensorLike | object, options?: object): void;
};

const TOLERANCE: Readonly<Record<Dtype, number>> = { float32: 1e-5, float64: 1e-12 };
const EVERY_ROW = Array.from({ length: ROWS }, (_, row) => row);

function make(name: string, args: Args = {}): AnyMetric {
  return metrics.deserialize({ class_name: name, config: args }) as AnyMetric;
}

function feed(metric: AnyMetric, update: PredictionUpdate): void {
  metric.updateState(update.yTrue, update.yPred, { sampleWeight: update.sampleWeight, mask: update.mask });
}

function resultOf(metric: metrics.Metric): unknown {
  const result: unknown = metric.result();
  return result instanceof Tensor ? result.toArray() : result;
}

function resultAfter(name: string, args: Args, updates: readonly PredictionUpdate[]): unknown {
  const metric = make(name, args);
  for (const update of updates) feed(metric, update);
  return resultOf(metric);
}

function numbers(value: unknown): number[] {
  return [value].flat(9).map((element) => fromNested(element).data[0] ?? Number.NaN);
}

function near(test: Test, found: unknown, wanted: unknown, tolerance: number, what: string): void {
  const [a, b] = [numbers(found), numbers(wanted)];
  const errors = b.map((value, i) => {
    if (Object.is(a[i], value)) return 0;
    return Math.abs((a[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value));
  });
  const shaped = Array.isArray(found) === Array.isArray(wanted) && a.length === b.length;
  test.ok(shaped && Math.max(...errors) <= tolerance, `${what}: ${a.join(' ')} for ${b.join(' ')}`);
}

function pair(yTrue: unknown, yPred: unknown): PredictionUpdate {
  return { yTrue: fromNested(yTrue), yPred: fromNested(yPred) };
}

/** Every row of the table with every kind of weights. */
function eachCase(run: (test: Test, row: MetricCase, update: PredictionUpdate) => void): void {
  for (const row of CASES) {
    t.test(`${row.metric} ${JSON.stringify(row.args)} ${row.data}`, async (test) => {
      for (const [kind, weights] of Object.entries(WEIGHTS)) {
        test.test(kind, async (test) => run(test, row, { ...DATA[row.data], ...weights }));
      }
    });
  }
}

eachCase((test, { metric: name, args = {}, tolerance = 0 }, update) => {
  for (const dtype of ['float32', 'float64'] as const) {
    const found = resultAfter(name, { ...args, dtype }, [update]);
    const wanted = oracle(name, args, [maskAsWeights(update)], dtype);
    near(test, found, wanted, Math.max(tolerance, TOLERANCE[dtype]), `${dtype} is the oracle's`);
  }
  const exact = { ...args, dtype: 'float64' };
  const whole = resultAfter(name, exact, [update]);
  const parts = [EVERY_ROW.slice(0, 1), EVERY_ROW.slice(1, 9), EVERY_ROW.slice(9)].map((rows) => batchOf(update, rows));
  // A scalar weighs a batch, of whatever size.
  if (update.sampleWeight?.shape.length !== 0) {
    near(test, resultAfter(name, exact, parts), whole, 1e-12, 'uneven batches are one batch');
  }
  const backwards = batchOf(update, EVERY_ROW.toReversed());
  near(test, resultAfter(name, exact, [backwards]), whole, 1e-12, 'the order of the samples does not matter');
});

t.test('a weight of 2 is the sample twice, one of 0 no sample', async (t) => {
  const weights = { shape: [ROWS], data: Float64Array.from(EVERY_ROW, (row) => row % 3) };
  const repeated = EVERY_ROW.flatMap((row) => Array.from({ length: row % 3 }, () => row));
  for (const { metric, args = {}, data } of CASES) {
    // Without weights ignored labels stay in the count, as in Keras.
    const { ignore_class: _, ...own } = args;
    const weighted = resultAfter(metric, { ...own, dtype: 'float64' }, [{ ...DATA[data], sampleWeight: weights }]);
    const twice = resultAfter(metric, { ...own, dtype: 'float64' }, [batchOf(DATA[data], repeated)]);
    near(t, weighted, twice, 1e-12, `${metric} ${data}`);
  }
});

t.test('the state', async (t) => {
  for (const { metric: name, args = {}, data } of CASES) {
    t.test(`${name} ${JSON.stringify(args)}`, async (t) => {
      const metric = make(name, args);
      const empty = resultOf(metric);
      t.ok(
        numbers(empty).every((value) => value === 0),
        '0 before any data',
      );
      feed(metric, batchOf(DATA[data], []));
      t.strictSame(resultOf(metric), empty, 'a batch without samples is no data');
      feed(metric, DATA[data]);
      const result = resultOf(metric);
      t.notSame(result, empty);
      t.strictSame(resultOf(metric), result, 'asking changes nothing');
      metric.resetState();
      t.strictSame(resultOf(metric), empty, 'resetState forgets');
      feed(metric, DATA[data]);
      t.strictSame(resultOf(metric), result, 'and starts over');
    });
  }
});

t.test('a scalar weighs a batch, of whatever size', async (t) => {
  const { real } = DATA;
  const updates = [1, 3].map((weight, i) => {
    const rows = i === 0 ? EVERY_ROW.slice(0, 4) : EVERY_ROW.slice(4);
    return { ...batchOf(real, rows), sampleWeight: fromNested(weight) };
  });
  for (const name of ['MeanSquaredError', 'RootMeanSquaredError']) {
    near(t, resultAfter(name, {}, updates), oracle(name, {}, updates), 1e-6, name);
  }
});

t.test('Mean and Sum', async (t) => {
  const values = DATA.realSteps.yPred;
  const kinds = [null, WEIGHTS.weights?.sampleWeight, WEIGHTS.scalar?.sampleWeight, DATA.realSteps.yTrue];
  for (const name of ['Mean', 'Sum']) {
    for (const sampleWeight of kinds) {
      const metric = make(name, { dtype: 'float64' });
      const updates = [{ values, sampleWeight: sampleWeight ?? null }];
      metric.updateState(values, { sampleWeight });
      near(t, metric.result(), oracle(name, {}, updates), 1e-12, `${name} weights [${sampleWeight?.shape}]`);
    }
    const metric = make(name);
    metric.updateState(3);
    metric.updateState([1, 2]);
    near(t, metric.result(), name === 'Mean' ? 2 : 6, 0, `${name}: a scalar is one value`);
  }
});

t.test('a score on a threshold does not lie above it', async (t) => {
  for (const dtype of ['float32', 'float64']) {
    for (const steps of [2, 3, 4, 5, 6, 7, 10]) {
      const marks = Array.from({ length: steps + 1 }, (_, i) => i / steps);
      const found = resultAfter('TruePositives', { thresholds: marks, dtype }, [
        pair(
          marks.map(() => 1),
          marks,
        ),
      ]);
      t.strictSame(
        found,
        marks.map((_, i) => steps - i),
        `${steps} even steps, ${dtype}`,
      );
    }
    const uneven = [0.9, 0.1, 0.3];
    const found = resultAfter('TruePositives', { thresholds: uneven, dtype }, [pair([1, 1, 1], uneven)]);
    t.strictSame(found, [0, 2, 1], `in any order, ${dtype}`);
  }
  t.equal(resultAfter('AUC', {}, [pair([0, 1], [0, 1])]), 1, 'the ends of AUC lie outside of [0, 1]');
  t.equal(resultAfter('BinaryAccuracy', {}, [pair([[0]], [[0.5]])]), 1, 'BinaryAccuracy');
  t.strictSame(resultAfter('F1Score', { threshold: 0.5 }, [pair([[1]], [[0.5]])]), [0], 'F1Score');
  near(t, resultAfter('BinaryIoU', {}, [pair([1], [0.5])]), 1, 1e-6, 'but for BinaryIoU it does');
});

t.test('ties', async (t) => {
  const equal = [[0.4, 0.4, 0.2]];
  t.equal(resultAfter('CategoricalAccuracy', {}, [pair([[0, 1, 0]], equal)]), 0, 'the first of the largest counts');
  t.equal(resultAfter('TopKCategoricalAccuracy', { k: 1 }, [pair([[0, 1, 0]], equal)]), 1, 'in a top k they are hits');
  t.equal(resultAfter('Recall', { top_k: 1 }, [pair([[0, 1, 0]], equal)]), 0, 'but the first ones fill it here');
  near(t, resultAfter('F1Score', {}, [pair([[1, 1, 0]], equal)]), [1, 1, 0], 1e-6, 'all of the largest are predicted');
  t.strictSame(resultAfter('F1Score', {}, [pair([[1, 1]], [[0, 0]])]), [0, 0], 'unless they are 0');
});

t.test('what has no quotient is 0', async (t) => {
  const nothing = [pair([0, 0], [0, 0])];
  for (const name of ['Precision', 'Recall', 'AUC']) t.equal(resultAfter(name, {}, nothing), 0, name);
  t.equal(resultAfter('PearsonCorrelation', {}, [pair([[1, 1]], [[2, 3]])]), 0, 'no deviation');
  t.equal(resultAfter('R2Score', {}, [pair([[1], [1]], [[2], [3]])]), 0, 'an infinite score');
  t.ok(Number.isNaN(resultAfter('R2Score', {}, [pair([[1], [1]], [[1], [1]])])), 'as in Keras 0 / 0 is NaN here');
  t.equal(resultAfter('Precision', {}, [{ ...pair([1], [1]), sampleWeight: fromNested([0]) }]), 0, 'no weight');
  t.equal(resultAfter('Mean', {}, []), 0);
});

t.test('a weight of a sample is one for each of its values', async (t) => {
  const sampleWeight = WEIGHTS.weights?.sampleWeight as Nd;
  const rows = [
    ['TruePositives', {}, 'realSteps', [ROWS, 3, 2]],
    ['Recall', { top_k: 2 }, 'multiLabel', [ROWS, 4]],
    ['FBetaScore', { average: 'weighted' }, 'multiLabel', [ROWS, 4]],
    ['R2Score', {}, 'close', [ROWS, 4]],
    ['MeanIoU', { num_classes: 4, sparse_y_pred: false }, 'indexSteps', [ROWS, 3]],
    ['SparseCategoricalAccuracy', {}, 'indexSteps', [ROWS, 3]],
  ] as const;
  for (const [name, args, data, shape] of rows) {
    const each = map2(reshape(sampleWeight, [ROWS, ...shape.slice(1).map(() => 1)]), full([...shape], 1), (w) => w);
    const wanted = resultAfter(name, args, [{ ...DATA[data], sampleWeight: each }]);
    near(t, resultAfter(name, args, [{ ...DATA[data], sampleWeight }]), wanted, 1e-12, name);
  }
});

t.test('scores that are no numbers', async (t) => {
  t.equal(resultAfter('SparseCategoricalAccuracy', {}, [pair([1], [[1, Number.NaN]])]), 1, 'NaN is the largest');
  t.equal(resultAfter('BinaryAccuracy', {}, [pair([[1]], [[Number.NaN]])]), 0, 'NaN lies above no threshold');
  t.ok(Number.isNaN(resultAfter('MeanSquaredError', {}, [pair([[1]], [[Number.NaN]])])));
});

interface GoldenUpdate {
  readonly y_true?: unknown;
  readonly y_pred?: unknown;
  readonly values?: unknown;
  readonly sample_weight?: unknown;
  readonly mask?: unknown;
  readonly reset?: boolean;
}

interface GoldenMetric {
  readonly name: string;
  readonly class: string;
  readonly args: Args;
  readonly updates: readonly GoldenUpdate[];
  readonly expected?: unknown;
  readonly expected_f64?: unknown;
  readonly tolerance: number;
  readonly expect_error?: boolean;
  readonly python_only?: boolean;
}

interface GoldenIdentifier {
  readonly name: string;
  readonly registry: string;
  readonly identifier: string;
  readonly resolves_to?: string;
  readonly expect_error?: boolean;
  readonly kind?: string;
  readonly class: string;
  readonly instance_name?: string;
}

function goldenCases<T>(file: string): T[] {
  const text = readFileSync(join(process.cwd(), 'test/fixtures/golden', file), 'utf8');
  return (JSON.parse(text) as { cases: T[] }).cases;
}

function apply(metric: AnyMetric, update: GoldenUpdate): void {
  const given = (value: unknown): Nd | undefined => (value === undefined ? undefined : fromNested(value));
  const options = { sampleWeight: given(update.sample_weight), mask: given(update.mask) };
  if (update.reset) metric.resetState();
  else if (update.values !== undefined) metric.updateState(fromNested(update.values), options);
  else metric.updateState(fromNested(update.y_true), fromNested(update.y_pred), options);
}

t.test("Keras' own results", async (t) => {
  const known = goldenCases<GoldenMetric>('metrics.json');
  for (const { name, class: type, args, updates, python_only, ...golden } of known) {
    if (python_only) continue;
    const run = (dtype: Dtype): unknown => {
      const metric = make(type, { ...args, dtype });
      for (const update of updates) apply(metric, update);
      return resultOf(metric);
    };
    if (golden.expect_error) t.throws(() => run('float32'), { code: /^ERR_/ }, name);
    else {
      near(t, run('float32'), golden.expected, golden.tolerance, name);
      near(t, run('float64'), golden.expected_f64, 1e-9, `${name} in float64`);
    }
  }
});

t.test("Keras' identifiers", async (t) => {
  const cases = goldenCases<GoldenIdentifier>('identifiers.json');
  for (const { name, identifier, resolves_to = '', expect_error } of cases.filter((c) => c.registry === 'metrics')) {
    if (expect_error) t.throws(() => metrics.get(identifier), { code: 'ERR_INVALID_ARG' }, name);
    else t.equal(metrics.get(identifier).constructor.name, resolves_to, name);
  }
  for (const { class: type, instance_name } of cases.filter((c) => c.kind === 'metric')) {
    t.equal(make(type).name, instance_name);
  }
  t.equal(metrics.get(null), null);
  const own = new metrics.Mean({ name: 'own' });
  t.equal(metrics.get(own), own);
  t.type(metrics.get(metrics.Sum), metrics.Sum);
  t.type(metrics.get('meanSquaredError'), metrics.MeanSquaredError, 'camelCase');
});

t.test('configs', async (t) => {
  for (const { metric: name, args = {}, data } of CASES) {
    const metric = make(name, { ...args, name: 'mine' });
    const serialized = JSON.parse(JSON.stringify(metrics.serialize(metric)));
    t.match(serialized, { module: 'keras.metrics', class_name: name, config: { name: 'mine', ...args } });
    const copy = metrics.deserialize(serialized) as AnyMetric;
    t.strictSame(copy.getConfig(), metric.getConfig());
    for (const each of [metric, copy]) feed(each, DATA[data]);
    t.strictSame(resultOf(copy), resultOf(metric), name);
  }
});
