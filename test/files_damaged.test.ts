import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dense, GemsbokError, Input, loadModel, Sequential } from 'gemsbok';
import t from 'tap';
import { fixture } from './files.cases';
import { zipBytes as zip } from './helpers/keras_writer';
import { scratch } from './helpers/scratch';
import { bits, classifier } from './models.cases';

const folder = scratch();
const path = join(folder, 'damaged');
const WEIGHTS = readFileSync(fixture('functional.weights.h5'));

/** The code of the refusal of a file with these bytes; null where it loads. */
async function refusal(bytes: Uint8Array): Promise<string | null> {
  writeFileSync(path, bytes);
  try {
    await loadModel(path);
    return null;
  } catch (error) {
    if (!(error instanceof GemsbokError)) throw error;
    return error.message.includes(path) ? error.code : `no file: ${error.message}`;
  }
}

const layer = (name: string, config: object) => ({ module: 'keras.layers', class_name: name, config });
const input = (...shape: unknown[]) => layer('InputLayer', { batch_shape: [null, ...shape] });
const sequential = (...layers: unknown[]) => ({ class_name: 'Sequential', config: { name: 's', layers } });

function archive(config: unknown, weights: Uint8Array = WEIGHTS): Promise<Uint8Array> {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  return zip([
    ['metadata.json', '{}'],
    ['config.json', text],
    ['model.weights.h5', weights],
  ]);
}

t.test('files that end early', async (t) => {
  for (const name of ['sequential.keras', 'keras3.h5']) {
    const bytes = readFileSync(fixture(name));
    for (let length = 0; length < bytes.length; length += 97 * 31) {
      t.equal(await refusal(bytes.subarray(0, length)), 'ERR_CORRUPT_FILE', `${name}: ${length} bytes`);
    }
    t.equal(await refusal(bytes.subarray(0, -1)), 'ERR_CORRUPT_FILE', `${name}: all but one`);
  }
});

t.test('a bit that is wrong is found where there is a checksum', async (t) => {
  const bytes = readFileSync(fixture('functional.keras'));
  for (let at = 500; at < bytes.length - 400; at += 1901) {
    const wrong = Buffer.from(bytes);
    wrong[at] = (wrong[at] ?? 0) ^ (1 << (at % 8));
    t.equal(await refusal(wrong), 'ERR_CORRUPT_FILE', `byte ${at}`);
  }
});

const from = (...names: string[]) => [names.map((name) => [name, 0, 0, {}])];
const graph = (name: string, layers: readonly object[], first: string, last: string) => ({
  class_name: 'Functional',
  name,
  config: { name, layers, input_layers: [[first, 0, 0]], output_layers: [[last, 0, 0]] },
});
const start = (name: string) => ({
  ...layer('InputLayer', { name, batch_shape: [null, 3] }),
  name,
  inbound_nodes: [],
});
const tower = (...names: string[]) => ({
  ...layer('Dense', { name: 'tower', units: 2 }),
  name: 'tower',
  inbound_nodes: from(...names),
});
/** A model within a model, which reads these. */
const within = (inner: object, ...names: string[]) =>
  graph('outer', [start('x'), { ...inner, inbound_nodes: from(...names) }], 'x', 'inner');
const inner = (...names: string[]) => graph('inner', [start('i'), tower(...names)], 'i', 'tower');
let deep: object = layer('Dense', { name: 'tower', units: 2 });
for (let level = 0; level < 1000; level++) deep = layer('Sequential', { name: `level_${level}`, layers: [deep] });

const CONFIGS: readonly (readonly [what: string, config: unknown, code: string])[] = [
  ['no JSON', '{"class_name": ', 'ERR_CORRUPT_FILE'],
  ['no object', '[1]', 'ERR_CORRUPT_FILE'],
  ['deep JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'ERR_CORRUPT_FILE'],
  ['no config', { class_name: 'Sequential' }, 'ERR_CORRUPT_FILE'],
  ['no layers', { class_name: 'Sequential', config: {} }, 'ERR_CORRUPT_FILE'],
  ['another model', { class_name: 'constructor', config: {} }, 'ERR_UNSUPPORTED'],
  ['a layer that there is not', sequential(input(2), layer('Conv2D', { name: 'c' })), 'ERR_UNSUPPORTED'],
  ['a layer of a prototype', sequential(layer('toString', {})), 'ERR_UNSUPPORTED'],
  ['a layer without a class', sequential({ config: {} }), 'ERR_CORRUPT_FILE'],
  ['null for a layer', sequential(null), 'ERR_CORRUPT_FILE'],
  ['wrong units', sequential(input(2), layer('Dense', { units: -1 })), 'ERR_CORRUPT_FILE'],
  ['huge units', sequential(input(2), layer('Dense', { units: 1e12 })), 'ERR_CORRUPT_FILE'],
  ['a huge input', sequential(input(1e9), layer('Dense', { units: 1000 })), 'ERR_CORRUPT_FILE'],
  ['a huge table', sequential(input(2), layer('Embedding', { input_dim: 1e9, output_dim: 9 })), 'ERR_CORRUPT_FILE'],
  ['other weights', sequential(input(3), layer('Dense', { name: 'tower', units: 3 })), 'ERR_SHAPE_MISMATCH'],
  ['more weights', sequential(input(3), layer('PReLU', { name: 'p' })), 'ERR_SHAPE_MISMATCH'],
  [
    'a cycle',
    {
      class_name: 'Functional',
      config: {
        layers: [
          { ...layer('Dense', { name: 'a', units: 1 }), inbound_nodes: [[['b', 0, 0, {}]]] },
          { ...layer('Dense', { name: 'b', units: 1 }), inbound_nodes: [[['a', 0, 0, {}]]] },
        ],
        input_layers: [['a', 0, 0]],
        output_layers: [['b', 0, 0]],
      },
    },
    'ERR_CORRUPT_FILE',
  ],
  ['a model that reads itself', within(inner('i'), 'inner'), 'ERR_CORRUPT_FILE'],
  ['a model of the name of the one around it', { ...within(inner('i'), 'outer'), name: 'inner' }, 'ERR_CORRUPT_FILE'],
  ['a model that reads what there is not', within(inner('i'), 'nowhere'), 'ERR_CORRUPT_FILE'],
  ['a layer within that reads one outside', within(inner('x'), 'x'), 'ERR_CORRUPT_FILE'],
  ['a model within without its output', within(graph('inner', [start('i')], 'i', 'tower'), 'x'), 'ERR_CORRUPT_FILE'],
  ['models 1000 deep', sequential(deep), 'ERR_CORRUPT_FILE'],
  [
    'a name twice',
    sequential(
      input(3),
      layer('Sequential', { name: 'a', layers: [] }),
      layer('Sequential', { name: 'a', layers: [] }),
    ),
    'ERR_CORRUPT_FILE',
  ],
  [
    'a model within without a config',
    sequential(input(3), { class_name: 'Sequential', config: null }),
    'ERR_CORRUPT_FILE',
  ],
  [
    'a text for layers within',
    sequential(input(3), layer('Sequential', { name: 'a', layers: 'abc' })),
    'ERR_CORRUPT_FILE',
  ],
  [
    'a model within without its weights',
    sequential(input(3), layer('Sequential', { name: 'a', layers: [layer('Dense', { name: 'b', units: 2 })] })),
    'ERR_SHAPE_MISMATCH',
  ],
];

t.test('configs that make no model', async (t) => {
  for (const [what, config, code] of CONFIGS) t.equal(await refusal(await archive(config)), code, what);
});

t.test('a refusal names the layer, and what it should have had', async (t) => {
  writeFileSync(path, await archive(sequential(input(3), layer('Dense', { name: 'tower', units: 3 }))));
  const message = /Expected `kernel` of shape \[3, 3\] for the layer `tower`, received shape \[3, 2\] in /;
  await t.rejects(loadModel(path), { message });
});

t.test('archives that are none of a model', async (t) => {
  const config = JSON.stringify(sequential(input(3)));
  t.equal(await refusal(await zip([['readme.txt', 'hello']])), 'ERR_CORRUPT_FILE', 'other entries');
  t.equal(await refusal(await zip([['../config.json', config]])), 'ERR_CORRUPT_FILE', 'a path that leads out');
  t.equal(await refusal(await archive(sequential(input(3)), Buffer.from('no HDF5'))), 'ERR_CORRUPT_FILE');
  t.equal(await refusal(WEIGHTS), 'ERR_UNSUPPORTED', 'weights alone');
  t.equal(await refusal(Buffer.alloc(1000)), 'ERR_CORRUPT_FILE', 'zeros');
  // 256 MB of zeros in 256 KB.
  const bomb = await zip(
    [
      ['metadata.json', '{}'],
      ['config.json', config],
      ['model.weights.h5', Buffer.alloc(256 * 2 ** 20)],
    ],
    9,
  );
  t.ok(bomb.length < 2 ** 20);
  t.equal(await refusal(bomb), 'ERR_CORRUPT_FILE', 'a bomb');
  t.equal(
    await refusal(
      await zip(
        [
          ['config.json', config],
          ['metadata.json', '{}'],
          ['model.weights.h5', WEIGHTS],
        ],
        9,
      ),
    ),
    null,
  );
});

t.test('a file that does not fit changes nothing', async (t) => {
  const model = classifier();
  const [weights, memory] = [bits(model), JSON.stringify(model.optimizer?.getWeights())];
  await t.rejects(model.loadWeights(fixture('functional.weights.h5')), { code: 'ERR_SHAPE_MISMATCH' });
  await t.rejects(model.loadWeights(fixture('keras3.h5')), { code: 'ERR_SHAPE_MISMATCH' });
  // Its first layer fits, the second one does not.
  const half = new Sequential([new Input({ shape: [6] }), new Dense({ units: 16 }), new Dense({ units: 4 })]);
  const halfPath = join(folder, 'half.weights.h5');
  await half.saveWeights(halfPath);
  await t.rejects(model.loadWeights(halfPath), { code: 'ERR_SHAPE_MISMATCH', message: /layer `dense/ });
  t.strictSame(bits(model), weights);
  t.equal(JSON.stringify(model.optimizer?.getWeights()), memory);
});

t.test('weights that are no numbers load as they are', async (t) => {
  const model = classifier();
  model.setWeights(model.getWeights().map(({ data, shape }) => ({ data: data.map(() => Number.NaN), shape })));
  await model.save(join(folder, 'nan.keras'));
  t.strictSame(bits((await loadModel(join(folder, 'nan.keras'))) as Sequential), bits(model));
});

t.test('arguments', async (t) => {
  const model = classifier();
  const invalid = { code: 'ERR_INVALID_ARG' };
  for (const wrong of ['model', 'model.txt', '', 'model.keras.zip']) await t.rejects(model.save(wrong), invalid, wrong);
  await t.rejects(model.saveWeights('model.h5'), invalid);
  await t.rejects(loadModel(folder), { ...invalid, message: /folder/ });
  await t.rejects(loadModel(join(folder, 'none.keras')), { code: 'ENOENT' });
  await t.rejects(new Sequential([new Dense({ units: 1 })]).loadWeights(fixture('keras3.h5')), invalid, 'not built');
});
