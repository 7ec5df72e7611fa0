import { setTimeout as sleep } from 'node:timers/promises';
import { Dense, Input, Model, Sequential, type Tensor } from 'gemsbok';
import t from 'tap';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
];
const y = [0, 1, 1];
/** More than one call of native code takes. */
const EPOCHS = 2500;

function single(): Sequential {
  const model = new Sequential([
    new Input({ shape: [2] }),
    new Dense({ units: 3, activation: 'tanh', kernelInitializer: 'ones' }),
    new Dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'ones' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy', 'mse'] });
  return model;
}

function several(): Model {
  const inputs = new Input({ shape: [2] });
  const outputs = ['toString', 'second'].map((name) =>
    new Dense({ units: 1, name, kernelInitializer: 'ones' }).apply(inputs),
  );
  const model = new Model({ inputs, outputs });
  const double = (_: Tensor, yPred: Tensor): number => 2 * Number(yPred.data[0]);
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: [['mae'], ['mse', double]] });
  return model;
}

t.test('records what hooks of each epoch see', async (t) => {
  const runs = [
    { model: single, targets: y, epochs: EPOCHS },
    { model: several, targets: [y, y], epochs: 40 },
  ];
  for (const { model, targets, epochs } of runs) {
    const options = { epochs, batchSize: 2, seed: 1, verbose: 0, initialEpoch: 3 } as const;
    const silent = await model().fit(x, targets, options);
    const seen: unknown[] = [];
    const onEpochEnd = (epoch: number, logs: object) => void seen.push([epoch, { ...logs }]);
    const heard = await model().fit(x, targets, { ...options, callbacks: { onEpochEnd } });
    t.strictSame(silent.history, heard.history);
    t.strictSame(silent.epoch, heard.epoch);
    const names = Object.keys(silent.history);
    const recorded = silent.epoch.map((epoch, i) => [
      epoch,
      Object.fromEntries(names.map((name) => [name, silent.history[name]?.[i]])),
    ]);
    t.strictSame(recorded, seen);
    t.equal(seen.length, epochs - 3);
  }
});

t.test('an abort ends all that was begun, and another run may follow at once', async (t) => {
  const model = single();
  for (const milliseconds of [0, 1, 5, 20]) {
    const controller = new AbortController();
    const run = model.fit(x, y, { epochs: 1e9, verbose: 0, signal: controller.signal });
    await sleep(milliseconds);
    controller.abort();
    await t.rejects(run, { name: 'AbortError' });
    const before = model.optimizer?.iterations ?? 0;
    t.equal((await model.fit(x, y, { epochs: 2, verbose: 0 })).epoch.length, 2);
    t.equal(model.optimizer?.iterations, before + 2);
  }
});

t.test('a stop from outside ends the run, and all of its steps are recorded', async (t) => {
  for (const milliseconds of [0, 1, 5, 20]) {
    const model = single();
    const run = model.fit(x, y, { epochs: 1e9, batchSize: 2, verbose: 0 });
    await sleep(milliseconds);
    model.stopTraining = true;
    const { epoch, history } = await run;
    t.equal(epoch.length, Math.ceil((model.optimizer?.iterations ?? 0) / 2));
    t.equal(history.loss?.length, epoch.length);
    t.strictSame([epoch[0], epoch.at(-1)], [0, epoch.length - 1]);
  }
});

t.test('no epochs are an empty record', async (t) => {
  const { history, epoch } = await single().fit(x, y, { epochs: 2, initialEpoch: 2, verbose: 0 });
  t.strictSame([history, epoch], [{}, []]);
});
