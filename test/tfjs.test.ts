import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { Dense, Input, loadModel, type Model, Sequential } from 'gemsbok';
import t from 'tap';
import { MODELS } from './files.cases';
import { scratch } from './helpers/scratch';
import { bits } from './models.cases';

const folder = scratch();
const made = resolve('test/fixtures/tfjs');
const { x, expected } = JSON.parse(readFileSync(join(made, 'expected.json'), 'utf8'));

t.test('models of TensorFlow.js predict what they predict there', async (t) => {
  for (const [name, outputs] of Object.entries(expected) as [string, number[][][]][]) {
    const model = (await loadModel(join(made, name, 'model.json'))) as Model;
    const predicted = [model.predictSync(name === 'graph' ? [x, x] : x)].flat();
    for (const [i, { data }] of predicted.entries()) {
      const worst = Math.max(...(outputs[i] ?? []).flat().map((value, j) => Math.abs(value - (data[j] ?? Number.NaN))));
      t.ok(worst < 2e-6, `${name}: ${worst}`);
    }
  }
});

type Json = Record<string, unknown>;
const layer = (config: Json): Json => ({
  class_name: 'Dense',
  config: { activation: 'linear', use_bias: true, ...config },
});
const LAYERS = [
  layer({ name: 'a', units: 2, activation: 'relu', batch_input_shape: [null, 3] }),
  layer({ name: 'b', units: 1 }),
];
const CONFIG = { class_name: 'Sequential', config: { name: 'sequential', layers: LAYERS } };
const specs = (prefix: string, a = 'a', b = 'b'): Json[] => [
  { name: `${prefix}${a}/kernel`, shape: [3, 2], dtype: 'float32' },
  { name: `${prefix}${a}/bias`, shape: [2], dtype: 'float32' },
  { name: `${prefix}${b}/kernel`, shape: [2, 1], dtype: 'float32' },
  { name: `${prefix}${b}/bias`, shape: [1], dtype: 'float32' },
];
const NUMBERS = Float32Array.of(1, 4, 2, 5, 3, 6, 0.5, -1, 2, -3, 0.25);
const BYTES = new Uint8Array(NUMBERS.buffer);
/** relu([1, 1, 1] W + b) = [6.5, 14]. */
const ANSWER = 2 * 6.5 - 3 * 14 + 0.25;

const json = (more: Json = {}, topology: unknown = { model_config: CONFIG, keras_version: '2.2.4' }): Json => ({
  ...{ format: 'layers-model', modelTopology: topology },
  ...{ weightsManifest: [{ paths: ['w.bin'], weights: specs('') }], ...more },
});
const files = (model: Json, more: Record<string, Uint8Array> = { 'w.bin': BYTES }): Record<string, Uint8Array> => {
  return { 'model.json': Buffer.from(JSON.stringify(model)), ...more };
};
const manifest = (weights: readonly Json[], paths = ['w.bin']) => ({ weightsManifest: [{ paths, weights }] });
const { format: _, ...old } = json();
const keras3 = {
  ...CONFIG,
  config: { name: 's', layers: [{ class_name: 'InputLayer', config: { batch_shape: [null, 3] } }, ...LAYERS] },
};

const SOUND: Readonly<Record<string, Record<string, Uint8Array>>> = {
  'topology inside': files(json()),
  'topology directly': files(json({}, CONFIG)),
  'topology as text': files(json({}, { model_config: JSON.stringify(CONFIG) })),
  'a file of 2018': files(old),
  batch_shape: files(json({}, { model_config: keras3 })),
  'names below the model': files(json(manifest(specs('sequential/')))),
  'names of outputs': files(json(manifest(specs('').map((spec) => ({ ...spec, name: `${spec.name}:0` }))))),
  'other names, in order': files(json(manifest(specs('', 'dense_Dense1', 'dense_Dense2')))),
  'several shards': files(json(manifest(specs(''), ['w.bin', 'x/y z.bin'])), {
    'w.bin': BYTES.subarray(0, 7),
    'x/y z.bin': BYTES.subarray(7),
  }),
  'several groups': files(
    json({
      weightsManifest: [
        { paths: ['b.bin'], weights: specs('').slice(2) },
        { paths: ['a.bin'], weights: specs('').slice(0, 2) },
      ],
    }),
    { 'a.bin': BYTES.subarray(0, 32), 'b.bin': BYTES.subarray(32) },
  ),
  'the weights of an optimizer': files(
    json(manifest([...specs(''), { name: 'Adam/iter', shape: [], dtype: 'int32', group: 'optimizer' }])),
    { 'w.bin': Buffer.concat([BYTES, Buffer.alloc(4)]) },
  ),
};

t.test('what converters of every age write', async (t) => {
  for (const [what, given] of Object.entries(SOUND)) {
    const model = (await loadModel(given)) as Sequential;
    t.strictSame(model.predictSync([[1, 1, 1]]).toArray(), [[ANSWER]], what);
    const place = join(folder, what.replaceAll(' ', '-'));
    for (const [name, bytes] of Object.entries(given)) {
      mkdirSync(join(place, name, '..'), { recursive: true });
      writeFileSync(join(place, name), bytes);
    }
    const read = (await loadModel(join(place, 'model.json'), { format: 'tfjs' })) as Sequential;
    t.strictSame(bits(read), bits(model), `${what}, at a path`);
  }
});

t.test('quantized weights are numbers again', async (t) => {
  const kernel = (quantization: Json, bytes: Uint8Array) => {
    const spec = { name: 'a/kernel', shape: [3, 2], dtype: 'float32', quantization };
    return files(json(manifest([spec, ...specs('').slice(1)])), {
      'w.bin': Buffer.concat([bytes, BYTES.subarray(24)]),
    });
  };
  const steps = [0, 1, 2, 3, 128, 255];
  const wanted = steps.map((step) => step * 0.5 - 2);
  const [halves, ofHalves] = [
    Uint16Array.of(0x3c00, 0xc000, 0x3800, 0, 0x7bff, 0x0001),
    [1, -2, 0.5, 0, 65504, 2 ** -24],
  ];
  for (const [what, given, values] of [
    ['uint8', kernel({ dtype: 'uint8', scale: 0.5, min: -2 }, Uint8Array.from(steps)), wanted],
    [
      'uint16',
      kernel({ dtype: 'uint16', scale: 0.5, min: -2 }, new Uint8Array(Uint16Array.from(steps).buffer)),
      wanted,
    ],
    ['float16', kernel({ dtype: 'float16' }, new Uint8Array(halves.buffer)), ofHalves],
  ] as const) {
    const model = (await loadModel(given)) as Sequential;
    t.strictSame([...(model.getWeights()[0]?.data ?? [])], values, what);
  }
});

t.test('damaged models are refused', async (t) => {
  const [first, ...others] = specs('');
  const wrong: readonly (readonly [what: string, given: Record<string, Uint8Array>, code: string, message?: RegExp])[] =
    [
      ['a graph-model', files(json({ format: 'graph-model' })), 'ERR_UNSUPPORTED', /graph-model.*layers/],
      [
        'a graph-model without its name',
        files({ ...old, modelTopology: { node: [] } }),
        'ERR_UNSUPPORTED',
        /graph-model/,
      ],
      ['too few bytes', files(json(), { 'w.bin': BYTES.subarray(1) }), 'ERR_CORRUPT_FILE'],
      ['too many bytes', files(json(), { 'w.bin': Buffer.concat([BYTES, BYTES]) }), 'ERR_CORRUPT_FILE'],
      ['no shard', files(json(), {}), 'ERR_CORRUPT_FILE', /w\.bin/],
      ['another shape', files(json(manifest([{ ...first, shape: [2, 3] }, ...others]))), 'ERR_SHAPE_MISMATCH'],
      ['a shape without bounds', files(json(manifest([{ ...first, shape: [2 ** 50, 2 ** 50] }]))), 'ERR_CORRUPT_FILE'],
      ['a shape that is none', files(json(manifest([{ ...first, shape: [-1] }]))), 'ERR_CORRUPT_FILE'],
      ['another dtype', files(json(manifest([{ ...first, dtype: 'complex64' }]))), 'ERR_UNSUPPORTED'],
      [
        'another quantization',
        files(json(manifest([{ ...first, quantization: { dtype: 'int4' } }]))),
        'ERR_UNSUPPORTED',
      ],
      [
        'no numbers',
        files(json(manifest([{ ...first, quantization: { dtype: 'uint8', scale: 'x' } }]))),
        'ERR_CORRUPT_FILE',
      ],
      ['no manifest', files(json({ weightsManifest: null })), 'ERR_CORRUPT_FILE'],
      ['no weights', files(json({ weightsManifest: [{ paths: [] }] })), 'ERR_CORRUPT_FILE'],
      [
        'a layer more',
        files(json(manifest([...specs(''), { name: 'c/bias', shape: [0], dtype: 'float32' }]))),
        'ERR_SHAPE_MISMATCH',
      ],
    ];
  for (const [what, given, code, message = /./] of wrong) await t.rejects(loadModel(given), { code, message }, what);
  await t.rejects(loadModel(Buffer.from(JSON.stringify(json()))), { code: 'ERR_CORRUPT_FILE', message: /model\.json/ });
});

t.test('names never lead out of the folder', async (t) => {
  const place = join(folder, 'inside');
  mkdirSync(place);
  writeFileSync(join(folder, 'outside.bin'), BYTES);
  const outside = join(folder, 'outside.bin');
  for (const path of [
    '../outside.bin',
    outside,
    'a/../../outside.bin',
    '..\\outside.bin',
    'C:/w.bin',
    '',
    '/',
    'file:w',
  ]) {
    writeFileSync(join(place, 'model.json'), JSON.stringify(json(manifest(specs(''), [path]))));
    await t.rejects(loadModel(join(place, 'model.json')), { code: 'ERR_CORRUPT_FILE', message: /beside/ }, path);
  }
});

t.test('shards are fetched beside the model', async (t) => {
  const given = SOUND['several shards'] as Record<string, Uint8Array>;
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    const bytes = given[decodeURIComponent(new URL(url ?? '', 'http://x').pathname.replace('/deep/', ''))];
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const model = (await loadModel(`${origin}/deep/model.json?key=1`, { protocols: ['http:'] })) as Sequential;
  t.strictSame(model.predictSync([[1, 1, 1]]).toArray(), [[ANSWER]]);
  t.strictSame(asked, ['/deep/model.json?key=1', '/deep/w.bin?key=1', '/deep/x/y%20z.bin?key=1']);
  delete given['w.bin'];
  await t.rejects(loadModel(`${origin}/deep/model.json`, { protocols: ['http:'] }), { code: 'ERR_INVALID_ARG' });
  server.closeAllConnections();
  server.close();
});

t.test('what is written is as Keras 2 writes it', async (t) => {
  const large = new Sequential([
    new Input({ shape: [1100] }),
    new Dense({ units: 1000, activation: 'silu', name: 'big' }),
  ]);
  const path = join(folder, 'new/folder/model.json');
  await large.save(path);
  const written = JSON.parse(readFileSync(path, 'utf8'));
  const [{ paths, weights }] = written.weightsManifest;
  t.strictSame(paths, ['group1-shard1of2.bin', 'group1-shard2of2.bin']);
  for (const name of paths) t.ok(existsSync(join(folder, 'new/folder', name)), name);
  t.strictSame(weights[0], { name: 'big/kernel', shape: [1100, 1000], dtype: 'float32' });
  const { class_name: type, config } = written.modelTopology.model_config;
  t.equal(type, 'Sequential');
  t.match(config.layers[0], { class_name: 'InputLayer', config: { batch_input_shape: [null, 1100] } });
  t.match(config.layers[1].config, { activation: 'swish', dtype: 'float32' });
  t.strictSame(Object.keys(config.layers[1].config.kernel_initializer), ['class_name', 'config']);
  const graph = JSON.parse(readFileSync(join(made, 'graph/model.json'), 'utf8')).modelTopology;
  const model = await loadModel(join(made, 'graph/model.json'));
  const again = JSON.parse(Buffer.from((await model.toBytes('tfjs'))['model.json'] as Uint8Array).toString());
  const wiring = ({ config }: { config: Json }) => [
    config.input_layers,
    config.output_layers,
    (config.layers as Json[]).map(({ inbound_nodes: nodes }) => nodes),
  ];
  t.strictSame(wiring(again.modelTopology.model_config), wiring(graph.model_config ?? graph), 'as TensorFlow.js does');
});

t.test('all models come back as they were', async (t) => {
  for (const { what, make } of MODELS) {
    const model = make() as Sequential;
    model.compile({ optimizer: 'adam', loss: 'mse' });
    const loaded = (await loadModel(await model.toBytes('tfjs'))) as Sequential;
    t.strictSame(bits(loaded), bits(model), what);
    t.equal(loaded.optimizer?.name, 'adam', what);
  }
});

t.test('models within models come back as they were', async (t) => {
  const base = (name: string) => new Sequential([new Input({ shape: [3] }), new Dense({ units: 3, name })]);
  for (const names of [
    ['a', 'b'],
    ['a', 'a'],
    ['a', 'a_1'],
  ]) {
    const model = new Sequential([new Input({ shape: [3] }), ...names.map(base), new Dense({ units: 2 })]);
    const bytes = await model.toBytes('tfjs');
    t.strictSame(bits((await loadModel(bytes)) as Sequential), bits(model), names.join());
    const { weightsManifest } = JSON.parse(Buffer.from(bytes['model.json'] as Uint8Array).toString());
    t.equal(weightsManifest[0].weights.length, 6, names.join());
  }
});
