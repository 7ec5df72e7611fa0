import { type Callback, type CallbackLogs, History, ProgbarLogger, SGD, SwapEMAWeights, TerminateOnNaN } from 'gemsbok';
import t, { type Test } from 'tap';
import { asSeen, printed, StubModel } from './callbacks.cases';
import { goldenCases } from './helpers/golden';
import { Terminal } from './helpers/terminal';
import { bits, classifier, INPUTS, QUIET, x, y } from './models.cases';

const LONGER = { ...QUIET, epochs: 6 } as const;

t.test('TerminateOnNaN', async (t) => {
  const data = x.data.slice();
  data[20 * INPUTS] = Number.POSITIVE_INFINITY;
  const fit = (callback: Callback): Promise<History> =>
    classifier().fit(data, y, { ...LONGER, shuffle: false, allowNonFinite: true, callbacks: [callback] });
  let history = new History();
  const text = await printed(t, async () => {
    history = await fit(new TerminateOnNaN());
  });
  t.equal(text, 'Batch 2: Invalid loss, terminating training\n');
  t.strictSame(history.epoch, [0]);
  await t.rejects(fit(new TerminateOnNaN({ raiseError: true })), { code: 'ERR_NOT_FINITE', message: /batch 2/ });
});

t.test('SwapEMAWeights', async (t) => {
  /** Weights and means are two words. */
  class Averaged extends StubModel {
    readonly hasAverages: boolean = true;
    weights = 'weights';
    averages = 'means';

    swapAverages(): void {
      [this.weights, this.averages] = [this.averages, this.weights];
    }

    setAveragesToWeights(): void {
      this.averages = this.weights;
    }
  }
  const prepare = (callback: SwapEMAWeights): Averaged => {
    const model = new Averaged();
    callback.setModel(asSeen(model));
    callback.setParams({ verbose: 0, epochs: 2, steps: 1 });
    callback.onTrainBegin();
    return model;
  };
  t.test('for tests and predictions', async (t) => {
    const callback = new SwapEMAWeights();
    const model = prepare(callback);
    for (const hooks of [
      ['onTestBegin', 'onTestEnd'],
      ['onPredictBegin', 'onPredictEnd'],
    ] as const) {
      callback[hooks[0]]();
      t.equal(model.weights, 'means');
      callback[hooks[1]]();
      t.equal(model.weights, 'weights');
    }
    callback.onTestBegin();
    callback.onAbort();
    t.equal(model.weights, 'weights', 'an error between does not leave them');
  });
  t.test('at the end of epochs', async (t) => {
    const callback = new SwapEMAWeights({ swapOnEpoch: true });
    const model = prepare(callback);
    await callback.onEpochBegin(0, {});
    await callback.onEpochEnd(0, {});
    t.strictSame([model.weights, model.averages], ['means', 'weights']);
    callback.onTestBegin();
    t.equal(model.weights, 'means');
    await callback.onEpochBegin(1, {});
    t.strictSame([model.weights, model.averages], ['weights', 'means']);
    await callback.onEpochEnd(1, {});
    t.strictSame([model.weights, model.averages], ['means', 'means'], 'what `fit` writes at its end');
  });
  t.test('of a model', async (t) => {
    const run = async (options: object, callback?: SwapEMAWeights) => {
      const model = classifier();
      model.compile({
        optimizer: new SGD({ useEma: true, emaMomentum: 0.8 }),
        loss: 'sparse_categorical_crossentropy',
      });
      const seen: number[][] = [];
      const onEpochEnd = (): void => void seen.push(bits(model));
      const callbacks = [...(callback ? [callback] : []), { onEpochEnd }];
      const { history } = await model.fit(x, y, { ...QUIET, ...options, validationData: [x, y], callbacks });
      const { loss } = await model.evaluate(x, y, { batchSize: QUIET.batchSize });
      return { model, seen, history, loss };
    };
    const plain = await run({});
    const swapped = await run({}, new SwapEMAWeights());
    t.strictSame(bits(swapped.model), bits(plain.model), 'training stays the same');
    t.strictSame(swapped.history.loss, plain.history.loss);
    t.notSame(plain.history.val_loss, swapped.history.val_loss);
    t.equal(swapped.history.val_loss?.at(-1), swapped.loss, 'validated with the means');
    t.strictSame(swapped.seen, plain.seen, 'callbacks see the weights');
    const shown = await run({}, new SwapEMAWeights({ swapOnEpoch: true }));
    t.strictSame(shown.seen[2], bits(plain.model), 'callbacks after it see the means');
    t.strictSame(bits(shown.model), bits(plain.model), 'which training ends with');
  });
  await t.rejects(classifier().evaluate(x, y, { callbacks: new SwapEMAWeights() }), { code: 'ERR_UNSUPPORTED' });
});

t.test('ProgbarLogger', async (t) => {
  interface Golden {
    readonly name: string;
    readonly args: { readonly vals: [string, number][]; readonly verbose?: number; readonly dt?: number };
    readonly expected_plain_text: string;
  }
  const STEPS = 3;
  const show = (t: Test, { vals, verbose = 1, dt = 0.3 }: Golden['args'], isTTY: boolean): string => {
    const texts: string[] = [];
    let now = 1000;
    t.intercept(performance, 'now', { get: () => () => now });
    const logger = new ProgbarLogger({ stream: { isTTY, write: (text: string) => texts.push(text) } });
    logger.setParams({ verbose, epochs: 1, steps: STEPS });
    logger.onEpochBegin(0);
    for (let step = 1; step <= STEPS; step++) {
      now += 1000 * dt;
      logger.update(step, Object.fromEntries(vals));
    }
    logger.onEpochEnd(0, Object.fromEntries(vals));
    return texts.join('');
  };
  const rows = goldenCases<Golden>('utils').filter(({ name }) => name.startsWith('progress/'));
  t.ok(rows.length > 0);
  for (const { name, args, expected_plain_text } of rows) {
    for (const isTTY of [false, true]) {
      await t.test(`${name}, terminal: ${isTTY}`, async (t) => {
        const terminal = new Terminal(200);
        terminal.write(show(t, args, isTTY));
        // Elsewhere than on a terminal there is no bar.
        const wanted = isTTY ? expected_plain_text : expected_plain_text.replace(/ ━+ (\S+) /, ' - $1 - ');
        t.equal(terminal.text, wanted);
      });
    }
  }
  t.test('of evaluate and predict, silent for a validation', async (t) => {
    const texts: string[] = [];
    const bar = new ProgbarLogger({ stream: { write: (text: string) => texts.push(text) } });
    const model = classifier();
    await model.evaluate(x, y, { verbose: 2, callbacks: bar });
    t.match(texts.splice(0).join(''), /^2\/2 - \d+s - \d+[mu]?s\/step - loss: \d\.\d{4} - acc: 0\.\d{4}\n$/);
    await model.predict(x, { verbose: 1, callbacks: bar, batchSize: 10 });
    t.match(texts.splice(0).join(''), /^5\/5 - \d+s - \d+[mu]?s\/step\n$/);
    await model.fit(x, y, { ...QUIET, epochs: 1, verbose: 2, validationData: [x, y], callbacks: bar });
    t.match(texts.join(''), /^7\/7 [^\n]*val_acc: 0\.\d{4}\n$/);
  });
});

t.test('hooks', async (t) => {
  t.test('an error in any of them ends the run, and all are told', async (t) => {
    for (const hook of ['onTrainBegin', 'onEpochBegin', 'onTrainBatchEnd', 'onTestEnd', 'onTrainEnd']) {
      const told: unknown[] = [];
      const error = new Error(hook);
      const listener = { onAbort: (reason: unknown) => void told.push(reason) };
      const angry = { onAbort: () => Promise.reject(new Error('hidden')) };
      const callbacks = [{ [hook]: () => Promise.reject(error) }, angry, listener];
      const run = classifier().fit(x, y, { ...QUIET, validationData: [x, y], callbacks });
      t.equal(await run.catch((reason: unknown) => reason), error, hook);
      t.strictSame(told, [error], hook);
    }
  });
  t.test('a stop before the first batch lets one pass', async (t) => {
    for (const hook of ['onTrainBegin', 'onEpochBegin', 'onTrainBatchBegin']) {
      const model = classifier();
      const stop = (): void => {
        model.stopTraining = true;
      };
      const { epoch } = await model.fit(x, y, { ...LONGER, callbacks: [{ [hook]: stop }] });
      t.strictSame([epoch, model.iterations], [[0], 1], hook);
    }
  });
  t.test('nor does a stop while native code takes up an epoch leave it without a batch', async (t) => {
    for (let round = 0; round < 20; round++) {
      const model = classifier();
      const soon = (turns: number): void => {
        if (turns > 0) queueMicrotask(() => soon(turns - 1));
        else model.stopTraining = true;
      };
      const { history } = await model.fit(x, y, { ...LONGER, callbacks: [{ onEpochBegin: () => soon(round) }] });
      t.ok((history.loss?.[0] ?? 0) > 0 && model.iterations > 0, `after ${round} turns`);
    }
  });
  t.test('evaluate and predict tell of an error too', async (t) => {
    const told: unknown[] = [];
    const error = new Error('mine');
    const fail = (): never => {
      throw error;
    };
    const callbacks = {
      onTestBatchEnd: fail,
      onPredictEnd: fail,
      onAbort: (reason: unknown) => void told.push(reason),
    };
    await t.rejects(classifier().evaluate(x, y, { callbacks }), error);
    await t.rejects(classifier().predict(x, { callbacks }), error);
    t.strictSame(told, [error, error]);
  });
  t.test('the end gets the logs of the last epoch', async (t) => {
    let last: CallbackLogs = {};
    const onTrainEnd = (logs: CallbackLogs): void => {
      last = logs;
    };
    const { history } = await classifier().fit(x, y, { ...QUIET, callbacks: [{ onTrainEnd }] });
    t.equal(last.loss, history.loss?.at(-1));
  });
  t.test('a History that is given is the one that comes back', async (t) => {
    const given = new History();
    t.equal(await classifier().fit(x, y, { ...QUIET, callbacks: [given] }), given);
    t.strictSame(given.epoch, [0, 1, 2]);
  });
  t.test('an abort while a hook waits is seen at once', async (t) => {
    const controller = new AbortController();
    const reason = new Error('now');
    const onTrainBegin = (): void => controller.abort(reason);
    const endless = { ...QUIET, epochs: 1e6, callbacks: [{ onTrainBegin }], signal: controller.signal };
    const model = classifier();
    t.equal(await model.fit(x, y, endless).catch((error: unknown) => error), reason);
    t.ok(model.iterations < 10_000, `${model.iterations} steps`);
  });
  t.test('a hook that never ends is left by an abort', async (t) => {
    const last = ['onTrainEnd', 'onPredictEnd'];
    const fits = ['TrainBegin', 'TrainEnd', 'EpochBegin', 'EpochEnd', 'TrainBatchBegin', 'TrainBatchEnd'];
    const tests = ['TestBegin', 'TestEnd', 'TestBatchBegin', 'TestBatchEnd'];
    const predicts = ['PredictBegin', 'PredictEnd', 'PredictBatchBegin', 'PredictBatchEnd'];
    for (const hook of [...fits, ...tests, ...predicts].map((name) => `on${name}`)) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const hang = (): Promise<void> => {
        setImmediate(() => controller.abort(reason));
        return new Promise(() => {});
      };
      const options = { ...QUIET, callbacks: [{ [hook]: hang }], signal: controller.signal };
      const model = classifier();
      const run = hook.startsWith('onPredict')
        ? model.predict(x, { callbacks: options.callbacks, signal: controller.signal })
        : model.fit(x, y, { ...options, validationSplit: 0.2 });
      const end: unknown = await run.catch((error: unknown) => error);
      t.equal(end === reason, !last.includes(hook), `${hook}: after the last hook there is nothing to give up`);
      await model.fit(x, y, QUIET);
    }
  });
});
