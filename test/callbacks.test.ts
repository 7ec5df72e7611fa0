import { join } from 'node:path';
import * as gemsbok from 'gemsbok';
import {
  type Callback,
  EarlyStopping,
  History,
  LambdaCallback,
  LearningRateScheduler,
  ModelCheckpoint,
  ReduceLROnPlateau,
  SGD,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { type GoldenCallback, Inject, printed, runOver, StubModel } from './callbacks.cases';
import { goldenCases, toOptions } from './helpers/golden';
import { scratch } from './helpers/scratch';
import { warned } from './helpers/warnings';
import { bits, classifier, QUIET, x, y } from './models.cases';

const QUIETLY = { ...QUIET, epochs: 6 } as const;

const CHECKS: Readonly<Record<string, (t: Test, row: GoldenCallback) => Promise<void>>> = {
  es: async (t, row) => {
    const stopping = new EarlyStopping(toOptions({ ...row.args, restore_best_weights: true }) as never);
    const metric = (row.args?.monitor as string | undefined) ?? 'val_loss';
    const { model } = await runOver(stopping, row.monitor_values ?? [], { metric });
    t.equal(stopping.stoppedEpoch, row.expected_stopped_epoch);
    t.equal(stopping.bestEpoch, row.expected_best_epoch);
    t.equal(model.restored, row.expected_best_epoch, 'the weights of the best epoch');
  },
  rlrop: async (t, row) => {
    const model = new StubModel();
    model.optimizer.learningRate = row.initial_learning_rate ?? 0;
    const { found } = await runOver(new ReduceLROnPlateau(toOptions(row.args) as never), row.monitor_values ?? [], {
      model,
      after: ({ optimizer }, logs) => [optimizer.learningRate, logs.learning_rate ?? Number.NaN],
    });
    let before = row.initial_learning_rate ?? 0;
    for (const [epoch, wanted] of (row.expected_learning_rate_after_epoch ?? []).entries()) {
      const [after = Number.NaN, logged] = found[epoch] ?? [];
      t.ok(Math.abs(after - wanted) <= (row.tolerance ?? 0), `epoch ${epoch}: ${after} is ${wanted}`);
      t.equal(logged, before, 'the logs have the rate before the cut');
      before = after;
    }
  },
  mc: async (t, row) => {
    const folder = scratch();
    const filepath = join(folder, row.args?.filepath as string);
    const checkpoint = new ModelCheckpoint(toOptions({ ...row.args, filepath }) as never);
    const { model, found } = await runOver(checkpoint, row.monitor_values ?? [], {
      after: ({ saved }) => saved.length,
    });
    const epochs = [...found.keys()].filter((epoch) => found[epoch] !== (found[epoch - 1] ?? 0));
    t.strictSame(epochs, row.expected_saved_epochs);
    t.strictSame(
      model.saved,
      row.file_names?.map((name) => join(folder, name)),
    );
  },
  err: async (t, row) => {
    const Class = (gemsbok as unknown as Record<string, new (options: never) => Callback>)[row.class ?? ''];
    t.throws(() => Class && new Class(toOptions(row.args) as never), { code: /^ERR_/ });
  },
  order: async (t, row) => {
    const calls: string[] = [];
    const hooks = [...(row.expected_order ?? [])].map((call) => call.split(' ')[0] ?? '');
    const named = (hook: string): string => `on_${hook}`.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
    const record = (hook: string) => (first: unknown) =>
      void calls.push(typeof first === 'number' ? `${hook} ${first}` : hook);
    const callback = new LambdaCallback(Object.fromEntries(hooks.map((hook) => [named(hook), record(hook)])));
    await classifier().predict(x, { batchSize: 20, callbacks: callback });
    t.strictSame(calls, row.expected_order);
  },
};

t.test("Keras' own figures", async (t) => {
  for (const row of goldenCases<GoldenCallback>('callbacks')) {
    await t.test(row.name, async (t) => {
      const check = CHECKS[row.name.split('/')[0] ?? ''];
      if (check === undefined) throw new Error(`nothing checks ${row.name}`);
      await check(t, row);
    });
  }
});

t.test('directions', async (t) => {
  const DIRECTIONS: readonly (readonly [string, 'min' | 'max'])[] = [
    ['loss', 'min'],
    ['val_loss', 'min'],
    ['val_gini', 'max'],
    ['miss', 'min'],
    ['acc', 'max'],
    ['val_sparse_categorical_accuracy', 'max'],
    ['auc', 'max'],
  ];
  for (const [monitor, mode] of DIRECTIONS) {
    const values = mode === 'min' ? [3, 2, 1, 2, 3] : [1, 2, 3, 2, 1];
    for (const given of ['auto', mode] as const) {
      const stopping = new EarlyStopping({ monitor, mode: given, patience: 5 });
      await runOver(stopping, values, { metric: monitor });
      t.strictSame([stopping.best, stopping.bestEpoch], [values[2], 2], `${monitor}, ${given}`);
    }
  }
  const unknown = { code: 'ERR_INVALID_ARG', message: /`odd`/ };
  for (const callback of [
    new EarlyStopping({ monitor: 'odd' }),
    new ReduceLROnPlateau({ monitor: 'odd' }),
    new ModelCheckpoint({ filepath: 'x.keras', monitor: 'odd', saveBestOnly: true }),
  ]) {
    await t.rejects(runOver(callback, [1, 2], { metric: 'odd' }), unknown);
  }
  t.test('of a model that was compiled', async (t) => {
    const model = classifier();
    const stopping = new EarlyStopping({ monitor: 'acc', patience: 1 });
    const values = [0.1, 0.5, 0.4, 0.9];
    const history = await model.fit(x, y, { ...QUIETLY, callbacks: [new Inject('acc', values), stopping] });
    t.strictSame([history.epoch, stopping.bestEpoch], [[0, 1, 2], 1]);
  });
});

t.test('a monitor that the logs have not warns once and does nothing', async (t) => {
  const callbacks = [new EarlyStopping(), new ReduceLROnPlateau()];
  let history = new History();
  const codes = await warned(async () => {
    history = await classifier().fit(x, y, { ...QUIETLY, callbacks });
  });
  t.strictSame(codes, ['GEMSBOK_MISSING_METRIC', 'GEMSBOK_MISSING_METRIC']);
  t.equal(history.epoch.length, QUIETLY.epochs);
});

t.test('EarlyStopping', async (t) => {
  const BEST = 1;
  const losses = [0.5, 0.1, 0.2, 0.3, 0.4, 0.5];
  /** The bits after the best epoch, and a run that restores them. */
  async function prepare(): Promise<{ wanted: number[]; inject: Inject; stopping: EarlyStopping }> {
    const model = classifier();
    await model.fit(x, y, { ...QUIETLY, epochs: BEST + 1 });
    const stopping = new EarlyStopping({ monitor: 'watched', mode: 'min', patience: 3, restoreBestWeights: true });
    return { wanted: bits(model), inject: new Inject('watched', losses), stopping };
  }
  t.test('restores by patience, and at the last epoch', async (t) => {
    for (const epochs of [QUIETLY.epochs, 3]) {
      const { wanted, inject, stopping } = await prepare();
      const model = classifier();
      const history = await model.fit(x, y, { ...QUIETLY, epochs, callbacks: [inject, stopping] });
      t.equal(history.epoch.length, Math.min(epochs, 5));
      t.strictSame(bits(model), wanted);
    }
  });
  t.test('restores where a signal or an error ends the run', async (t) => {
    for (const end of ['signal', 'error', 'error of the end'] as const) {
      const { wanted, inject, stopping } = await prepare();
      const controller = new AbortController();
      const reason = new Error('mine');
      const hook = (epoch: number): void => {
        if (epoch !== 3) return;
        if (end === 'signal') controller.abort(reason);
        else throw reason;
      };
      const ending = end === 'error of the end' ? { onTrainEnd: () => Promise.reject(reason) } : { onEpochEnd: hook };
      const model = classifier();
      const callbacks = [ending, inject, stopping];
      const run = model.fit(x, y, { ...QUIETLY, callbacks, signal: controller.signal });
      t.equal(await run.catch((error: unknown) => error), reason, end);
      t.strictSame(bits(model), wanted, end);
      await t.resolves(model.fit(x, y, QUIETLY), 'the model goes on');
    }
  });
  t.test('can be used again, says what it does, and begins where it is told', async (t) => {
    const stopping = new EarlyStopping({ patience: 1, verbose: 1, restoreBestWeights: true, startFromEpoch: 2 });
    for (const _ of [1, 2]) {
      const text = await printed(t, () => runOver(stopping, [1, 2, 3, 2, 2.5]));
      t.equal(text, 'Epoch 5: early stopping\nRestoring model weights from the end of the best epoch: 4.\n');
    }
  });
  t.test('a baseline must be beaten too', async (t) => {
    const stopping = new EarlyStopping({ patience: 2, baseline: 0.5 });
    await runOver(stopping, [1, 0.4, 0.41, 0.3, 0.31, 0.32, 0.1]);
    t.strictSame([stopping.stoppedEpoch, stopping.best], [5, 0.3]);
  });
  t.test('NaN is never the best', async (t) => {
    const stopping = new EarlyStopping({ patience: 2 });
    await runOver(stopping, ['NaN', 1, 'NaN', 'NaN', 0.5]);
    t.strictSame([stopping.best, stopping.stoppedEpoch], [1, 3]);
  });
});

t.test('learning rates', async (t) => {
  t.test('act from the next step on', async (t) => {
    const optimizer = new SGD({ learningRate: 0.1 });
    const model = classifier();
    model.compile({ optimizer, loss: 'sparse_categorical_crossentropy' });
    const after: number[][] = [];
    const scheduler = new LearningRateScheduler({ schedule: (epoch) => (epoch === 2 ? 0 : 0.1) });
    const onEpochEnd = (): void => void after.push(bits(model));
    const { history } = await model.fit(x, y, { ...QUIET, callbacks: [scheduler, { onEpochEnd }] });
    t.strictSame(history.learning_rate, [0.1, 0.1, 0]);
    t.strictSame(after[2], after[1]);
    t.notSame(after[1], after[0]);
  });
  t.test('a scheduler says them', async (t) => {
    const schedule = (_: number, rate: number): number => rate / 100;
    const text = await printed(t, () => runOver(new LearningRateScheduler({ schedule, verbose: 1 }), [1, 1]));
    t.equal(
      text,
      '\nEpoch 1: LearningRateScheduler setting learning rate to 0.001.\n' +
        '\nEpoch 2: LearningRateScheduler setting learning rate to 1e-05.\n',
    );
  });
  t.test('a plateau says them, and stops at the least', async (t) => {
    const plateau = new ReduceLROnPlateau({ patience: 0, factor: 0.5, minLr: 0.03, verbose: 1 });
    const model = new StubModel();
    const text = await printed(t, () => runOver(plateau, [1, 1, 1, 1, 1], { model }));
    t.equal(
      text,
      '\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.05.\n' +
        '\nEpoch 3: ReduceLROnPlateau reducing learning rate to 0.03.\n',
    );
    t.equal(model.optimizer.learningRate, 0.03);
  });
});

t.test('a history of any length, read at any time, has each epoch once, whatever kind its values are', async (t) => {
  const kinds: Readonly<Record<string, (epoch: number) => number | number[]>> = {
    numbers: (epoch) => epoch / 2,
    lists: (epoch) => [epoch, -epoch],
    mixed: (epoch) => (epoch % 500 === 3 ? [epoch] : epoch / 2),
  };
  for (const [kind, logged] of Object.entries(kinds)) {
    for (const readEvery of [Number.POSITIVE_INFINITY, 20_000, 700]) {
      const history = new History<number | number[]>();
      const expected = Array.from({ length: 40_000 }, (_, epoch) => logged(epoch));
      history.onTrainBegin();
      for (const [epoch, value] of expected.entries()) {
        history.onEpochEnd(epoch, epoch % 3 === 0 ? { loss: value, val_loss: value } : { loss: value });
        if ((epoch + 1) % readEvery === 0) t.equal(history.history.loss?.length, epoch + 1);
      }
      const every3 = expected.filter((_, epoch) => epoch % 3 === 0);
      const same = (found: unknown, wanted: unknown) => JSON.stringify(found) === JSON.stringify(wanted);
      t.ok(same(history.history, { loss: expected, val_loss: every3 }), `${kind}, read every ${readEvery}`);
      t.ok(same(history.epoch, [...expected.keys()]), `the epochs of ${kind}`);
    }
  }
});
