import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dense, Input, loadModel, MeanSquaredError, type Model, ModelCheckpoint, Sequential } from 'gemsbok';
import t from 'tap';
import { distance, fixture, inputsOf, KERAS_FILES, KERAS_X, MODELS, OPTIMIZERS } from './files.cases';
import { scratch } from './helpers/scratch';
import { warned } from './helpers/warnings';
import { bits, classifier, QUIET, x, y } from './models.cases';

type Loaded = Sequential | Model;

const all = (model: Loaded): number[] => bits(model as Sequential);
const memoryOf = (model: Loaded): number[][] =>
  (model.optimizer?.getWeights() ?? []).map(({ data }) => Array.from(data as Float32Array));

t.test('files of Keras give the predictions of Keras', async (t) => {
  for (const [name, { predictions, iterations, learning_rate: rate, memory = [] }] of KERAS_FILES) {
    const codes = await warned(async () => {
      const model = await loadModel(fixture(name));
      const outputs = [model.predictSync(inputsOf(name))].flat();
      t.equal(outputs.length, predictions.length, `${name}: outputs`);
      for (const [o, { data }] of outputs.entries()) t.ok(distance(data, predictions[o]?.flat() ?? []) < 1e-6, name);
      t.equal(model.optimizer?.iterations, iterations, `${name}: steps`);
      t.equal(Math.fround(model.optimizer?.learningRate ?? 0), Math.fround(rate), `${name}: rate`);
      const slots = memory.length === 0 ? [] : memoryOf(model).slice(-memory.length);
      t.ok(distance(slots.flat(), memory.flat(2)) < 1e-7, `${name}: memory`);
    });
    // What Keras 2 remembers is left out, as by Keras 3.
    t.strictSame(codes, name === 'keras2.h5' ? ['GEMSBOK_OPTIMIZER_SKIPPED'] : [], `${name}: warnings`);
  }
});

t.test('every ending that an error names is one to save by, and the content tells the format', async (t) => {
  const model = classifier();
  await model.fit(x, y, QUIET);
  const endings = async (saving: Promise<void>): Promise<string[]> => {
    const { message } = await saving.then(
      () => new Error('It was saved.'),
      (error: Error) => error,
    );
    return [...(/ends in (.*) for/.exec(message)?.[1] ?? '').matchAll(/\.[\w.]+/g)].map(([ending]) => ending);
  };
  const whole = await endings(model.save('model.other'));
  t.strictSame(whole, ['.keras', '.h5', '.hdf5', '.safetensors', '.json', '.onnx']);
  const weights = await endings(model.saveWeights('model.keras'));
  t.strictSame(weights, ['.weights.h5', '.safetensors']);
  for (const [ending, isWhole] of [
    ...whole.map((ending) => [ending, true] as const),
    ...weights.map((ending) => [ending, false] as const),
  ]) {
    const folder = scratch();
    const path = join(folder, `named${ending}`);
    await (isWhole ? model.save(path) : model.saveWeights(path));
    const renamed = join(folder, 'renamed.bin');
    copyFileSync(path, renamed);
    const other = classifier();
    await other.loadWeights(renamed);
    t.strictSame(all(other), all(model), ending);
    if (isWhole) t.strictSame(all(await loadModel(renamed)), all(model), ending);
  }
});

t.test('weights of Keras come into a model that has others', async (t) => {
  const model = await loadModel(fixture('functional.keras'));
  const before = model.getWeights();
  await model.loadWeights(fixture('functional.weights.h5'));
  for (const [i, { data }] of model.getWeights().entries()) {
    t.ok(distance(data, before[i]?.data.map((v) => 2 * v) ?? []) < 1e-6);
  }
  t.equal(model.optimizer?.iterations, 200);
});

t.test('a model that was saved goes on as if it had not been', async (t) => {
  for (const { what, make, x, y, loss } of MODELS) {
    for (const ending of ['.keras', '.h5']) {
      const path = join(scratch(), `model${ending}`);
      const model = make();
      model.compile({ optimizer: 'adam', loss, metrics: null });
      await model.fit(x, y, { ...QUIET, epochs: 2 });
      await model.save(path);
      const loaded = await loadModel(path);
      t.equal(loaded.constructor, model.constructor, `${what}${ending}`);
      t.strictSame(loaded.getConfig(), model.getConfig(), 'config');
      t.strictSame(all(loaded), all(model), 'weights');
      t.strictSame(memoryOf(loaded), memoryOf(model), 'optimizer');
      for (const one of [model, loaded]) await one.fit(x, y, { ...QUIET, initialEpoch: 2, epochs: 4 });
      t.strictSame(all(loaded), all(model), 'further training');
    }
  }
});

t.test('every optimizer goes on from its file', async (t) => {
  const folder = scratch();
  for (const [i, optimizer] of OPTIMIZERS.entries()) {
    const path = join(folder, `${i}.keras`);
    const model = classifier();
    model.compile({ optimizer, loss: 'sparse_categorical_crossentropy' });
    await model.fit(x, y, QUIET);
    await model.save(path);
    const loaded = await loadModel(path);
    t.strictSame(memoryOf(loaded), memoryOf(model), optimizer.class_name);
    t.equal(Math.fround(loaded.optimizer?.learningRate ?? 0), Math.fround(model.optimizer?.learningRate ?? 1));
    for (const one of [model, loaded]) await one.fit(x, y, { ...QUIET, initialEpoch: 3, epochs: 5 });
    t.strictSame(all(loaded), all(model), `${optimizer.class_name}: further training`);
  }
});

t.test('what was compiled is compiled again', async (t) => {
  const folder = scratch();
  const model = classifier();
  await model.save(join(folder, 'new.keras'));
  const loaded = await loadModel(join(folder, 'new.keras'));
  t.strictSame(await loaded.evaluate(x, y), await model.evaluate(x, y));
  // Saved again before any step, nothing is lost.
  const again = join(folder, 'again.keras');
  await model.fit(x, y, QUIET);
  await model.save(again);
  await (await loadModel(again)).save(again);
  t.strictSame(memoryOf(await loadModel(again)), memoryOf(model));
  t.equal((await loadModel(join(folder, 'new.keras'), { compile: false })).optimizer, null);
  const plain = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
  await plain.save(join(folder, 'plain.keras'));
  t.equal((await loadModel(join(folder, 'plain.keras'))).optimizer, null);

  class Cubic extends MeanSquaredError {}
  plain.compile({ loss: new Cubic() });
  await plain.save(join(folder, 'own.keras'));
  await t.rejects(loadModel(join(folder, 'own.keras')), { code: 'ERR_UNSUPPORTED', message: /Cubic.*customObjects/s });
  const own = await loadModel(join(folder, 'own.keras'), { customObjects: { Cubic } });
  t.strictSame(await own.evaluate([[1, 2]], [[3]]), await plain.evaluate([[1, 2]], [[3]]));
});

t.test('Python takes whole numbers for floats where it must', async (t) => {
  const path = join(scratch(), 'model.keras');
  const model = classifier();
  model.compile({ optimizer: { class_name: 'SGD', config: { learning_rate: 1, momentum: 0 } }, loss: 'mse' });
  await model.save(path);
  const text = readFileSync(path, 'latin1');
  t.match(text, '"learning_rate":1.0,');
  t.match(text, '"momentum":0.0,');
  t.match(text, '"units":16,');
});

t.test('the contents tell the format, not the name', async (t) => {
  const folder = scratch();
  for (const [name] of KERAS_FILES) {
    const path = join(folder, `${name}.txt`);
    copyFileSync(fixture(name), path);
    const model = await loadModel(path, { compile: false });
    await t.resolves(model.loadWeights(path), name);
  }
});

t.test('weights alone', async (t) => {
  const path = join(scratch(), 'model.weights.h5');
  const model = classifier();
  await model.fit(x, y, QUIET);
  await model.saveWeights(path);
  const other = classifier();
  await other.loadWeights(path);
  t.strictSame(bits(other), bits(model));
  t.strictSame(memoryOf(other), memoryOf(model));
  // While there is a memory of its own, too.
  await model.fit(x, y, QUIET);
  await model.loadWeights(path);
  for (const one of [model, other]) await one.fit(x, y, QUIET);
  t.strictSame(bits(model), bits(other));
  const uncompiled = new Sequential([new Input({ shape: [6] }), new Dense({ units: 16 }), new Dense({ units: 3 })]);
  await t.resolves(uncompiled.loadWeights(path));
});

t.test('a file is the old one or the new one', async (t) => {
  const folder = scratch();
  const path = join(folder, 'model.keras');
  const [one, two] = [classifier(), classifier()];
  await Promise.all([one.save(path), two.save(path), one.save(path)]);
  t.strictSame(bits((await loadModel(path)) as Sequential), bits(one));
  t.strictSame(readdirSync(folder), ['model.keras'], 'no other file stays');
  const missing = join(folder, 'none/model.keras');
  await t.rejects(one.save(missing), { code: 'ENOENT' });
  writeFileSync(join(folder, 'file'), '');
  await t.rejects(one.save(join(folder, 'file/model.keras')));
  t.notOk(existsSync(missing));
});

t.test('saving keeps the model of the moment of the call', async (t) => {
  const path = join(scratch(), 'model.keras');
  const model = classifier();
  const before = bits(model);
  const saved = model.save(path);
  await model.fit(x, y, QUIET);
  await saved;
  t.strictSame(bits((await loadModel(path)) as Sequential), before);
});

t.test('ModelCheckpoint keeps the best', async (t) => {
  const folder = scratch();
  const checkpoints = [
    new ModelCheckpoint({ filepath: join(folder, '{epoch}.keras'), monitor: 'loss' }),
    new ModelCheckpoint({
      filepath: join(folder, 'best/b.weights.h5'),
      monitor: 'loss',
      ...{ saveBestOnly: true, saveWeightsOnly: true },
    }),
  ];
  const model = classifier();
  const { history } = await model.fit(x, y, { ...QUIET, callbacks: checkpoints });
  t.strictSame(readdirSync(folder).sort(), ['1.keras', '2.keras', '3.keras', 'best']);
  t.strictSame(bits((await loadModel(join(folder, '3.keras'))) as Sequential), bits(model));
  const losses = history.loss ?? [];
  const best = losses.indexOf(Math.min(...losses)) + 1;
  const copy = classifier();
  await copy.loadWeights(join(folder, 'best/b.weights.h5'));
  t.strictSame(bits(copy), bits((await loadModel(join(folder, `${best}.keras`))) as Sequential));
});

t.test('the event loop goes on', async (t) => {
  const large = new Sequential([new Input({ shape: [4000] }), new Dense({ units: 2000 })]);
  const path = join(scratch(), 'large.keras');
  await large.save(path);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await loadModel(path);
  clearInterval(timer);
  t.ok(turns > 2, `${turns} turns`);
  t.equal(KERAS_X.length, 4);
});
