import {
  type activations,
  Dense,
  GlorotUniform,
  getThreads,
  Input,
  Loss,
  type losses,
  MeanSquaredError,
  Sequential,
  SparseCategoricalCrossentropy,
  setThreads,
  type Tensor,
  type ValueAndGradient,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { near } from './helpers/near';
import { bits, CLASSES, INPUTS, QUIET, ROWS, x, y } from './models.cases';

type Floats = Tensor<Float32Array>;

const inner = new SparseCategoricalCrossentropy();

/** The loss of the library as one of the user's: what it does must be the same. */
class Own extends Loss<losses.ReductionName> {
  override valueAndGradientOf(yTrue: Floats, yPred: Floats): ValueAndGradient {
    return inner.valueAndGradientOf(yTrue, yPred);
  }
}

const own = (yTrue: Floats, yPred: Floats): ValueAndGradient => inner.valueAndGradientOf(yTrue, yPred);

// Sigmoids, as a softmax would be fused with the library's loss.
function model(
  compile: Parameters<Sequential['compile']>[0],
  activation: activations.ActivationName = 'sigmoid',
): Sequential {
  const made = new Sequential([
    new Input({ shape: [INPUTS] }),
    new Dense({ units: 16, activation: 'relu', kernelInitializer: new GlorotUniform({ seed: 1 }) }),
    new Dense({ units: CLASSES, activation, kernelInitializer: new GlorotUniform({ seed: 2 }) }),
  ]);
  made.compile({ optimizer: 'adam', metrics: ['acc'], ...compile });
  return made;
}

function sameWeights(test: Test, a: Sequential, b: Sequential, what: string): void {
  for (const [i, weight] of a.getWeights().entries()) near(test, weight, b.getWeights()[i] ?? Number.NaN, 1e-4, what);
}

const weights = Float32Array.from({ length: ROWS }, (_, i) => 0.5 + (i % 4));

t.test('trains as the same loss of the library', async (t) => {
  const ways = {
    plainly: {},
    weighted: { sampleWeight: weights },
    'by class': { classWeight: { 0: 2, 1: 0.5 } },
    validated: { validationSplit: 0.3 },
    'validated at times': { validationSplit: 0.3, validationFreq: 2, validationSteps: 1 },
    'in steps of an epoch': { stepsPerEpoch: 3, epochs: 5 },
    'heard batch by batch': { callbacks: [{ onTrainBatchEnd: () => {} }] },
  };
  for (const [what, options] of Object.entries(ways)) {
    for (const reduction of ['sum_over_batch_size', 'mean_with_sample_weight'] as const) {
      const [one, two] = [
        model({ loss: new Own({ reduction }), lossWeights: 0.7 }),
        model({ loss: new SparseCategoricalCrossentropy({ reduction }), lossWeights: 0.7 }),
      ];
      const [a, b] = [await one.fit(x, y, { ...QUIET, ...options }), await two.fit(x, y, { ...QUIET, ...options })];
      t.strictSame(Object.keys(a.history), Object.keys(b.history), what);
      for (const [name, values] of Object.entries(b.history)) {
        for (const [i, value] of values.entries()) near(t, a.history[name]?.[i] ?? Number.NaN, value, 1e-5, name);
      }
      sameWeights(t, one, two, `${what}, ${reduction}`);
    }
  }
});

t.test('does with one batch what the library does', async (t) => {
  const [one, two] = [model({ loss: own }), model({ loss: inner })];
  const options = { sampleWeight: weights };
  const [a, b] = [one.lossAndGradients(x, y, options), two.lossAndGradients(x, y, options)];
  near(t, a.loss, b.loss, 1e-6, 'loss');
  for (const [i, gradient] of a.gradients.entries()) near(t, gradient, b.gradients[i] ?? Number.NaN, 1e-6, 'gradient');
  for (const call of ['testOnBatch', 'trainOnBatch', 'evaluate', 'testOnBatch'] as const) {
    const [found, wanted] = [await one[call](x, y, options), await two[call](x, y, options)];
    t.strictSame(Object.keys(found), Object.keys(wanted));
    for (const [name, value] of Object.entries(wanted))
      near(t, found[name] ?? Number.NaN, value, 1e-5, `${call} ${name}`);
  }
  sameWeights(t, one, two, 'weights');
  const hooks = { onTestBatchEnd: () => {} };
  const heard = await one.evaluate(x, y, { batchSize: 7, callbacks: [hooks] });
  near(t, heard.loss ?? Number.NaN, (await two.evaluate(x, y, { batchSize: 7 })).loss ?? 0, 1e-5, 'heard');
});

t.test('the same bits', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  const trained = async (options: object = {}): Promise<number[]> => {
    const made = model({ loss: own });
    await made.fit(x, y, { ...QUIET, ...options });
    return bits(made);
  };
  const wanted = await trained();
  t.strictSame(await trained({ callbacks: [{ onTrainBatchEnd: () => {} }] }), wanted, 'for every way of listening');
  for (const threads of [1, 3]) {
    setThreads(threads);
    t.strictSame(await trained(), wanted, `${threads} threads`);
  }
  const parts = model({ loss: own });
  for (let initialEpoch = 0; initialEpoch < QUIET.epochs; initialEpoch++) {
    await parts.fit(x, y, { ...QUIET, initialEpoch, epochs: initialEpoch + 1 });
  }
  t.strictSame(bits(parts), wanted, 'one fit an epoch');
});

t.test('what the function is called with', async (t) => {
  const shapes: (readonly number[])[][] = [];
  const loss = (yTrue: Floats, yPred: Floats): ValueAndGradient => {
    shapes.push([yTrue.shape, yPred.shape]);
    return { value: 0, gradient: { data: new Float32Array(yPred.data.length), shape: yPred.shape } };
  };
  const made = model({ loss, metrics: [] });
  const before = bits(made);
  await made.fit(x, y, { ...QUIET, epochs: 1, batchSize: 30 });
  t.strictSame(shapes.splice(0), [
    [[30], [30, CLASSES]],
    [[20], [20, CLASSES]],
  ]);
  t.strictSame(bits(made), before, 'no slope, no step');
  const pairs = model({ loss, metrics: [] });
  await pairs.evaluate(x, { data: new Uint8Array(ROWS * 2), shape: [ROWS, 2] }, { batchSize: ROWS });
  t.strictSame(
    shapes.splice(0),
    [
      [
        [ROWS, 2],
        [ROWS, CLASSES],
      ],
    ],
    'targets of any shape',
  );
  await t.rejects(pairs.evaluate(x, y), { code: 'ERR_SHAPE_MISMATCH' }, 'then of that shape');
});

t.test('one number for the whole batch', async (t) => {
  const size = (yPred: Floats): number => yPred.data.length;
  const loss = (yTrue: Floats, yPred: Floats): ValueAndGradient => ({
    value: yPred.data.reduce((sum, p, i) => sum + (p - (yTrue.data[i] ?? 0)) ** 2, 0) / size(yPred),
    gradient: { data: yPred.data.map((p, i) => (2 * (p - (yTrue.data[i] ?? 0))) / size(yPred)), shape: yPred.shape },
  });
  const targets = { data: x.data.subarray(0, ROWS * CLASSES), shape: [ROWS, CLASSES] };
  const [one, two] = [model({ loss, metrics: ['mae'] }), model({ loss: new MeanSquaredError(), metrics: ['mae'] })];
  await one.fit(x, targets, QUIET);
  await two.fit(x, targets, QUIET);
  sameWeights(t, one, two, 'weights');
});

t.test('summary and config', async (t) => {
  const quiet = { print: () => {} };
  t.match(model({ loss: own }).summary(quiet), ' Loss: own on the JavaScript thread, batch by batch\n');
  t.match(model({ loss: new Own({ name: 'mine' }) }).summary(quiet), ' Loss: mine on the JavaScript thread');
  t.notMatch(model({ loss: 'mse' }).summary(quiet), 'JavaScript');
  t.equal(JSON.parse(JSON.stringify(model({ loss: own }))).compile_config.loss, 'own');
  const { class_name, registered_name } = JSON.parse(JSON.stringify(model({ loss: new Own() }))).compile_config.loss;
  t.strictSame([class_name, registered_name], ['Own', 'Own']);
});

t.test('stopping', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  let calls = 0;
  const loss = (yTrue: Floats, yPred: Floats): ValueAndGradient => {
    calls++;
    if (calls === 5) controller.abort(reason);
    return own(yTrue, yPred);
  };
  const made = model({ loss });
  const endless = { ...QUIET, epochs: 1_000_000 };
  t.equal(await made.fit(x, y, { ...endless, signal: controller.signal }).catch((error: unknown) => error), reason);
  t.ok(calls < 10);
  const stop = {
    onTrainBatchEnd: () => {
      made.stopTraining = true;
    },
  };
  t.strictSame((await made.fit(x, y, { ...endless, callbacks: [stop] })).epoch, [0]);
});

t.test('mistakes reject, and the model goes on', async (t) => {
  let broken: (yTrue: Floats, yPred: Floats) => unknown = own;
  const made = model({ loss: (yTrue: Floats, yPred: Floats) => broken(yTrue, yPred) as ValueAndGradient });
  const fail = (): never => {
    throw new TypeError('mine');
  };
  const mistakes: readonly (readonly [what: string, loss: typeof broken, message: RegExp])[] = [
    ['throws', fail, /^mine$/],
    ['values only', (_, yPred) => yPred, /\{ value, gradient \}/],
    ['nothing', () => undefined, /\{ value, gradient \}/],
    ['no numbers', () => ({ value: 'x', gradient: [] }), /value of the loss/],
    ['another shape', () => ({ value: 1, gradient: [1] }), /shape of yPred.*gradient/],
    ['too many values', (_, yPred) => ({ value: [1, 2], gradient: yPred }), /leading axes of yPred/],
  ];
  for (const [what, loss, message] of mistakes) {
    broken = loss;
    await t.rejects(made.fit(x, y, QUIET), { message }, what);
    await t.rejects(made.trainOnBatch(x, y), { message }, what);
    t.throws(() => made.lossAndGradients(x, y), { message }, what);
  }
  broken = own;
  await t.resolves(made.fit(x, y, QUIET));
  broken = (_, yPred) => yPred.data.subarray(0, yPred.shape[0]);
  await t.resolves(made.evaluate(x, y), 'values are enough to evaluate');
  t.throws(() => model({ loss: new Own({ reduction: 'none' }) }), { code: 'ERR_UNSUPPORTED' });
  t.throws(() => model({ loss: new Own({ dtype: 'float64' }) }), { code: 'ERR_UNSUPPORTED' });
  const pairs = { data: new Uint8Array(ROWS * 2), shape: [ROWS, 2] };
  await t.rejects(model({ loss: own }).evaluate(x, pairs), { code: 'ERR_SHAPE_MISMATCH', message: /metric/ });
});

t.test('a loss that is not finite warns', async (t) => {
  const warnings: (Error & { code?: string })[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  const loss = (_: Floats, yPred: Floats): ValueAndGradient => ({ value: Number.NaN, gradient: yPred });
  await model({ loss }).fit(x, y, QUIET);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(warnings.filter(({ code }) => code === 'GEMSBOK_NON_FINITE').length, 1);
});
