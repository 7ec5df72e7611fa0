import {
  CategoricalAccuracy,
  Dense,
  dataset,
  F1Score,
  GlorotUniform,
  Input,
  losses,
  Masking,
  MeanSquaredError,
  Metric,
  Model,
  metrics,
  Precision,
  Sequential,
  type Tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { near } from './helpers/near';
import { sequence } from './helpers/numbers';
import { CLASSES, INPUTS, oneHot, QUIET, ROWS, x, y } from './models.cases';

type Floats = Tensor<Float32Array>;
type Options = { readonly sampleWeight?: Floats | null; readonly mask?: Floats | null };
type Compile = NonNullable<Parameters<Sequential['compile']>[0]>;

/** A metric of the library, counted by JavaScript. */
function twin<C extends new () => Metric>(Type: C, name: string): Metric {
  class Twin extends Metric {
    readonly #inner = new Type() as InstanceType<C> & { updateState(t: Floats, p: Floats, o: Options): void };
    constructor() {
      super({ name });
    }
    updateState(yTrue: Floats, yPred: Floats, options: Options): void {
      this.#inner.updateState(yTrue, yPred, options);
    }
    result(): metrics.MetricResult {
      return this.#inner.result();
    }
    resetState(): void {
      this.#inner.resetState();
    }
  }
  return new Twin();
}

function model(compile: Compile, activation: 'softmax' | 'sigmoid' = 'softmax'): Sequential {
  const made = new Sequential([
    new Input({ shape: [INPUTS] }),
    new Dense({ units: CLASSES, activation, kernelInitializer: new GlorotUniform({ seed: 2 }) }),
  ]);
  made.compile({ optimizer: 'sgd', loss: 'categorical_crossentropy', ...compile });
  return made;
}

function same(t: Test, logs: object, pairs: readonly (readonly [string, string])[], what: string): void {
  for (const [own, library] of pairs) {
    const [a, b] = [own, library].map((key) => [Reflect.get(logs, key)].flat(9) as number[]);
    t.ok(a !== undefined && b !== undefined && a.length > 0 && a.length === b.length, `${what}: ${own} is there`);
    for (const [i, value] of (b ?? []).entries()) near(t, a?.[i] ?? Number.NaN, value, 1e-6, `${what}: ${own}`);
  }
}

const squares = (yTrue: Floats, yPred: Floats): number[] => {
  const columns = yPred.shape.at(-1) ?? 1;
  return Array.from({ length: yPred.shape[0] ?? 0 }, (_, row) => {
    let sum = 0;
    for (let c = 0; c < columns; c++) {
      sum += ((yPred.data[row * columns + c] ?? 0) - (yTrue.data[row * columns + c] ?? 0)) ** 2;
    }
    return sum / columns;
  });
};

const weights = Float32Array.from({ length: ROWS }, (_, i) => 0.5 + (i % 4));
const OWN: Compile = {
  metrics: ['mse', squares, twin(F1Score, 'f1'), new F1Score(), twin(Precision, 'p'), new Precision()],
  weightedMetrics: ['mse', squares, twin(CategoricalAccuracy, 'a'), new CategoricalAccuracy()],
};
const PAIRS = [
  ['squares', 'mse'],
  ['f1', 'f1_score'],
  ['p', 'precision'],
  ['weighted_squares', 'weighted_mse'],
  ['a', 'categorical_accuracy'],
] as const;

t.test('counts as the metric of the library', async (t) => {
  const ways = {
    plainly: {},
    weighted: { sampleWeight: weights },
    'by class': { classWeight: { 0: 2, 1: 0.5 } },
    validated: { validationSplit: 0.3, sampleWeight: weights },
    'in steps of an epoch': { stepsPerEpoch: 3, epochs: 5 },
    'heard batch by batch': { callbacks: [{ onTrainBatchEnd: () => {} }], validationSplit: 0.3 },
    'with a bar': { verbose: 2 as const, callbacks: [{ onEpochEnd: () => {} }], validationSplit: 0.2 },
  };
  for (const [what, options] of Object.entries(ways)) {
    for (const activation of ['softmax', 'sigmoid'] as const) {
      const write = process.stdout.write;
      process.stdout.write = (() => true) as never;
      const { history } = await model(OWN, activation)
        .fit(x, oneHot, { ...QUIET, ...options })
        .finally(() => {
          process.stdout.write = write;
        });
      same(t, history, PAIRS, `${what}, ${activation}`);
      const validated = PAIRS.map(([a, b]) => [`val_${a}`, `val_${b}`] as const);
      if ('validationSplit' in options) same(t, history, validated, what);
    }
  }
});

t.test('evaluates and counts single batches as the library', async (t) => {
  const made = model(OWN);
  const options = { sampleWeight: weights };
  same(t, await made.evaluate(x, oneHot, { ...options, batchSize: 7 }), PAIRS, 'evaluate');
  const heard = { callbacks: [{ onTestBatchEnd: () => {} }] };
  same(t, await made.evaluate(x, oneHot, { ...options, ...heard, batchSize: 7 }), PAIRS, 'heard');
  same(t, await made.testOnBatch(x, oneHot, options), PAIRS, 'testOnBatch');
  same(t, await made.trainOnBatch(x, oneHot, options), PAIRS, 'trainOnBatch');
  const rows = dataset({ x, y: oneHot, sampleWeight: weights }).batch(9);
  same(t, await made.evaluate(rows), PAIRS, 'stream');
  const { history } = await made.fit(rows, { epochs: 2, verbose: 0, validationData: rows });
  same(t, history, PAIRS, 'fit of a stream');
});

t.test('one of several outputs', async (t) => {
  const input = new Input({ shape: [INPUTS] });
  const outputs = ['a', 'b'].map((name) => new Dense({ units: CLASSES, name }).apply(input));
  const made = new Model({ inputs: input, outputs });
  made.compile({ loss: 'mse', metrics: { b: [squares, 'mse'] }, weightedMetrics: { a: [twin(MeanSquared, 'own')] } });
  const { history } = await made.fit(x, [oneHot, oneHot], { ...QUIET, sampleWeight: weights });
  same(t, history, [['b_squares', 'b_mse']], 'by its name');
  t.ok('a_own' in history && !('a_squares' in history));
});

const MeanSquared = metrics.MeanSquaredError;

t.test('a mask and weights of steps', async (t) => {
  const data = Float32Array.from(sequence(8 * 3 * 2)).map((value, i) => (i % 12 < 4 ? 0 : value));
  const made = new Sequential([new Input({ shape: [3, 2] }), new Masking(), new Dense({ units: 2 })]);
  const perStep = (yTrue: Floats, yPred: Floats): unknown => losses.meanSquaredError(yTrue, yPred);
  const own = () => [perStep as never, twin(MeanSquared, 'own'), 'mse'] as const;
  made.compile({ loss: 'mse', metrics: own(), weightedMetrics: own() });
  const sampleWeight = { data: Float32Array.from({ length: 24 }, (_, i) => i % 3), shape: [8, 3] };
  const targets = { data: new Float32Array(48).fill(0.3), shape: [8, 3, 2] };
  const logs = await made.evaluate({ data, shape: [8, 3, 2] }, targets, { sampleWeight, batchSize: 3 });
  const pairs = ['', 'weighted_'].flatMap((w) => ['perStep', 'own'].map((n) => [w + n, `${w}mse`] as const));
  same(t, logs, pairs, 'masked');
});

t.test('a number counts once a batch, a tensor by its samples', async (t) => {
  const rows = (_: Floats, { shape }: Floats): number => shape[0] ?? 0;
  const each = (_: Floats, { shape }: Floats): Float32Array => new Float32Array(shape[0] ?? 0).fill(shape[0] ?? 0);
  const made = model({ metrics: [rows, each, () => 1, () => 2] });
  const logs = await made.evaluate(x, oneHot, { batchSize: 40 });
  t.equal(logs.rows, (40 + 10) / 2, 'a number');
  t.equal(logs.each, (40 * 40 + 10 * 10) / 50, 'values of samples');
  t.strictSame([logs.metric, logs.metric_1], [1, 2], 'functions without a name');
  const weighted = model({ weightedMetrics: [rows] });
  const sampleWeight = new Float32Array(50).fill(1, 0, 40).fill(3, 40);
  const { rows: mean } = await weighted.evaluate(x, oneHot, { batchSize: 40, sampleWeight });
  t.equal(mean, (40 * 40 + 10 * 30) / (40 + 30), 'a number by the weights of its batch');
});

t.test('functions of the library are those of their names', async (t) => {
  const made = model({ metrics: [losses.meanSquaredError, CategoricalAccuracy] });
  t.notMatch(made.summary({ print: () => {} }), 'JavaScript');
  t.match(Object.keys(await made.evaluate(x, oneHot)), ['loss', 'mean_squared_error', 'categorical_accuracy']);
});

t.test('wrong returns say which class and method', async (t) => {
  class Mine extends Metric {
    updateState(): unknown {
      return undefined;
    }
    result(): number {
      return 0;
    }
    resetState(): void {}
  }
  const mine = (methods: object): Metric => Object.assign(new Mine(), methods);
  const bad = (): never => {
    throw new Error('from user code');
  };
  const WRONG: readonly (readonly [
    unknown,
    { code: string; message?: RegExp } | { message: string; stack?: RegExp },
  ])[] = [
    [async () => 1, { code: 'ERR_INVALID_ARG', message: /`metric\(\)`.*Promise/ }],
    [() => 'one', { code: 'ERR_INVALID_ARG', message: /`metric\(\)`/ }],
    [() => undefined, { code: 'ERR_INVALID_ARG', message: /`metric\(\)`/ }],
    [() => [1, 2], { code: 'ERR_SHAPE_MISMATCH' }],
    [bad, { message: 'from user code', stack: /bad/ }],
    [mine({ updateState: async () => {} }), { code: 'ERR_INVALID_ARG', message: /`Mine.updateState`.*Promise/ }],
    [mine({ result: async () => 1 }), { code: 'ERR_INVALID_ARG', message: /`Mine.result`.*Promise/ }],
    [mine({ result: () => 'x' }), { code: 'ERR_INVALID_ARG', message: /`Mine.result`/ }],
    [mine({ resetState: bad }), { message: 'from user code' }],
  ];
  for (const [metric, wanted] of WRONG) {
    const made = model({ weightedMetrics: [metric as Metric] });
    const before = made.getWeights().map(({ data }) => [...data]);
    await t.rejects(made.fit(x, oneHot, { ...QUIET, sampleWeight: weights, batchSize: 7 }), wanted);
    const isLate = metric instanceof Mine && metric.result !== Mine.prototype.result;
    if (!isLate)
      t.strictSame(
        before,
        made.getWeights().map(({ data }) => [...data]),
        'no step was done',
      );
    made.compile({ loss: 'mse' });
    await made.fit(x, oneHot, QUIET);
  }
  for (const metric of [new metrics.Mean(), new metrics.Sum(), mine({ updateState: 1 })]) {
    t.throws(() => model({ metrics: [metric] }), { code: 'ERR_UNSUPPORTED' });
  }
  const twice = mine({});
  const shared = model({ metrics: [twice], weightedMetrics: [twice] });
  await t.rejects(shared.fit(x, oneHot), { code: 'ERR_INVALID_ARG', message: /each object once/ });
  t.throws(() => model({ metrics: [class Other {} as never] }), { code: 'ERR_INVALID_ARG' });
});

t.test('an object serves one run at a time', async (t) => {
  const made = model({ metrics: [twin(MeanSquared, 'own'), 'mse'] });
  const seen: unknown[] = [];
  const onTrainBatchEnd = async (): Promise<void> => {
    await made.evaluate(x, oneHot).catch((error: { code: string }) => seen.push(error.code));
  };
  const onEpochEnd = async (): Promise<void> => void seen.push(Object.keys(await made.evaluate(x, oneHot)).length);
  const { history } = await made.fit(x, oneHot, {
    ...QUIET,
    epochs: 1,
    batchSize: 25,
    callbacks: [{ onTrainBatchEnd, onEpochEnd }],
  });
  t.strictSame(seen, ['ERR_MODEL_BUSY', 3]);
  same(t, history, [['own', 'mse']], 'undisturbed');
  const stop = { onTrainBatchEnd: () => Promise.reject(new Error('stop')) };
  await t.rejects(made.fit(x, oneHot, { ...QUIET, callbacks: [stop] }), { message: 'stop' });
  same(t, await made.evaluate(x, oneHot), [['own', 'mse']], 'free again');
});

t.test('summary and config', async (t) => {
  const made = model({ metrics: ['mse', squares], weightedMetrics: [twin(MeanSquared, 'own')] });
  const text = made.summary({ print: () => {} });
  t.match(text, ' Metric: squares on the JavaScript thread, batch by batch\n');
  t.match(text, ' Metric: own on the JavaScript thread, batch by batch\n');
  t.strictSame(JSON.parse(JSON.stringify(made)).compile_config.metrics, ['mse', 'squares']);
  t.equal(new MeanSquaredError().compute(y, y), 0);
});
