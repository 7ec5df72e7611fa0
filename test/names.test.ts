import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as gemsbok from 'gemsbok';
import {
  BackupAndRestore,
  type CallbackLogs,
  CSVLogger,
  Dense,
  EarlyStopping,
  Input,
  layers,
  loadModel,
  Model,
  ModelCheckpoint,
  metrics,
  ProgbarLogger,
  ReduceLROnPlateau,
  readCsv,
  Sequential,
  TensorBoard,
} from 'gemsbok';
import { report, trainingCurves } from 'gemsbok/plots';
import t from 'tap';
import { wrong } from './helpers/misuse';
import { scratch } from './helpers/scratch';
import { classifier, INPUTS, QUIET, x, y } from './models.cases';

/** Names that every object has without having been given them. */
const NAMES = Object.getOwnPropertyNames(Object.prototype);
/** Those that a whole run is tried with: a method, a class, and the one that cannot be assigned to. */
const TRIED = ['toString', 'constructor', '__proto__'];

const REGISTRIES = ['activations', 'constraints', 'initializers', 'losses', 'metrics', 'optimizers', 'regularizers'];
const coded = { code: /^ERR_(INVALID_ARG|UNSUPPORTED)$/ };

/** Everything that a run tells by name, with a metric and a log of this name. */
function named(name: string): Sequential {
  const model = classifier();
  const metric = new metrics.SparseCategoricalAccuracy({ name });
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: [metric] });
  return model;
}

for (const name of TRIED) {
  t.test(`a metric and a log with the name ${name}`, async (t) => {
    const folder = scratch();
    const printed: string[] = [];
    const own = {
      onEpochEnd: (epoch: number, logs: CallbackLogs) => {
        Object.defineProperty(logs, `${name}2`, { value: epoch, enumerable: true });
      },
    };
    const stop = new EarlyStopping({ monitor: name, mode: 'max', patience: 100 });
    const backup = { backupDir: join(folder, 'backup'), deleteCheckpoint: false };
    const callbacks = () => [
      own,
      stop,
      new ReduceLROnPlateau({ monitor: `val_${name}`, mode: 'max' }),
      new ModelCheckpoint({ filepath: join(folder, `{${name}:.3f}.keras`), monitor: name, mode: 'max' }),
      new CSVLogger({ filename: join(folder, 'log.csv') }),
      new TensorBoard({ logDir: folder }),
      new ProgbarLogger({ stream: { write: (text: string) => printed.push(text) } }),
      new BackupAndRestore(backup),
    ];
    const model = named(name);
    const options = { ...QUIET, verbose: 1, validationData: [x, y] } as const;
    const { history } = await model.fit(x, y, { ...options, callbacks: callbacks() });
    t.strictSame(Object.keys(history), ['loss', name, 'val_loss', `val_${name}`, `${name}2`, 'learning_rate']);
    t.ok(history[name]?.every((value) => value >= 0 && value <= 1));
    t.equal(stop.best, Math.max(...(history[name] ?? [])));
    t.match(readFileSync(join(folder, 'log.csv'), 'utf8').split('\r\n')[0]?.split(','), new Set([name]));
    t.ok(printed.join('').includes(` - ${name}: `));
    t.strictSame(Object.keys(JSON.parse(JSON.stringify(history))), Object.keys(history));
    const again = await named(name).fit(x, y, { ...options, epochs: 4, callbacks: [new BackupAndRestore(backup)] });
    t.equal(again.history[name]?.length, 4, 'comes back out of a backup');
    for (const logs of [await model.evaluate(x, y), await model.trainOnBatch(x, y), await model.testOnBatch(x, y)]) {
      t.strictSame(Object.keys(logs), ['loss', name]);
    }
    t.match(await trainingCurves({ history, epoch: [0, 1, 2] } as never), /^<svg/);
    t.match(await report({ history, epoch: [0, 1, 2] } as never, model), /<html/);
  });
}

for (const name of NAMES) {
  t.test(`the name ${name}`, async (t) => {
    t.test('of layers, inputs and outputs', async (t) => {
      const input = new Input({ shape: [INPUTS], name });
      const other = new Input({ shape: [1], name: 'other' });
      const one = new Dense({ units: 1, name: `${name}1` }).apply(layers.concatenate([input, other]));
      const model = new Model({
        inputs: [input, other],
        outputs: [one, new Dense({ units: 1, name: 'b' }).apply(one)],
      });
      const data = { [name]: x, other: y };
      t.equal(model.getLayer(`${name}1`).name, `${name}1`);
      t.throws(() => model.getLayer('none'), coded);
      model.compile({ loss: { [`${name}1`]: 'mse', b: 'mae' }, metrics: { [`${name}1`]: ['mae'] } });
      const { history } = await model.fit(data, { [`${name}1`]: y, b: y }, QUIET);
      t.ok(Object.keys(history).includes(`${name}1_mae`));
      await t.rejects(model.predict({ other: y }), coded, 'what is left out is not inherited');
      const inner = new Input({ shape: [INPUTS] });
      const outputs = [new Dense({ units: 1, name }).apply(inner), new Dense({ units: 1, name: 'b' }).apply(inner)];
      const half = new Model({ inputs: inner, outputs });
      half.compile({ loss: { b: 'mse' } });
      t.strictSame(Object.keys(await half.trainOnBatch(x, { b: y })), ['loss'], 'an output that is not trained');
      half.compile({ loss: { [name]: 'mse', b: 'mse' } });
      t.strictSame(Object.keys(await half.trainOnBatch(x, { [name]: y, b: y })), ['loss', `${name}_loss`, 'b_loss']);
      const path = join(scratch(), 'model.keras');
      await model.save(path);
      t.same((await ((await loadModel(path)) as Model).predict(data)) as never, (await model.predict(data)) as never);
    });
    t.test('where there is nothing of this name', async (t) => {
      for (const registry of REGISTRIES) {
        const { get, deserialize } = wrong(gemsbok)[registry];
        t.throws(() => get(name), coded, `${registry}.get`);
        t.throws(() => deserialize({ class_name: name, config: {} }), coded, `${registry}.deserialize`);
        t.throws(() => deserialize({ class_name: 'function', config: name }), coded, `${registry}: a function`);
      }
      t.throws(() => new Dense({ units: 1, activation: wrong(name) }), coded);
      t.throws(() => new Dense({ units: 1, [name]: 1 } as never), coded);
      t.throws(() => new Dense({ units: 1, dtype: name } as never), coded);
      for (const config of [{}, { fused: false, name: '' }]) {
        t.throws(() => Sequential.fromConfig({ layers: [{ class_name: name, config }] }), coded);
      }
      t.throws(() => gemsbok.tensor([1], { dtype: name } as never), coded);
      const model = classifier();
      t.throws(() => model.getLayer(name), coded);
      t.throws(() => model.compile({ loss: { [name]: 'mse' } }), coded);
      t.throws(() => model.compile({ loss: 'mse', metrics: { [name]: ['mae'] } } as never), coded);
      t.throws(() => model.compile({ loss: wrong(name) }), coded);
      t.throws(() => model.compile({ loss: 'mse', metrics: [wrong(name)] }), coded);
      t.throws(() => model.compile({ loss: 'mse', optimizer: wrong(name) }), coded);
      await t.rejects(model.fit(x, y, { ...QUIET, classWeight: { [name]: 1 } as never }), coded);
      await t.rejects(model.fit(x, y, { ...QUIET, [name]: 1 } as never), coded);
      await t.rejects(model.fit(x, { [name]: y } as never, QUIET), coded);
      await t.rejects(model.fit({ [name]: x } as never, y, QUIET), coded);
      const filepath = join(scratch(), `{${name}}.keras`);
      await t.rejects(model.fit(x, y, { ...QUIET, callbacks: new ModelCheckpoint({ filepath }) }), coded);
      const unseen = new EarlyStopping({ monitor: name, mode: 'min' });
      const warnings = t.capture(process, 'emitWarning', () => {});
      t.equal((await model.fit(x, y, { ...QUIET, callbacks: [unseen] })).epoch.length, QUIET.epochs);
      t.equal(warnings().length, 1, 'a monitor of a log that there is not');
    });
    t.test('of columns and of categories', async (t) => {
      const text = [`${name},target\n${name},1\nb,2\n`];
      const table = await readCsv(() => text, { target: 'target', columns: { [name]: 'category' } });
      const rows = [];
      for await (const row of table) rows.push([...(row.x as Float32Array)]);
      t.strictSame(rows, [[0], [1]]);
      t.strictSame(Object.entries(table.categories), [[name, [name, 'b']]]);
      await t.rejects(
        readCsv(() => ['a\n1\n'], { target: name }),
        coded,
      );
    });
  });
}
