import { readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import {
  Callback,
  type Dataset,
  dataset,
  EarlyStopping,
  getThreads,
  History,
  LambdaCallback,
  MeanSquaredError,
  setThreads,
  type Tensor,
  type ValueAndGradient,
} from 'gemsbok';
import t from 'tap';
import { ENDLESS, xor, xorModel } from './scheduler.cases';

/** Threads of this process that the library's calls added; the system shows them on Linux alone. */
function threadsOfProcess(): number | null {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : null;
}

/** Starts fits that nobody waits for. */
function startMany(count: number, signal: AbortSignal): Promise<unknown>[] {
  return Array.from({ length: count }, () =>
    xorModel()
      .fit(xor.x, xor.y, { ...ENDLESS, signal })
      .catch((error) => error),
  );
}

t.test('many fits at once', async (t) => {
  t.test('take no more threads than one', async (t) => {
    const before = getThreads();
    t.teardown(() => setThreads(before));
    setThreads(3);
    await xorModel().fit(xor.x, xor.y, { epochs: 2000, verbose: 0 });
    await Promise.all(Array.from({ length: 3 }, () => xorModel().fit(xor.x, xor.y, { epochs: 2000, verbose: 0 })));
    const few = threadsOfProcess();
    const controller = new AbortController();
    const running = startMany(50, controller.signal);
    for (let i = 0; i < 20; i++) await turn();
    t.equal(threadsOfProcess(), few);
    controller.abort();
    await Promise.all(running);
  });
  t.test('leave the event loop its turns, whatever the epochs', async (t) => {
    const controller = new AbortController();
    const running = startMany(30, controller.signal);
    const timer = setInterval(() => ticks++, 1);
    let ticks = 0;
    // Each turn of the loop is at most some milliseconds of work.
    while (ticks < 50) await turn();
    clearInterval(timer);
    controller.abort();
    for (const error of await Promise.all(running)) t.match(error, { name: 'AbortError' });
  });
  t.test('begin in several turns of the loop, with the data they were given', async (t) => {
    const models = Array.from({ length: 300 }, xorModel);
    const weights = models[0]?.getWeights() ?? [];
    for (const model of models) model.setWeights(weights);
    let turns = 0;
    const timer = setInterval(() => turns++);
    const begun = new Set<number>();
    const callbacks = { onTrainBegin: () => void begun.add(turns) };
    const given = Array.from(models, () => ({
      x: [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      y: Float32Array.from(xor.y),
    }));
    const running = models.map((model, i) => {
      const { x, y } = given[i] as (typeof given)[number];
      return model.fit(x, y, { epochs: 3, shuffle: false, verbose: 0, validationData: [x, y], callbacks });
    });
    for (const { x, y } of given) {
      for (const row of x) row.fill(7);
      y.fill(7);
    }
    const losses = (await Promise.all(running)).map(({ history }) => [history.loss, history.val_loss]);
    clearInterval(timer);
    t.ok(begun.size > 3, `${begun.size} turns`);
    t.strictSame(losses, Array(models.length).fill(losses[0]));
  });
  t.test('take data sets too, with validation data', async (t) => {
    const data = { x: xor.x, y: xor.y };
    const sets = [() => dataset(data), () => dataset(() => [{ x: [0, 1], y: [1] }])];
    const running = Array.from({ length: 200 }, (_, i) => {
      const [own, others] = i % 2 === 0 ? sets : [...sets].reverse();
      return xorModel().fit(own?.() as Dataset, { epochs: 1, verbose: 0, validationData: others?.() as Dataset });
    });
    for (const { history } of await Promise.all(running)) t.match(history, { loss: [Number], val_loss: [Number] });
  });
  t.test('train as one after another', async (t) => {
    const train = async (atOnce: boolean): Promise<unknown[]> => {
      const models = Array.from({ length: 8 }, xorModel);
      for (const [i, model] of models.entries()) {
        model.setWeights(
          model.getWeights().map(({ data, shape }) => ({ data: data.map((_, j) => Math.sin(i + j)), shape })),
        );
      }
      const fit = async (model: (typeof models)[number]): Promise<unknown> => {
        const { history } = await model.fit(xor.x, xor.y, { epochs: 3000, verbose: 0, seed: 1 });
        return history.loss;
      };
      if (atOnce) return Promise.all(models.map(fit));
      const all: unknown[] = [];
      for (const model of models) all.push(await fit(model));
      return all;
    };
    t.strictSame(await train(true), await train(false));
  });
});

t.test('predictions go before trainings', async (t) => {
  const controller = new AbortController();
  const before = getThreads();
  t.teardown(() => setThreads(before));
  setThreads(1);
  const running = startMany(20, controller.signal);
  await turn();
  // Behind twenty runs without an end, on one thread.
  const outputs = await Promise.all(Array.from({ length: 10 }, () => xorModel().predict(xor.x)));
  t.equal(outputs.length, 10);
  controller.abort();
  await Promise.all(running);
});

t.test('trainings go on under steady predictions', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  setThreads(1);
  let ended = false;
  const training = xorModel()
    .fit(xor.x, xor.y, { epochs: 5000, verbose: 0 })
    .finally(() => {
      ended = true;
    });
  const ask = async (): Promise<void> => {
    const model = xorModel();
    while (!ended) await model.predict(xor.x);
  };
  await Promise.all([ask(), ask(), ask(), training]);
  t.equal((await training).epoch.length, 5000);
});

t.test('the number of threads may change at any time', async (t) => {
  const before = getThreads();
  t.teardown(() => setThreads(before));
  const controller = new AbortController();
  const running = startMany(6, controller.signal);
  for (const threads of [4, 1, 8, 2, 1, 3]) {
    setThreads(threads);
    await xorModel().fit(xor.x, xor.y, { epochs: 50, verbose: 0 });
    await xorModel().predict({ data: new Float32Array(20_000), shape: [10_000, 2] });
  }
  controller.abort();
  t.equal((await Promise.all(running)).length, 6);
});

t.test('an abort', async (t) => {
  const hooks = ['onTrainBegin', 'onEpochBegin', 'onTrainBatchBegin', 'onTrainBatchEnd', 'onEpochEnd'] as const;
  for (const hook of hooks) {
    t.test(`in ${hook} ends at once`, async (t) => {
      const model = xorModel();
      const controller = new AbortController();
      const calls: string[] = [];
      const call = (name: string) => (): void => {
        calls.push(name);
        if (name === hook) controller.abort(new Error('enough'));
      };
      const all = [...hooks, 'onTrainEnd', 'onAbort'];
      const callbacks = Object.fromEntries(all.map((name) => [name, call(name)]));
      const running = model.fit(xor.x, xor.y, { epochs: 3, verbose: 0, callbacks, signal: controller.signal });
      await t.rejects(running, { message: 'enough' });
      t.strictSame(calls, [...hooks.slice(0, hooks.indexOf(hook) + 1), 'onAbort']);
      t.equal(model.iterations, hooks.indexOf(hook) >= hooks.indexOf('onTrainBatchEnd') ? 1 : 0);
    });
  }
  t.test('in hooks of tests and predictions', async (t) => {
    for (const [name, next] of [
      ['onTestBegin', 'onTestBatchBegin'],
      ['onTestBatchEnd', 'onTestEnd'],
      ['onPredictBegin', 'onPredictBatchBegin'],
      ['onPredictBatchEnd', 'onPredictEnd'],
    ] as const) {
      const controller = new AbortController();
      const callbacks = { [name]: () => controller.abort(new Error('enough')), [next]: () => t.fail(next) };
      const options = { callbacks, signal: controller.signal };
      const running: Promise<unknown> = name.startsWith('onTest')
        ? xorModel().evaluate(xor.x, xor.y, options)
        : xorModel().predict(xor.x, options);
      await t.rejects(running, { message: 'enough' }, name);
    }
  });
  t.test('ends a run whose loss is computed here, between any two of its parts', async (t) => {
    const squared = new MeanSquaredError();
    for (const calls of [1, 2, 3]) {
      const model = xorModel();
      const controller = new AbortController();
      let called = 0;
      const loss = (yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>): ValueAndGradient => {
        if (++called === calls) controller.abort(new Error('enough'));
        return squared.valueAndGradientOf(yTrue, yPred);
      };
      model.compile({ optimizer: 'sgd', loss });
      const running = model.fit(xor.x, xor.y, { ...ENDLESS, signal: controller.signal });
      await t.rejects(running, { message: 'enough' });
      t.equal(called, calls);
      t.ok(model.iterations <= calls);
    }
  });
  t.test('one signal for many runs warns of nothing, and keeps nothing', async (t) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    t.teardown(() => process.off('warning', onWarning));
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const fits = Array.from({ length: 15 }, () => xorModel().fit(xor.x, xor.y, { epochs: 3, verbose: 0, signal }));
    await Promise.all(fits);
    await turn();
    t.equal(listeners, 0);
    t.strictSame(warnings, []);
  });
});

t.test('callbacks of two runs at once', async (t) => {
  const options = { epochs: 3, verbose: 0 } as const;
  const fit = (callbacks: object): Promise<unknown> => xorModel().fit(xor.x, xor.y, { ...options, callbacks });
  class Own extends Callback {}
  for (const callback of [
    new EarlyStopping({ monitor: 'loss' }),
    new History(),
    new Own(),
    { getState: () => 1, onEpochEnd() {} },
  ]) {
    const [first, second] = await Promise.allSettled([fit(callback), fit(callback)]);
    t.equal(first.status, 'fulfilled', 'the first goes on');
    t.match(second, { status: 'rejected', reason: { code: 'ERR_INVALID_ARG', message: /Another run has it/ } });
    await t.resolves(fit(callback), 'one after another they serve');
  }
  const seen: number[] = [];
  const onEpochEnd = (epoch: number): void => void seen.push(epoch);
  for (const callback of [{ onEpochEnd }, new LambdaCallback({ onEpochEnd })]) {
    await Promise.all([fit(callback), fit(callback)]);
  }
  t.equal(seen.length, 12, 'those without a memory serve several');
});
