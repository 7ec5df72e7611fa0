import * as gemsbok from 'gemsbok';
import { Discretization, dataset, Input, Layer, layers, Model, type SymbolicTensor } from 'gemsbok';
import t from 'tap';
import { LAYERS } from './layers.cases';

/** Keras' layers with a dense meaning. */
const KERAS = [
  ...['Activation', 'ActivityRegularization', 'Add', 'AlphaDropout', 'Average', 'BatchNormalization'],
  ...['CategoryEncoding', 'Concatenate', 'Dense', 'Discretization', 'Dot', 'Dropout', 'ELU', 'Embedding', 'Flatten'],
  ...[
    'GaussianDropout',
    'GaussianNoise',
    'GroupNormalization',
    'Identity',
    'InputLayer',
    'Lambda',
    'LayerNormalization',
  ],
  ...['LeakyReLU', 'Masking', 'Maximum', 'Minimum', 'Multiply', 'Normalization', 'PReLU', 'Permute'],
  ...['RMSNormalization', 'ReLU', 'RepeatVector', 'Rescaling', 'Reshape', 'Softmax', 'Subtract', 'UnitNormalization'],
];

/** Layers that Keras does not have. */
const BEYOND_KERAS: readonly string[] = [
  // In the order of the alphabet.
];

/** No gradient passes through these, an Input computes nothing, and Lambda what it is told. */
const WITHOUT_ROW = ['CategoryEncoding', 'Discretization', 'Embedding', 'InputLayer', 'Lambda'];

t.test("the classes are Keras', and each has a row", async (t) => {
  const namespace: Readonly<Record<string, unknown>> = { ...layers };
  const classes = Object.keys(namespace).filter(
    (name) => (namespace[name] as { prototype?: unknown }).prototype instanceof Layer && name !== 'Input',
  );
  const known = [...KERAS, ...BEYOND_KERAS];
  t.strictSame(classes.sort(), known.sort(), 'classes');
  const rows = new Set(LAYERS.map(({ make }) => make().className));
  t.strictSame(
    [...rows].sort(),
    known.filter((name) => !WITHOUT_ROW.includes(name)),
    'rows',
  );
  const library: Readonly<Record<string, unknown>> = { ...gemsbok };
  for (const name of known.filter((one) => one !== 'Identity')) t.equal(library[name], namespace[name], name);
  t.equal(layers.Input, layers.InputLayer);
});

t.test("merges have Keras' functions", async (t) => {
  const functions = { add: 9, subtract: -3, multiply: 18, average: 4.5, maximum: 6, minimum: 3, dot: 18 };
  const [a, b] = [new Input({ shape: [1] }), new Input({ shape: [1] })];
  for (const [name, value] of Object.entries(functions)) {
    const merge = layers[name as 'add'] as (inputs: Input[]) => SymbolicTensor;
    const model = new Model({ inputs: [a, b], outputs: merge([a, b]) });
    t.strictSame(model.predictSync([[[3]], [[6]]]).toArray(), [[value]], name);
  }
  t.strictSame(layers.concatenate([a, b], { axis: 1 }).shape, [null, 2]);
});

t.test('Discretization remembers what it found', async (t) => {
  const x = Array.from({ length: 200 }, (_, i) => [i]);
  const [once, rows] = [0, 1].map(() => new Discretization({ numBins: 4, epsilon: 0.01 })) as [
    Discretization,
    Discretization,
  ];
  once.adapt([[1], [2], [3], [4]]);
  once.adapt(x);
  await rows.adapt(dataset({ x }).batch(200));
  t.strictSame(rows.binBoundaries, once.binBoundaries, 'a data set of one batch');
  const again = layers.deserialize(JSON.parse(JSON.stringify(layers.serialize(once)))) as Discretization;
  t.strictSame(again.binBoundaries, once.binBoundaries);
  t.strictSame(again.getConfig(), once.getConfig());
});
