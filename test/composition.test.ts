import {
  Add,
  BatchNormalization,
  Concatenate,
  cloneModel,
  Dense,
  Dropout,
  GlorotUniform,
  Input,
  type Layer,
  loadModel,
  Masking,
  Model,
  Sequential,
  type SymbolicTensor,
} from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';
import { bits, QUIET, x as X } from './models.cases';

const code = 'ERR_INVALID_ARG';
const Y = { data: Float32Array.from({ length: 50 }, (_, i) => Math.sin(i)), shape: [50, 1] };

/** The same layers each time. */
function parts(): Layer[] {
  const dense = (seed: number, units: number): Dense =>
    new Dense({ units, activation: 'tanh', kernelRegularizer: 'l2', kernelInitializer: new GlorotUniform({ seed }) });
  return [
    dense(1, 5),
    new BatchNormalization(),
    new Dropout({ rate: 0.3, seed: 4 }),
    dense(2, 4),
    new BatchNormalization(),
    dense(3, 1),
  ];
}

const inputOf = (size = 6): Input => new Input({ shape: [size] });
const chained = (layers: readonly Layer[]) => {
  const input = inputOf();
  return new Model({ inputs: input, outputs: layers.reduce((tensor, layer) => layer.apply(tensor), input.output) });
};

/** The same architecture, in models within models. */
const NESTED: Readonly<Record<string, () => Sequential | Model>> = {
  'a Sequential first': () => {
    const [a, b, c, ...rest] = parts() as [Layer, Layer, Layer];
    return new Sequential([new Sequential([inputOf(), a, b, c]), ...rest]);
  },
  'a Model in a Sequential': () => {
    const [a, b, c, ...rest] = parts() as [Layer, Layer, Layer];
    return new Sequential([inputOf(), chained([a, b, c]), ...rest]);
  },
  'a Sequential in a Model': () => {
    const [a, b, c, ...rest] = parts() as [Layer, Layer, Layer];
    return chained([a, new Sequential([b, c]), new Sequential(rest)]);
  },
  'models within models': () => {
    const [a, b, c, d, e, f] = parts() as [Layer, Layer, Layer, Layer, Layer, Layer];
    const inner = new Sequential([c, d]);
    return new Sequential([inputOf(), new Sequential([a, new Sequential([b, inner])]), new Sequential([e, f])]);
  },
  'without a shape': () => {
    const [a, b, ...rest] = parts() as [Layer, Layer];
    return new Sequential([new Sequential([a, b]), new Sequential(rest)]);
  },
};

async function trained(model: Sequential | Model): Promise<unknown> {
  model.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
  const { history } = await model.fit(X, Y, { ...QUIET, validationSplit: 0.2 });
  return { history, bits: bits(model), outputs: await model.predict(X), evaluated: await model.evaluate(X, Y) };
}

for (const [name, make] of Object.entries(NESTED)) {
  t.test(`${name}: it trains as without models within`, async (t) => {
    const flat = new Sequential([inputOf(), ...parts()]);
    const model = make();
    t.strictSame(await trained(model), await trained(flat), 'to the same bits');
    t.equal(model.countParams(), flat.countParams());
    t.strictSame(model.outputShape, [null, 1]);
    const clone = cloneModel(model);
    t.strictSame(clone.getConfig(), model.getConfig());
    clone.setWeights(model.getWeights());
    t.strictSame(await clone.predict(X), await model.predict(X));
    const again = (model instanceof Sequential ? Sequential : Model).fromConfig(
      JSON.parse(JSON.stringify(model)).config,
    );
    t.strictSame(again.getConfig(), model.getConfig(), 'a config gives the same again');
  });
}

t.test('models within each other, of which the innermost has the Input, go through every format', async (t) => {
  let model = new Sequential([inputOf(), new Dense({ units: 6 })]);
  for (let level = 0; level < 25; level++) model = new Sequential([model, new Dense({ units: 6 })]);
  const shallow = new Sequential([new Sequential([inputOf(), new Dense({ units: 6 })]), new Dense({ units: 1 })]);
  for (const one of [model, shallow]) {
    for (const format of ['keras', 'h5', 'safetensors', 'tfjs', 'onnx'] as const) {
      const loaded = (await loadModel(await one.toBytes(format))) as Sequential;
      near(t, loaded.predictSync(X), one.predictSync(X), 1e-6, format);
    }
  }
});

t.test('an encoder and a decoder of a model', async (t) => {
  const auto = new Sequential([
    inputOf(),
    new Dense({ units: 2, activation: 'tanh', name: 'code' }),
    new Dense({ units: 6 }),
  ]);
  auto.compile({ optimizer: 'adam', loss: 'mse' });
  await auto.fit(X, X, QUIET);
  const inner = auto.getLayer('code').output;
  const encoder = new Model({ inputs: auto.inputs, outputs: inner });
  const decoder = new Model({ inputs: inner, outputs: auto.output });
  t.strictSame(encoder.outputShape, [null, 2]);
  t.strictSame(decoder.predictSync(encoder.predictSync(X)), auto.predictSync(X));
  await auto.fit(X, X, QUIET);
  t.strictSame(decoder.predictSync(encoder.predictSync(X)), auto.predictSync(X), 'also when it has learned more');
  t.strictSame(encoder.getWeights(), auto.getWeights().slice(0, 2));
  t.throws(() => new Model({ inputs: encoder.inputs, outputs: decoder.outputs }), { code });
});

t.test('a model with several inputs and outputs is a layer', async (t) => {
  const [a, b] = [inputOf(2), inputOf(3)];
  const sum = new Add().apply([new Dense({ units: 4 }).apply(a), new Dense({ units: 4 }).apply(b)]);
  const inner = new Model({ inputs: [a, b], outputs: [sum, new Dense({ units: 2 }).apply(sum)] });
  const [left, right] = [inputOf(2), inputOf(3)];
  const outputs = inner.apply([left, right]) as readonly SymbolicTensor[];
  t.strictSame(
    outputs.map(({ shape }) => shape),
    [
      [null, 4],
      [null, 2],
    ],
  );
  const outer = new Model({ inputs: [left, right], outputs: new Concatenate().apply(outputs) });
  const data = [[[1, 2]], [[3, 4, 5]]];
  const [first, second] = inner.predictSync(data);
  t.strictSame([...outer.predictSync(data).data], [...(first?.data ?? []), ...(second?.data ?? [])]);
  t.throws(() => inner.apply(left), { code: 'ERR_SHAPE_MISMATCH' }, 'one input of two');
  t.throws(() => inner.apply([right, left]), { code: 'ERR_SHAPE_MISMATCH' }, 'of other shapes');
  t.throws(() => new Sequential([inputOf(2), inner as never]), { code: 'ERR_SHAPE_MISMATCH' });
  const fork = new Model({ inputs: a, outputs: [new Dense({ units: 1 }).apply(a), new Dense({ units: 1 }).apply(a)] });
  t.throws(() => new Sequential([inputOf(2), fork as never]), { code }, 'two outputs');
});

t.test('weights that stand in several places count once', async (t) => {
  const shared = new Dense({ units: 6 });
  const inner = new Sequential([inputOf(), shared]);
  const input = inputOf();
  const model = new Model({ inputs: input, outputs: shared.apply(inner.apply(inner.apply(input))) });
  t.equal(model.countParams(), 42);
  t.equal(model.getWeights().length, 2);
  t.match(model.summary({ print: () => {} }), /Total params: 42 .*\n Trainable params: 42 /);
  t.strictSame(Model.fromConfig(model.getConfig()).countParams(), 42, 'in configs too');
  t.equal(cloneModel(model).countParams(), 42);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  // By hand: W = 0 and b = 0 but for a penalty that would count twice.
  t.equal(model.lossAndGradients(X, X).gradients.length, 2);
});

t.test('`trainable` of a model reaches all within it, at the next compile', async (t) => {
  const base = new Sequential([
    inputOf(),
    new Sequential([new Dense({ units: 3, name: 'deep' })]),
    new BatchNormalization(),
  ]);
  const model = new Sequential([base, new Dense({ units: 1 })]);
  base.trainable = false;
  model.compile({ optimizer: 'adam', loss: 'mse' });
  const before = base.getWeights();
  await model.fit(X, Y, QUIET);
  t.strictSame(base.getWeights(), before, 'weights and moving statistics stay');
  t.match(model.summary({ print: () => {} }), / Trainable params: 4 /);
  base.trainable = true;
  model.compile({ optimizer: 'adam', loss: 'mse' });
  await model.fit(X, Y, QUIET);
  t.strictNotSame(base.getWeights(), before);
});

t.test('masks pass into models and out of them', async (t) => {
  const rows = [[[1], [0], [2]]];
  const flat = new Sequential([new Input({ shape: [3, 1] }), new Masking(), new Dense({ units: 1 })]);
  const nested = new Sequential([
    new Sequential([new Input({ shape: [3, 1] }), new Masking()]),
    ...flat.layers.slice(1),
  ]);
  for (const model of [flat, nested]) model.compile({ optimizer: 'sgd', loss: 'mse' });
  const y = [[[0], [100], [0]]];
  t.strictSame(await nested.evaluate(rows, y), await flat.evaluate(rows, y));
});

t.test('what is part of another model stays as it is', async (t) => {
  const base = new Sequential([inputOf(), new Dense({ units: 3 })]);
  base.add(new Dense({ units: 2 }));
  const model = new Sequential([base]);
  t.throws(() => base.add(new Dense({ units: 1 })), { code });
  t.throws(() => base.pop(), { code });
  model.add(new Dense({ units: 1 }));
  t.strictSame(model.outputShape, [null, 1]);
  t.throws(() => new Dense({ units: 1 }).output, { code, message: /no output yet/ });
  const unbuilt = new Sequential([new Dense({ units: 1 })]);
  for (const name of ['inputs', 'inputNames', 'outputs', 'outputNames'] as const) {
    t.throws(() => unbuilt[name], { code, message: /without a shape/ });
  }
  t.throws(() => new Dense({ units: 1 }).apply(base.layers[0] as never), { code }, 'a layer is no input');
  t.throws(() => cloneModel(new Dense({ units: 1 }) as never), { code });
});

t.test('summary lists the layers within, and what trains', async (t) => {
  const base = new Sequential(
    [inputOf(), new Dense({ units: 3, trainable: false, name: 'a' }), new Dropout({ rate: 0.1, name: 'b' })],
    { name: 'base' },
  );
  const model = new Sequential([base, new Dense({ units: 1, name: 'head' })], { name: 'net' });
  // Widths as Keras 3.16 computes them: 0.45, 0.8 and 1 of 80, times 0.9 beside the fourth column, less borders.
  const lines = model.summary({ print: () => {}, expandNested: true, showTrainable: true }).split('\n');
  const columns = (line = ''): string[] => line.split(/[┃│]/).slice(1, -1);
  t.ok(lines.slice(1, 11).every(({ length }) => length === 80));
  t.strictSame(columns(lines[2]), [
    ' Layer (type)                  ',
    ' Output Shape           ',
    '     Param # ',
    ' Trai… ',
  ]);
  t.strictSame(
    lines.filter((line) => line.startsWith('│')).map((line) => columns(line).map((cell) => cell.trim())),
    [
      ['base (Sequential)', '(None, 3)', '21', 'Y'],
      ['└ a (Dense)', '(None, 3)', '21', 'N'],
      ['└ b (Dropout)', '(None, 3)', '0', '-'],
      ['head (Dense)', '(None, 1)', '4', 'Y'],
    ],
  );
  t.match(lines[6], /^│ {4}└ a \(Dense\) /);
  t.ok(lines.includes(' Trainable params: 4 (16.00 B)'));
  const input = inputOf();
  const straight = new Model({ inputs: input, outputs: base.apply(input) });
  t.notMatch(straight.summary({ print: () => {} }), /Connected to/, 'a graph without branches is a chain');
  const both = new Model({ inputs: input, outputs: new Add().apply([base.apply(input), base.apply(input)]) });
  t.match(both.summary({ print: () => {} }), /│ base\[0\]\[0\], +│\n│ +│ +│ +│ base\[1\]\[0\] +│/);
});

t.test('inputs and outputs have names, as data, targets and logs do', async (t) => {
  const [left, right] = [new Input({ shape: [2], name: 'left' }), new Input({ shape: [2], name: 'right' })];
  const shared = new Dense({ units: 1, name: 'score' });
  const model = new Model({ inputs: [left, right], outputs: [shared.apply(left), shared.apply(right)] });
  t.strictSame(
    [model.inputNames, model.outputNames],
    [
      ['left', 'right'],
      ['score', 'score_1'],
    ],
  );
  model.compile({ loss: 'mse' });
  const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, [[1, 2]]]));
  const [x, y] = [named(model.inputNames), { score: [1], score_1: [2] }];
  const { history } = await model.fit(x, y, { verbose: 0 });
  t.strictSame(Object.keys(history), ['loss', ...model.outputNames.map((name) => `${name}_loss`)]);
  const single = new Sequential([new Input({ shape: [2], name: 'only' }), new Dense({ units: 1, name: 'out' })]);
  t.strictSame([single.inputNames, single.outputNames], [['only'], ['out']]);
});
