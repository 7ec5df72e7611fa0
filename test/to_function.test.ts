import { spawnSync } from 'node:child_process';
import * as gemsbok from 'gemsbok';
import { Dense, Input, Model, Sequential, tensor, toFunction } from 'gemsbok';
import t from 'tap';

const { layers } = gemsbok;
type Layers = ConstructorParameters<typeof Sequential>[0] & object;
const of = (shape: readonly number[], ...all: Layers): Sequential =>
  new Sequential([new Input({ shape: [...shape] }), ...all]);

const ACTIVATIONS = [
  ...[
    'linear',
    'relu',
    'relu6',
    'leaky_relu',
    'elu',
    'celu',
    'selu',
    'sigmoid',
    'tanh',
    'softplus',
    'softsign',
    'exponential',
  ],
  ...[
    'hard_sigmoid',
    'hard_silu',
    'hard_tanh',
    'silu',
    'mish',
    'log_sigmoid',
    'tanh_shrink',
    'hard_shrink',
    'soft_shrink',
  ],
  ...['squareplus', 'gelu', 'softmax', 'log_softmax'],
] as const;

function merged(): Model {
  const [a, b] = [new Input({ shape: [3], name: 'a' }), new Input({ shape: [2, 3], name: 'b' })];
  const all = [
    new layers.Add(),
    new layers.Subtract(),
    new layers.Multiply(),
    new layers.Average(),
    new layers.Maximum(),
  ];
  const outputs = [...all, new layers.Minimum()].map((layer) => layer.apply([a, b]));
  return new Model({
    inputs: [a, b],
    outputs: [...outputs, new layers.Concatenate({ axis: 1 }).apply([b, outputs[0] as never])],
  });
}

function nested(): Model {
  const base = of([3], new Dense({ units: 3, activation: 'tanh' }));
  const x = new Input({ shape: [3] });
  const inner = new Model({ inputs: x, outputs: new layers.Add().apply([base.apply(x), base.apply(base.apply(x))]) });
  const y = new Input({ shape: [3] });
  return new Model({ inputs: y, outputs: new Dense({ units: 2 }).apply(inner.apply(inner.apply(y))) });
}

function withoutInput(): Sequential {
  const inner = new Sequential([new Dense({ units: 4 }), new layers.PReLU()]);
  const model = new Sequential([inner, new Dense({ units: 2, activation: 'tanh' })]);
  model.build([null, 3]);
  return model;
}

const MODELS: Readonly<Record<string, Sequential | Model>> = {
  'built without an Input': withoutInput(),
  ...Object.fromEntries(ACTIVATIONS.map((name) => [name, of([3], new Dense({ units: 4, activation: name }))])),
  'gelu by tanh': of([3], new layers.Activation({ activation: { class_name: 'gelu', config: { approximate: true } } })),
  ReLU: of([3], new layers.ReLU({ maxValue: 0.5, negativeSlope: 0.1, threshold: 0.2 })),
  'other activations': of([3], new layers.LeakyReLU(), new layers.ELU({ alpha: 0.5 })),
  PReLU: of([2, 3], new layers.PReLU({ sharedAxes: [1] }), new layers.PReLU()),
  Softmax: of([2, 3], new layers.Softmax({ axis: [1, 2] })),
  'without bias': of([2, 3], new Dense({ units: 2, useBias: false }), new layers.Flatten()),
  norms: of(
    [2, 3],
    new layers.BatchNormalization(),
    new layers.LayerNormalization(),
    new layers.RMSNormalization(),
    new layers.UnitNormalization(),
  ),
  'norms along other axes': of(
    [2, 3],
    new layers.BatchNormalization({ axis: 1, scale: false }),
    new layers.LayerNormalization({ axis: [1, 2], center: false }),
  ),
  shapes: of(
    [2, 3],
    new layers.Permute({ dims: [2, 1] }),
    new layers.Reshape({ targetShape: [-1] }),
    new layers.RepeatVector({ n: 2 }),
  ),
  rescaled: of([3], new layers.Rescaling({ scale: [1, 2, 3], offset: 0.5 }), new layers.Dropout({ rate: 0.5 })),
  'merges and several outputs': merged(),
  'models in models': nested(),
};

/** What the sources return in a process of their own, which knows nothing of the library. */
function evaluated(calls: readonly { readonly source: string; readonly samples: readonly unknown[] }[]): unknown[][] {
  const program = `
    let text = '';
    for await (const part of process.stdin) text += part;
    const results = [];
    // What browsers do not have.
    for (const name of ['Buffer', 'process', 'global', 'setImmediate']) delete globalThis[name];
    for (const { source, samples } of JSON.parse(text)) {
      const { default: f } = await import('data:text/javascript,' + encodeURIComponent(source));
      results.push(samples.map((sample) => f(sample)));
    }
    console.log(JSON.stringify(results));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    input: JSON.stringify(calls),
    cwd: '/',
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(2 * Math.sin(5 * i + seed)));

t.test('a model as a function computes what the model does', async (t) => {
  const cases = Object.entries(MODELS).map(([what, model]) => {
    const weights = model.getWeights().map(({ data, shape }, k) => {
      return { data: data.map((_, i) => Math.abs(Math.sin(7 * i + k)) + 0.1), shape };
    });
    model.setWeights(weights);
    const shapes = model.inputs.map(({ shape }) => shape.slice(1) as number[]);
    const samples = [1, 2, 3].map((seed) =>
      shapes.map((shape) =>
        numbers(
          shape.reduce((a, b) => a * b),
          seed,
        ),
      ),
    );
    const predicted = samples.map((parts) => {
      const x = parts.map((data, i) => tensor(data, { shape: [1, ...(shapes[i] as number[])], dtype: 'float32' }));
      return [model.predictSync((x.length === 1 ? x[0] : x) as never)].flat().map(({ data }) => [...data]);
    });
    return {
      what,
      source: toFunction(model),
      predicted,
      samples: samples.map((parts) => (parts.length === 1 ? parts[0] : parts)),
    };
  });
  for (const [i, results] of evaluated(cases).entries()) {
    const { what, predicted, source } = cases[i] as (typeof cases)[number];
    t.notMatch(source, /import|require/, what);
    for (const [k, result] of results.entries()) {
      const wanted = (predicted[k] as number[][]).flat();
      const given = (result as number[][]).flat();
      t.equal(given.length, wanted.length, what);
      const worst = Math.max(
        ...wanted.map((value, j) => Math.abs(value - (given[j] ?? Number.NaN)) / Math.max(1, Math.abs(value))),
      );
      t.ok(worst < 2e-6, `${what}: ${worst}`);
    }
  }
});

t.test('samples of any form, and those that do not fit', async (t) => {
  const model = of(
    [2, 2],
    new layers.Embedding({
      inputDim: 5,
      outputDim: 2,
      weights: [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
        [9, 10],
      ],
    }),
  );
  const run = (sample: string) =>
    evaluated([
      {
        source: `${toFunction(model).replace('export default', 'const f =')}
    export default () => { try { return f(${sample}); } catch (error) { return error.message; } }`,
        samples: [0],
      },
    ]);
  for (const sample of ['[0, 1, 2, 4]', '[[0, 1], [2, 4]]', 'Uint8Array.of(0, 1, 2, 4)']) {
    t.strictSame(run(sample), [[[1, 2, 3, 4, 5, 6, 9, 10]]], sample);
  }
  for (const sample of ['[0, 1, 2]', '[0, 1, 2, "4"]', '[0, 1, 2, 5]', 'undefined'])
    t.match(run(sample), [[/Expected/]], sample);
});

t.test('what no function can do is refused by name', async (t) => {
  for (const [model, message] of [
    [of([3], new layers.Masking({ name: 'hidden' })), /Masking.*hidden/],
    [of([3], new layers.Discretization({ binBoundaries: [0], name: 'bins' })), /Discretization.*bins/],
    [of([3], new Dense({ units: 3, activation: 'sparsemax', name: 'odd' })), /activation.*odd/],
    [of([2, 3], new layers.LayerNormalization({ axis: 1, name: 'columns' })), /columns/],
    [of([3], new layers.Embedding({ inputDim: 5, outputDim: 2, maskZero: true, name: 'words' })), /mask.*words/],
    [of([1001], new Dense({ units: 1000 })), /1000000/],
    [new Sequential([new Dense({ units: 1 })]), /Input/],
  ] as const) {
    t.throws(() => toFunction(model), { code: 'ERR_UNSUPPORTED', message });
  }
  t.throws(() => toFunction({} as Sequential), { code: 'ERR_INVALID_ARG' });
});
