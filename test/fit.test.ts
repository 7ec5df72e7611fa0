import { setTimeout as sleep } from 'node:timers/promises';
import {
  Callback,
  type CallbackHooks,
  type CallbackLogs,
  Dense,
  type FitOptions,
  getThreads,
  Input,
  LambdaCallback,
  metrics,
  ProgbarLogger,
  Sequential,
  SGD,
  setThreads,
} from 'gemsbok';
import t from 'tap';
import { bits, CLASSES, classifier, INPUTS, QUIET, ROWS, stepOf, x, y } from './models.cases';

async function trainedBits(options: Partial<FitOptions> = {}): Promise<number[]> {
  const model = classifier();
  await model.fit(x, y, { ...QUIET, ...options });
  return bits(model);
}

/** Longer than any test waits: it must be ended. */
const ENDLESS = { ...QUIET, epochs: 1_000_000 } as const;

t.test('the same bits', async (t) => {
  const wanted = await trainedBits();
  t.test('for every way of listening', async (t) => {
    t.strictSame(await trainedBits({ callbacks: [{ onEpochEnd: () => {} }] }), wanted);
    t.strictSame(await trainedBits({ callbacks: [{ onTrainBatchEnd: () => {} }] }), wanted);
    t.strictSame(await trainedBits({ validationData: [x, y] }), wanted);
  });
  t.test('for every number of threads', async (t) => {
    const before = getThreads();
    t.teardown(() => setThreads(before));
    for (const threads of [1, 2, 3, 8]) {
      setThreads(threads);
      t.strictSame(await trainedBits(), wanted, `${threads} threads`);
    }
  });
  t.test('for one fit and for one fit an epoch', async (t) => {
    const model = classifier();
    for (let initialEpoch = 0; initialEpoch < QUIET.epochs; initialEpoch++) {
      await model.fit(x, y, { ...QUIET, initialEpoch, epochs: initialEpoch + 1 });
    }
    t.strictSame(bits(model), wanted);
  });
  t.test('another seed gives others', async (t) => t.notSame(await trainedBits({ seed: 8 }), wanted));
});

t.test('data is copied when a run starts', async (t) => {
  const wanted = await trainedBits();
  const run = async (change: (data: Float32Array) => unknown, shared = false): Promise<number[]> => {
    const model = classifier();
    const buffer = shared ? new SharedArrayBuffer(x.data.byteLength) : new ArrayBuffer(x.data.byteLength);
    const data = new Float32Array(buffer);
    data.set(x.data);
    const running = model.fit({ data, shape: x.shape }, y, QUIET);
    change(data);
    await running;
    return bits(model);
  };
  t.strictSame(await run((data) => data.fill(Number.NaN)), wanted, 'mutated');
  t.strictSame(
    await run((data) => structuredClone(data, { transfer: [data.buffer as ArrayBuffer] })),
    wanted,
    'transferred',
  );
  t.strictSame(await run((data) => data.fill(Number.NaN), true), wanted, 'shared');
});

t.test('bytes and floats of the same values train alike', async (t) => {
  const bytes = Uint8Array.from(x.data, (value) => Math.round(100 * (value + 1)));
  const [one, two] = [classifier(), classifier()];
  await one.fit({ data: bytes, shape: x.shape }, y, QUIET);
  await two.fit({ data: Float32Array.from(bytes), shape: x.shape }, y, QUIET);
  t.strictSame(bits(one), bits(two));
});

t.test('a bare TypedArray is cut by the input shape', async (t) => {
  const model = classifier();
  await model.fit(x.data, y, QUIET);
  t.strictSame(bits(model), await trainedBits());
});

t.test('the hooks nest', async (t) => {
  const calls: string[] = [];
  const names = ['Train', 'Epoch', 'TrainBatch', 'Test', 'TestBatch', 'Predict', 'PredictBatch'];
  const hooks = names.flatMap((name) => [`on${name}Begin`, `on${name}End`]);
  const record = (hook: string) => (first: unknown) => {
    calls.push(typeof first === 'number' ? `${hook} ${first}` : hook);
  };
  const callback = new LambdaCallback(Object.fromEntries(hooks.map((hook) => [hook, record(hook)])) as CallbackHooks);
  const model = classifier();
  await model.fit(x, y, { ...QUIET, batchSize: 30, epochs: 1, validationData: [x, y], callbacks: [callback] });
  const batches = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => [`on${kind}BatchBegin ${i}`, `on${kind}BatchEnd ${i}`]).flat();
  t.strictSame(calls.splice(0), [
    'onTrainBegin',
    'onEpochBegin 0',
    ...batches('Train', 2),
    'onTestBegin',
    ...batches('Test', 2),
    'onTestEnd',
    'onEpochEnd 0',
    'onTrainEnd',
  ]);
  await model.predict(x, { batchSize: 20, callbacks: [callback] });
  t.strictSame(calls, ['onPredictBegin', ...batches('Predict', 3), 'onPredictEnd']);
});

t.test('callbacks', async (t) => {
  t.test('logs hold loss, metrics and validation, and what a hook adds', async (t) => {
    class Adds extends Callback {
      override onEpochEnd(epoch: number, logs: CallbackLogs): void {
        logs.twice = 2 * epoch;
      }
    }
    const history = await classifier().fit(x, y, { ...QUIET, validationSplit: 0.2, callbacks: [new Adds()] });
    t.strictSame(Object.keys(history.history), ['loss', 'acc', 'val_loss', 'val_acc', 'twice']);
    t.strictSame(history.history.twice, [0, 2, 4]);
    t.strictSame(history.params, { verbose: 0, epochs: 3, steps: 5 });
  });
  t.test('stopTraining ends after the batch, the epoch counts', async (t) => {
    const model = classifier();
    const onTrainBatchEnd = (batch: number): void => {
      if (batch === 2) model.stopTraining = true;
    };
    const seen: number[] = [];
    const callback = { onTrainBatchEnd, onTrainBatchBegin: (batch: number) => void seen.push(batch) };
    const history = await model.fit(x, y, { ...ENDLESS, callbacks: [callback] });
    t.strictSame([history.epoch, seen], [[0], [0, 1, 2]]);
  });
  t.test('stopTraining ends a run to which nobody listens', async (t) => {
    const model = classifier();
    const running = model.fit(x, y, ENDLESS);
    await stepOf(model);
    model.stopTraining = true;
    const { epoch, history } = await running;
    t.equal(history.loss?.length, epoch.length);
    t.ok(epoch.length > 0);
  });
  t.test('an error in a hook rejects, and the model goes on', async (t) => {
    const model = classifier();
    const callbacks = [{ onEpochEnd: () => Promise.reject(new Error('mine')) }];
    await t.rejects(model.fit(x, y, { ...QUIET, callbacks }), { message: 'mine' });
    await t.resolves(model.fit(x, y, QUIET));
  });
  t.test('a new learning rate holds from the next step on', async (t) => {
    const optimizer = new SGD({ learningRate: 0.1 });
    const model = classifier();
    model.compile({ optimizer, loss: 'sparse_categorical_crossentropy' });
    const after: number[][] = [];
    const onEpochEnd = (): void => {
      optimizer.learningRate = 0;
      after.push(bits(model));
    };
    await model.fit(x, y, { ...QUIET, callbacks: [{ onEpochEnd }] });
    t.strictSame(after[1], after[0]);
  });
});

t.test('signals', async (t) => {
  t.test('aborted before', async (t) => {
    const model = classifier();
    const signal = AbortSignal.abort(new Error('before'));
    const before = bits(model);
    await t.rejects(model.fit(x, y, { ...QUIET, signal }), { message: 'before' });
    await t.rejects(model.evaluate(x, y, { signal }), { message: 'before' });
    await t.rejects(model.predict(x, { signal }), { message: 'before' });
    t.strictSame(bits(model), before);
  });
  t.test('aborted during, and usable afterwards', async (t) => {
    const model = classifier();
    const reason = new Error('during');
    const controller = new AbortController();
    const running = model.fit(x, y, { ...ENDLESS, signal: controller.signal });
    await stepOf(model);
    controller.abort(reason);
    t.equal(await running.catch((error: unknown) => error), reason);
    await t.resolves(model.fit(x, y, QUIET));
  });
  t.test('AbortSignal.timeout', async (t) => {
    const signal = AbortSignal.timeout(20);
    await t.rejects(classifier().fit(x, y, { ...ENDLESS, signal }), { name: 'TimeoutError' });
  });
});

t.test('while a model trains', async (t) => {
  const model = classifier();
  const controller = new AbortController();
  const running = model.fit(x, y, { ...ENDLESS, signal: controller.signal }).catch(() => 'aborted');
  const busy = { code: 'ERR_MODEL_BUSY' };
  await t.rejects(model.fit(x, y), busy);
  await t.rejects(model.trainOnBatch(x, y), busy);
  t.throws(() => model.compile({ loss: 'mse' }), busy);
  t.throws(() => model.add(new Dense({ units: 1 })), busy);
  t.throws(() => model.pop(), busy);
  t.strictSame((await model.predict(x)).shape, [ROWS, CLASSES]);
  t.strictSame(model.predictSync(x).shape, [ROWS, CLASSES]);
  t.hasProps(await model.evaluate(x, y), ['loss', 'acc']);
  model.setWeights(model.getWeights());
  controller.abort();
  t.equal(await running, 'aborted');
});

t.test('a loss that is not finite warns once, and training goes on', async (t) => {
  const model = new Sequential([
    new Input({ shape: [INPUTS] }),
    new Dense({ units: 4, name: 'broken' }),
    new Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: 'mse' });
  const data = x.data.slice();
  data[20 * INPUTS] = Number.POSITIVE_INFINITY;
  const warnings: (Error & { code?: string })[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  t.teardown(() => process.off('warning', listen));
  const history = await model.fit(data, Float32Array.from(y), { ...QUIET, shuffle: false, allowNonFinite: true });
  await sleep(1);
  t.equal(history.epoch.length, QUIET.epochs);
  const found = warnings.filter(({ code }) => code === 'GEMSBOK_NON_FINITE');
  t.equal(found.length, 1);
  t.match(found[0]?.message, /epoch 1, batch 3: .* `broken`.*cause is Infinity in `x`, row 20, column 0/);
});

t.test('batches', async (t) => {
  t.test('trainOnBatch gives what was before the step', async (t) => {
    const model = classifier();
    const before = await model.testOnBatch(x, y);
    const { loss, gradients } = model.lossAndGradients(x, y);
    t.strictSame(
      gradients.map(({ shape }) => shape),
      model.getWeights().map(({ shape }) => shape),
    );
    t.ok(Math.abs(loss - (before.loss ?? 0)) < 1e-6);
    t.strictSame(await model.trainOnBatch(x, y), before);
    t.ok(((await model.testOnBatch(x, y)).loss ?? 0) < loss);
  });
  t.test('a step of SGD is the gradient', async (t) => {
    const model = classifier();
    model.compile({ optimizer: new SGD({ learningRate: 1 }), loss: 'sparse_categorical_crossentropy' });
    const sampleWeight = Float32Array.from(y, (label) => 1 + label);
    const { gradients } = model.lossAndGradients(x, y, { sampleWeight });
    const wanted = model
      .getWeights()
      .map(({ data }, i) => data.map((value, k) => value - (gradients[i]?.data[k] ?? 0)));
    await model.trainOnBatch(x, y, { sampleWeight });
    t.strictSame(
      model.getWeights().map(({ data }) => data),
      wanted,
    );
  });
});

t.test('progress', async (t) => {
  const logged = async (options: FitOptions, isTTY: boolean): Promise<string> => {
    const texts: string[] = [];
    const stream = { isTTY, columns: 200, write: (text: string) => texts.push(text) };
    await classifier().fit(x, y, { ...QUIET, ...options, callbacks: [new ProgbarLogger({ stream })] });
    return texts.join('');
  };
  const values = 'loss: \\d\\.\\d{4} - acc: \\d\\.\\d{4}';
  const bar = `7/7 ━{20} \\d+s \\d+[mu]?s/step - ${values}`;
  const line = `7/7 - \\d+s - \\d+[mu]?s/step - ${values}`;
  t.match(await logged({ verbose: 1, epochs: 1 }, false), new RegExp(`^${line}\n$`));
  t.match(await logged({ verbose: 1, epochs: 2 }, false), new RegExp(`^Epoch 1/2 - ${line}\nEpoch 2/2 - ${line}\n$`));
  t.match(await logged({ verbose: 2, epochs: 1 }, false), /^7\/7 - \d+s - \d+[mu]?s\/step - loss: .*\n$/);
  t.match(
    await logged({ verbose: 'auto', epochs: 2 }, true),
    new RegExp(`^Epoch 1/2\n(?:.*\r)?${bar}.*\n.*Epoch 2/2\n`, 's'),
  );
  t.equal(await logged({ verbose: 0 }, true), '');
});

t.test('metrics that share a name are told apart', async (t) => {
  const model = new Sequential([new Input({ shape: [INPUTS] }), new Dense({ units: 1 })]);
  model.compile({
    loss: 'mse',
    metrics: ['mae', new metrics.MeanAbsoluteError({ name: 'mae' })],
    weightedMetrics: ['mae'],
  });
  t.strictSame(Object.keys(await model.evaluate(x, y)), ['loss', 'mae', 'mae_1', 'weighted_mae']);
});
