import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dense, Input, loadModel, Model, Sequential } from 'gemsbok';
import t from 'tap';
import { fixture } from './files.cases';
import { v2 } from './files_ages.cases';
import { archiveBytes, zipBytes } from './helpers/keras_writer';
import { scratch } from './helpers/scratch';

const path = join(scratch(), 'somebody.keras');

async function refusal(bytes: Uint8Array | string, options = {}): Promise<Error & { readonly code?: string }> {
  writeFileSync(path, bytes);
  try {
    await loadModel(path, options);
  } catch (error) {
    return error as Error;
  }
  throw new Error('It loaded.');
}

const bytes = (...values: (number | string)[]): Uint8Array =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.of(value))));
const zip = (...names: string[]) => zipBytes(names.map((name) => [name, 'x'] as const));
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;

const FOREIGN: readonly (readonly [what: string, file: Uint8Array | string | Promise<Uint8Array>, message: RegExp])[] =
  [
    ['a Git LFS pointer', pointer, /Git LFS.*git lfs pull/],
    ['an HTML page', '<!DOCTYPE html>\n<html><body>404</body></html>', /HTML.*[Dd]ownload/],
    ['another page', '\n  <html lang="en">', /HTML/],
    ['to_json', JSON.stringify({ class_name: 'Sequential', config: [] }), /JSON.*fromConfig.*loadWeights/],
    ['a zip of PyTorch', zip('archive/data.pkl', 'archive/data/0', 'archive/version'), /PyTorch.*Keras/],
    ['a zip of TorchScript', zip('net/constants.pkl', 'net/code/net.py'), /PyTorch/],
    ['a pickle', bytes(0x80, 4, 0x95, 'pickled'), /pickle.*Python/],
    ['the old format of PyTorch', bytes(0x80, 2, 0x8a, 0x0a, 'lF'), /pickle/],
    ['TensorFlow Lite', bytes(0x1c, 0, 0, 0, 'TFL3', 0x14), /TensorFlow Lite/],
    ['npy', bytes(0x93, 'NUMPY', 1), /NumPy.*readNpy/],
    ['npz', zip('arr_0.npy'), /npz/],
    ['gzip', bytes(0x1f, 0x8b, 8), /gzip.*[Uu]npack/],
    ['a SavedModel', zip('model/saved_model.pb', 'model/variables/variables.index'), /SavedModel/],
    ['a zip in a zip', zip('downloads/net.h5'), /[Uu]npack/],
  ];

t.test('files of others are named, with what to do', async (t) => {
  for (const [what, file, message] of FOREIGN) {
    const error = await refusal(await file);
    t.equal(error.code, 'ERR_UNSUPPORTED', what);
    t.match(error.message, message, what);
    t.match(error.message, path, `${what}: the file's name`);
    t.notMatch(error.message, /damaged/, what);
  }
});

const layer = (class_name: string, config: object, more: object = {}) => ({
  ...{ module: 'keras.layers', class_name, config, registered_name: null },
  ...more,
});
const dense = (config: object, more: object = {}) => layer('Dense', { name: 'tower', units: 2, ...config }, more);
const input = layer('InputLayer', { batch_shape: [null, 3] });
const VARIABLES = {
  'layers/dense/vars/0': [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  'layers/dense/vars/1': [7, 8],
};
const archive = (layers: readonly unknown[], more: object = {}) => {
  const config = { class_name: 'Sequential', config: { name: 's', layers }, ...more };
  return archiveBytes({ version: '3.5.0', config, variables: VARIABLES });
};

const UNKNOWN: readonly (readonly [what: string, layers: readonly unknown[], named: RegExp])[] = [
  ['a layer', [input, layer('LSTM', { name: 'memory', units: 3 })], /LSTM.*memory/],
  ['what is no layer', [input, layer('add', {})], /add/],
  [
    'a layer of a model within',
    [input, layer('Sequential', { name: 'inner', layers: [layer('LSTM', { name: 'memory', units: 3 })] })],
    /LSTM.*memory/,
  ],
  ['an activation', [input, dense({ activation: 'crelu' })], /tower.*crelu/],
  ['a layer as activation', [input, dense({ activation: layer('Conv2D', {}) })], /tower.*Conv2D/],
  ["somebody's activation", [input, dense({ activation: { class_name: 'function', config: 'mine' } })], /tower.*mine/],
  ['an initializer', [input, dense({ kernel_initializer: { class_name: 'Sparse', config: {} } })], /tower.*Sparse/],
  ['a regularizer', [input, dense({ kernel_regularizer: { class_name: 'L3', config: {} } })], /tower.*L3/],
  ['a constraint', [input, dense({ bias_constraint: { class_name: 'Odd', config: {} } })], /tower.*Odd/],
  ['an argument', [input, dense({ lora_beta: 3 })], /tower.*loraBeta/],
  ['half floats', [input, dense({ dtype: 'float16' })], /tower.*float16/],
  ['an unknown size', [layer('InputLayer', { batch_shape: [null, null], name: 'in' }), dense({})], /in.*size/],
  ['the axis of the batch', [input, layer('LayerNormalization', { name: 'norm', axis: 0 })], /norm.*axis/],
  [
    'sparse inputs',
    [layer('InputLayer', { batch_shape: [null, 3], sparse: true, name: 'in' }), dense({})],
    /in.*sparse/,
  ],
  [
    "Keras' Lambda",
    [input, layer('Lambda', { name: 'code', function: ['4wEA', null, null] })],
    /code.*Python.*never run/,
  ],
  [
    'a function that is not registered',
    [input, layer('Lambda', { name: 'fn', forward: { class_name: 'function', config: 'eval' } })],
    /fn.*'eval'.*registerSerializable/,
  ],
  ['a package', [input, dense({}, { registered_name: 'my>Dense' })], /my>Dense.*tower.*customObjects/],
  ['a package in the class', [input, { ...dense({}), class_name: 'my>Dense' }], /my>Dense.*tower/],
];

t.test('what a sound file has and this library has not is named', async (t) => {
  for (const [what, layers, named] of UNKNOWN) {
    const error = await refusal(await archive(layers));
    t.equal(error.code, 'ERR_UNSUPPORTED', what);
    t.match(error.message, named, what);
    t.match(error.message, path, `${what}: the file's name`);
    t.notMatch(error.message, /damaged|another model/, what);
  }
  const losses = [
    'ctc',
    { class_name: 'Mine', config: {} },
    { class_name: 'function', config: 'mse', registered_name: 'my>mse' },
  ];
  for (const loss of losses) {
    const error = await refusal(await archive([input, dense({})], { compile_config: { optimizer: 'sgd', loss } }));
    t.match(error, { code: 'ERR_UNSUPPORTED', message: /ctc|Mine|my>mse/ });
    t.match(error.message, path);
  }
});

t.test('operations of Keras 3 that are more than a layer are named, others are none', async (t) => {
  const tensor = (name: string) => ({ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } });
  const node = (...args: unknown[]) => [{ args, kwargs: {} }];
  const op = (class_name: string, name: string, nodes: unknown) => ({
    ...{ module: 'keras.src.ops.numpy', class_name, config: { name }, registered_name: class_name, name },
    inbound_nodes: nodes,
  });
  const graph = (...ops: readonly { readonly name: string }[]) => {
    const layers = [
      { ...layer('InputLayer', { batch_shape: [null, 3], name: 'in' }), name: 'in', inbound_nodes: [] },
      { ...dense({}), name: 'tower', inbound_nodes: node(tensor('in')) },
      ...ops,
    ];
    const config = { name: 'f', layers, input_layers: ['in', 0, 0], output_layers: [ops.at(-1)?.name, 0, 0] };
    return archiveBytes({ version: '3.5.0', config: { class_name: 'Functional', config }, variables: VARIABLES });
  };
  const sum = op('Add', 'sum', node(tensor('tower'), tensor('tower')));
  writeFileSync(path, await graph(op('NotEqual', 'unused', node(tensor('in'), 0)), sum));
  t.strictSame([(await loadModel(path)).predictSync([[1, 1, 1]])].flat()[0]?.toArray(), [[32, 40]]);
  const shifted = op('Add', 'shifted', node(tensor('tower'), 2));
  for (const other of [shifted, op('Power', 'square', node(tensor('tower'), 2))]) {
    const error = await refusal(await graph(other));
    t.match(error, { code: 'ERR_UNSUPPORTED', message: new RegExp(other.name) });
  }
});

t.test('calls of layers with more than their inputs are refused, in the forms of Keras 2 and 3', async (t) => {
  const tensor = { class_name: '__keras_tensor__', config: { keras_history: ['in', 0, 0] } };
  const graph = (nodes: unknown) => {
    const layers = [
      { ...layer('InputLayer', { batch_shape: [null, 3], name: 'in' }), name: 'in', inbound_nodes: [] },
      { ...layer('Dropout', { name: 'often', rate: 0.5 }), name: 'often', inbound_nodes: nodes },
    ];
    return { name: 'f', layers, input_layers: [['in', 0, 0]], output_layers: [['often', 0, 0]] };
  };
  const forms = [
    (options: object) => [{ args: [tensor], kwargs: options }],
    (options: object) => [[['in', 0, 0, options]]],
    (options: object) => [['in', 0, 0, options]],
  ];
  for (const form of forms) {
    for (const options of [{ training: true }, { count_weights: ['in', 0, 0] }]) {
      const message = new RegExp(`often.*${Object.keys(options)[0]}`);
      t.throws(() => Model.fromConfig(graph(form(options))), { code: 'ERR_UNSUPPORTED', message });
    }
    for (const options of [{}, { training: null, mask: null }, { training: false }, { training: 0 }]) {
      t.equal(Model.fromConfig(graph(form(options))).countParams(), 0, JSON.stringify(options));
    }
  }
  const byName = [{ args: [], kwargs: { inputs: tensor } }];
  t.equal(Model.fromConfig(graph(byName)).countParams(), 0, 'the inputs by their name');
});

t.test('what Keras 2 computed otherwise is refused in all that it wrote', async (t) => {
  const refused = { code: 'ERR_UNSUPPORTED', message: /hard_sigmoid.*0\.2 x.*1\.2/ };
  const named = { module: 'builtins', class_name: 'function', config: 'hard_sigmoid', registered_name: 'function' };
  for (const activation of ['hard_sigmoid', named]) {
    const model = { class_name: 'Sequential', config: { name: 's', layers: [input, dense({ activation })] } };
    const kernel = VARIABLES['layers/dense/vars/0'];
    const layers = [['tower', { 'tower/kernel:0': kernel, 'tower/bias:0': VARIABLES['layers/dense/vars/1'] }]] as const;
    t.match(await refusal(await v2('2.15.0', model, { layers })), refused, '.h5');
    const zipped = (version: string) => archiveBytes({ version, config: model, variables: VARIABLES });
    t.match(await refusal(await zipped('2.13.1')), refused, '.keras');
    t.throws(() => Sequential.fromConfig({ ...model, keras_version: '2.2.4-tf' } as never), refused, 'to_json');
    writeFileSync(path, await zipped('3.0.0'));
    t.equal((await loadModel(path)).countParams(), 8, 'of Keras 3');
  }
});

t.test('configs of Keras 2 that hold what JSON has not are refused', (t) => {
  for (const wrong of [10n, Symbol('units'), () => 1]) {
    const model = { class_name: 'Sequential', config: { name: 's', layers: [input, dense({ units: wrong })] } };
    t.throws(() => Sequential.fromConfig({ ...model, keras_version: '2.9.0' } as never), { code: /^ERR_/ });
  }
  t.end();
});

t.test('files of 2 GiB and more are refused by name', async (t) => {
  const large = join(scratch(), 'large.h5');
  writeFileSync(large, '');
  truncateSync(large, 2 ** 31);
  await t.rejects(loadModel(large), { code: 'ERR_UNSUPPORTED', message: /2 GiB.*large\.h5.*2147483648 bytes/ });
  await t.rejects(new Sequential([new Input({ shape: [1] })]).loadWeights(large), { code: 'ERR_UNSUPPORTED' });
});

t.test('values that make no sense are damage', async (t) => {
  for (const wrong of [{ units: 0 }, { units: 'two' }, { use_bias: 3 }]) {
    t.match(await refusal(await archive([input, dense(wrong)])), {
      code: 'ERR_CORRUPT_FILE',
      message: /tower|`units`/,
    });
  }
});

t.test('classes of packages come from the caller', async (t) => {
  class Mine extends Dense {}
  writeFileSync(path, await archive([input, dense({}, { registered_name: 'my>Dense', module: null })]));
  for (const customObjects of [{ Dense: Mine }, { 'my>Dense': Mine }]) {
    const model = await loadModel(path, { customObjects: customObjects as never });
    t.ok(model.layers[0] instanceof Mine);
    t.strictSame([model.predictSync([[1, 1, 1]])].flat()[0]?.toArray(), [[16, 20]]);
    await model.save(path);
    const again = await loadModel(path, { customObjects: customObjects as never });
    t.strictSame(again.getWeights(), model.getWeights(), 'saved under the name that it was read by');
  }
});

t.test('only the file of another model is called that', async (t) => {
  const error = await refusal(await archive([input, dense({ units: 1 })]));
  t.match(error, { code: 'ERR_SHAPE_MISMATCH', message: /tower/ });
  t.notMatch(error.message, /another model/, 'weights that are not those of their own config');
  const model = new Sequential([new Dense({ units: 4 })]);
  model.build([null, 3]);
  await t.rejects(model.loadWeights(path), { code: 'ERR_SHAPE_MISMATCH', message: /another model/ });
  await t.rejects(model.loadWeights(fixture('keras3.h5')), { code: 'ERR_SHAPE_MISMATCH', message: /another model/ });
});

t.test('what Python takes for false is nothing', async (t) => {
  for (const nothing of [{}, [], 0, '', false, null]) {
    writeFileSync(path, await archive([input, dense({})], { compile_config: nothing, build_config: nothing }));
    t.equal((await loadModel(path)).optimizer, null, JSON.stringify(nothing));
    const compile_config = {
      ...{ optimizer: { class_name: 'SGD', config: {} }, loss: 'mse', loss_weights: nothing },
      ...{ metrics: nothing, weighted_metrics: nothing },
    };
    writeFileSync(path, await archive([input, dense({})], { compile_config }));
    const compiled = await loadModel(path);
    t.strictSame(Object.keys(await compiled.evaluate([[1, 1, 1]], [[16, 20]])), ['loss'], JSON.stringify(nothing));
    t.equal(compiled.optimizer?.constructor.name, 'SGD');
  }
});

t.test('a learning rate stays as it was given', async (t) => {
  const model = new Sequential([new Dense({ units: 1 })]);
  model.build([null, 1]);
  for (const learningRate of [1e-3, 0.1, 1 / 3, 0.025, 3e-5, 1e-10]) {
    model.compile({ optimizer: { className: 'Adam', config: { learning_rate: learningRate } }, loss: 'mse' });
    await model.fit([1], [1], { verbose: 0 });
    let loaded = model;
    for (const ending of ['keras', 'h5', 'keras']) {
      const file = path.replace('keras', ending);
      await loaded.save(file);
      loaded = (await loadModel(file)) as Sequential;
      t.equal(loaded.optimizer?.learningRate, learningRate);
      t.match(loaded.toJSON(), { compile_config: { optimizer: { config: { learning_rate: learningRate } } } });
    }
    await loaded.saveWeights(path.replace('.keras', '.weights.h5'));
    await model.loadWeights(path.replace('.keras', '.weights.h5'));
    t.equal(model.optimizer?.learningRate, learningRate);
  }
});
