import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Dense,
  F1Score,
  getThreads,
  type History,
  Input,
  type LogValue,
  type losses,
  metrics,
  ProgbarLogger,
  Sequential,
  setThreads,
  Tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { CASES, DATA, type MetricCase, ROWS, rowsOf, WEIGHTS } from './metrics.cases';
import { bits, CLASSES, classifier, QUIET, x, y } from './models.cases';
import type { Nd } from './oracle/ndarray';

/** Several tiles of a batch, and a rest. */
const REPEATS = 70;
const BATCH = { batchSize: 1500 };

function plain(result: unknown): unknown {
  return result instanceof Tensor ? result.toArray() : result;
}

function near(test: Test, found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [[found].flat(9), [wanted].flat(9)] as [number[], number[]];
  const worst = Math.max(...b.map((value, i) => Math.abs((a[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value))));
  test.ok(a.length === b.length && worst <= 1e-6, `${what}: ${a.join(' ')} for ${b.join(' ')}`);
}

/** What predicts its input. */
function identity(shape: readonly number[], loss: losses.LossName, own: object): Sequential {
  const units = shape.at(-1) ?? 1;
  const model = new Sequential([new Input({ shape: [...shape] }), new Dense({ units, useBias: false })]);
  model.setWeights([Array.from({ length: units }, (_, i) => Array.from({ length: units }, (_, j) => Number(i === j)))]);
  model.compile({ optimizer: 'sgd', loss, ...own });
  return model;
}

function many(array: Nd): Nd {
  return rowsOf(
    array,
    Array.from({ length: REPEATS * ROWS }, (_, row) => row % ROWS),
  );
}

/** Rows of a table that a model can have: indices that the loss knows, a value a row. */
function canBeFitted({ data, args }: MetricCase): boolean {
  return data !== 'sortedIds' && data !== 'oneHotAndIds' && args?.axis === undefined;
}

t.test('evaluate counts in native code what updateState counts', async (t) => {
  for (const row of CASES.filter(canBeFitted)) {
    const { metric: name, args = {}, data } = row;
    const { yTrue, yPred } = DATA[data];
    const make = (): metrics.Metric => metrics.deserialize({ class_name: name, config: { ...args, name: 'm' } });
    const loss = data.startsWith('ind') ? 'sparse_categorical_crossentropy' : 'mse';
    const model = identity(yPred.shape.length === 1 ? [1] : yPred.shape.slice(1), loss, {
      metrics: [make()],
      weightedMetrics: [make()],
    });
    const sampleWeight = many(WEIGHTS.weights?.sampleWeight as Nd);
    const logs = await model.evaluate(many(yPred), many(yTrue), { ...BATCH, sampleWeight });
    for (const [key, weights] of [['m', null] as const, ['weighted_m', sampleWeight] as const]) {
      const metric = make() as metrics.Precision;
      metric.updateState(many(yTrue), many(yPred), { sampleWeight: weights });
      near(t, logs[key], plain(metric.result()), `${name} ${JSON.stringify(args)} ${data} ${key}`);
    }
  }
});

t.test('vectors', async (t) => {
  const own = { metrics: [new F1Score(), new metrics.ConfusionMatrix({ numClasses: CLASSES, sparseYTrue: false })] };
  const oneHot = Array.from(y, (label) => Array.from({ length: CLASSES }, (_, c) => (c === label ? 1 : 0)));
  const make = (): Sequential => {
    const model = classifier();
    model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy', ...own });
    return model;
  };
  t.test('are arrays in logs and history', async (t) => {
    const seen: unknown[] = [];
    const onEpochEnd = (_: number, logs: Record<string, LogValue>): void => void seen.push(logs.f1_score);
    const options = { ...QUIET, validationSplit: 0.2, callbacks: [{ onEpochEnd }] };
    const { history } = (await make().fit(x, oneHot, options)) as History<LogValue>;
    t.strictSame(history.f1_score, seen);
    t.equal(seen.length, QUIET.epochs);
    for (const key of ['f1_score', 'val_f1_score']) {
      for (const value of history[key] ?? []) t.ok(Array.isArray(value) && value.length === CLASSES, key);
    }
    const [matrix] = history.confusion_matrix ?? [];
    t.equal(
      [matrix].flat(9).reduce<number>((sum, count) => sum + Number(count), 0),
      40,
      'a count for each sample',
    );
  });
  t.test('fit in the line of progress', async (t) => {
    const texts: string[] = [];
    const stream = { write: (text: string) => texts.push(text) };
    await make().fit(x, oneHot, { ...QUIET, epochs: 1, verbose: 2, callbacks: [new ProgbarLogger({ stream })] });
    t.match(texts.join(''), / - f1_score: \[\d\.\d{4} \d\.\d{4} \d\.\d{4}\] - confusion_matrix: \[3x3\]\n$/);
  });
  t.test('long ones are cut', async (t) => {
    const texts: string[] = [];
    const bar = new ProgbarLogger({ stream: { write: (text: string) => texts.push(text) } });
    bar.setParams({ verbose: 2, epochs: 1, steps: 1 });
    bar.onEpochEnd(0, { v: [1, 2, 0.5, 0.0001, 5] } as never);
    t.match(texts.join(''), / - v: \[1\.0000 2\.0000 0\.5000 1\.0000e-04 \.\.\.\]\n$/);
  });
});

t.test('the same counts for every number of threads, which change nothing else', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  const run = async (threads: number): Promise<unknown> => {
    setThreads(threads);
    const model = classifier();
    model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['acc', top2()] });
    const { history } = await model.fit(x, y, QUIET);
    return [history, bits(model)];
  };
  const wanted = await run(1);
  for (const threads of [2, 3, 8]) t.strictSame(await run(threads), wanted, `${threads} threads`);
  const plainRun = classifier();
  await plainRun.fit(x, y, QUIET);
  t.strictSame((wanted as [unknown, number[]])[1], bits(plainRun), 'metrics do not touch the weights');
});

function top2(): metrics.Metric {
  return new metrics.SparseTopKCategoricalAccuracy({ k: 2 });
}

interface GoldenCompile {
  readonly name: string;
  readonly registry: string;
  readonly identifier: string;
  readonly y_true_shape: number[];
  readonly y_pred_shape: number[];
  readonly resolves_to: string;
  readonly metric_name: string;
}

t.test("names mean what they mean in Keras' compile", async (t) => {
  const file = join(process.cwd(), 'test/fixtures/golden/identifiers.json');
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenCompile[] };
  for (const golden of cases.filter(({ registry }) => registry === 'compile_metric')) {
    const { name, identifier, y_true_shape, y_pred_shape, resolves_to, metric_name } = golden;
    const [size, trueSize] = [y_pred_shape, y_true_shape].map((shape) => shape.reduce((a, b) => a * b, 1));
    // Numbers that each kind of accuracy judges otherwise.
    const yPred = {
      data: Float32Array.from({ length: size ?? 0 }, (_, i) => ((i * 7) % 10) / 10),
      shape: y_pred_shape,
    };
    const yTrue = { data: Float32Array.from({ length: trueSize ?? 0 }, (_, i) => (i >> 1) % 2), shape: y_true_shape };
    const sparse = resolves_to.startsWith('Sparse');
    const model = identity(y_pred_shape.slice(1), sparse ? 'sparse_categorical_crossentropy' : 'mse', {
      metrics: [identifier],
    });
    const logs = await model.evaluate(yPred, yTrue);
    const wanted = metrics.get(resolves_to) as metrics.Accuracy;
    wanted.updateState(yTrue, yPred);
    t.strictSame(Object.keys(logs), ['loss', metric_name], name);
    near(t, logs[metric_name], wanted.result(), name);
  }
});

t.test('names of all kinds', async (t) => {
  const names = ['AUC', 'auc', 'binary_accuracy', 'BinaryAccuracy', 'binaryAccuracy', 'mse', 'MAE', 'ce', 'Precision'];
  const own = { metrics: [...names, metrics.Recall, { class_name: 'Recall', config: { thresholds: 0.3 } }] };
  const model = identity([1], 'binary_crossentropy', own);
  const { yTrue, yPred } = DATA.yesNo;
  const logs = await model.evaluate(yPred, yTrue);
  t.strictSame(Object.keys(logs), ['loss', ...names, 'recall', 'recall_1']);
  t.equal(logs.auc, logs.AUC);
  t.ok(logs.recall !== logs.recall_1);
  t.ok(Math.abs((logs.ce ?? 0) - (logs.loss ?? 1)) < 1e-6);
});

t.test('directions', async (t) => {
  const up = [
    'Accuracy',
    'AUC',
    'F1Score',
    'IoU',
    'R2Score',
    'PearsonCorrelation',
    'Precision',
    'CosineSimilarity',
    'RecallAtPrecision',
  ];
  const down = ['MeanSquaredError', 'Hinge', 'BinaryCrossentropy', 'RootMeanSquaredError'];
  const neither = ['Mean', 'Sum', 'TruePositives', 'FalseNegatives', 'ConfusionMatrix'];
  for (const [direction, names] of [
    ['up', up],
    ['down', down],
    [null, neither],
  ] as const) {
    for (const name of names) {
      const { args = {} } = CASES.find(({ metric }) => metric === name) ?? {};
      const config = { num_classes: 2, ...args };
      const metric = metrics.deserialize({ class_name: name, config: name === 'ConfusionMatrix' ? config : args });
      t.equal(metric.direction, direction, name);
    }
  }
});

t.test('what a model cannot count is refused', async (t) => {
  const dense = (units: number, own: object): Sequential => {
    const model = new Sequential([new Input({ shape: [2] }), new Dense({ units })]);
    model.compile({ loss: 'mse', ...own });
    return model;
  };
  const refused = async (
    model: Sequential,
    targets: number[][],
    error: { code: string; message?: RegExp },
  ): Promise<void> => {
    await t.rejects(model.evaluate([[1, 2]], targets), error);
  };
  await refused(dense(3, { metrics: [top2()] }), [[1, 2, 3]], { code: 'ERR_SHAPE_MISMATCH', message: /class indices/ });
  await refused(dense(3, { metrics: [new metrics.Precision({ topK: 4 })] }), [[1, 0, 1]], { code: 'ERR_OUT_OF_RANGE' });
  const correlation = new metrics.PearsonCorrelation({ axis: 0 });
  await refused(dense(3, { metrics: [correlation] }), [[1, 2, 3]], { code: 'ERR_UNSUPPORTED', message: /last axis/ });
  t.throws(() => dense(3, { metrics: [new F1Score({ dtype: 'float64' })] }), { code: 'ERR_UNSUPPORTED' });
});
