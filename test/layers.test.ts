import * as gemsbok from 'gemsbok';
import {
  BatchNormalization,
  CategoryEncoding,
  Dense,
  Discretization,
  Dropout,
  Embedding,
  GlorotUniform,
  Input,
  type Layer,
  layers,
  Model,
  Normalization,
  Sequential,
  setThreads,
  type Tensor,
} from 'gemsbok';
import t from 'tap';
import { type GoldenCase, goldenCases, toOptions } from './helpers/golden';
import { sequence } from './helpers/numbers';
import { LAYERS, type LayerCase } from './layers.cases';

const ROWS = 20;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/**
 * A model that learns what goes into the layer: a Dense before each of its inputs, and one after it, so that gradients
 * pass through it to variables.
 */
function around({ make, inputs }: LayerCase): { model: Model; layer: Layer } {
  const layer = make();
  const sources = inputs.map(() => new Input({ shape: [3] }));
  const learnt = inputs.map((shape, i) => {
    const units = sizeOf(shape);
    const kernel = new Dense({ units, kernelInitializer: new GlorotUniform({ seed: i }) }).apply(sources[i] as Input);
    return new layers.Reshape({ targetShape: shape }).apply(kernel);
  });
  const flat = new layers.Flatten().apply(layer.apply(learnt));
  const output = new Dense({ units: 2, kernelInitializer: new GlorotUniform({ seed: 9 }) }).apply(flat);
  const model = new Model({ inputs: sources, outputs: output });
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return { model, layer };
}

/** One array, or one for each input. */
const alone = <T>(values: readonly T[]): T | readonly T[] => (values.length === 1 ? (values[0] as T) : values);

const dataFor = ({ inputs }: LayerCase): gemsbok.ModelData =>
  alone(inputs.map((_, i) => Float32Array.from(sequence(ROWS * 3), (value) => value + 0.1 * i)));

const y = { data: Float32Array.from(sequence(ROWS * 2)), shape: [ROWS, 2] };

const bitsOf = (tensors: readonly Tensor[]): number[] =>
  tensors.flatMap(({ data }) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)]);

t.test('shapes, and configs that come back', async (t) => {
  for (const { name, make, inputs, output } of LAYERS) {
    const layer = make();
    const sources = inputs.map((shape) => new Input({ shape }));
    t.strictSame(layer.apply(sources).shape, [null, ...output], name);
    const again = layers.deserialize(JSON.parse(JSON.stringify(layers.serialize(layer))));
    t.strictSame(again.getConfig(), layer.getConfig(), `${name}: its config`);
    t.equal(again.constructor, layer.constructor, `${name}: its class`);
  }
});

t.test('gradients are those of finite differences of the whole model', async (t) => {
  // Noise is drawn anew for each loss: what a layer does in inference is tested there.
  const random = /Dropout|Noise/;
  for (const one of LAYERS.filter(({ name }) => !random.test(name))) {
    const { model } = around(one);
    const x = dataFor(one);
    const weights = model.getWeights();
    const { gradients } = model.lossAndGradients(x, y);
    const trainable = model.layers.flatMap(({ variables }) => variables.filter((variable) => variable.trainable));
    t.equal(gradients.length, trainable.length, `${one.name}: a gradient for each trainable weight`);
    const places = model.layers.flatMap(({ variables }) => variables).map((variable) => trainable.indexOf(variable));
    const lossAt = (w: number, i: number, step: number): number => {
      const moved = weights.map(({ data, shape }) => ({ data: data.slice(), shape }));
      const { data } = moved[w] as { data: Float32Array };
      data[i] = (data[i] as number) + step;
      model.setWeights(moved);
      return model.lossAndGradients(x, y).loss;
    };
    let [worst, kinks, count] = [0, 0, 0];
    for (const [w, weight] of weights.entries()) {
      const gradient = gradients[places[w] ?? -1];
      for (let i = 0; gradient !== undefined && i < weight.data.length; i += 3, count++) {
        const [coarse, fine] = [2 ** -6, 2 ** -7].map((h) => (lossAt(w, i, h) - lossAt(w, i, -h)) / (2 * h)) as [
          number,
          number,
        ];
        const scale = Math.max(1, Math.abs(fine));
        // Where a kink lies between, there is no slope.
        if (Math.abs(coarse - fine) > 2e-3 * scale) kinks++;
        else worst = Math.max(worst, Math.abs(fine - (gradient.data[i] as number)) / scale);
      }
    }
    t.ok(kinks < count / 3, `${one.name}: ${kinks} kinks of ${count}`);
    t.ok(worst < 1e-2, `${one.name}: off by ${worst}`);
  }
});

t.test('the same bits for every number of threads', async (t) => {
  for (const one of LAYERS) {
    const seen: string[] = [];
    for (const threads of [1, 2, 3, 8]) {
      setThreads(threads);
      const { model } = around(one);
      await model.fit(dataFor(one), y, { epochs: 2, batchSize: 8, seed: 3, shuffle: true, verbose: 0 });
      seen.push(bitsOf(model.getWeights()).join());
    }
    setThreads(2);
    t.equal(new Set(seen).size, 1, one.name);
  }
});

t.test('a graph is what it says: layers in a row, shared layers, several outputs', async (t) => {
  const input = new Input({ shape: [3] });
  const shared = new Dense({ units: 3, activation: 'tanh' });
  const once = shared.apply(input);
  const twice = shared.apply(once);
  const model = new Model({ inputs: input, outputs: [once, twice] });
  const x = [
    [0.1, 0.2, -0.3],
    [1, -1, 0.5],
  ];
  const [first, second] = model.predictSync(x) as [Tensor, Tensor];
  const row = new Sequential([new Input({ shape: [3] }), new Dense({ units: 3, activation: 'tanh' })]);
  row.setWeights(model.getWeights());
  t.strictSame(first.toArray(), row.predictSync(x).toArray());
  t.strictSame(second.toArray(), row.predictSync(first).toArray());
  t.equal(model.countParams(), 12);
});

t.test('losses, weights and metrics by output', async (t) => {
  const input = new Input({ shape: [3] });
  const [a, b] = [new Dense({ units: 1, name: 'a' }), new Dense({ units: 2, name: 'b', activation: 'softmax' })];
  const model = new Model({ inputs: input, outputs: [a.apply(input), b.apply(input)] });
  const x = { data: Float32Array.from(sequence(ROWS * 3)), shape: [ROWS, 3] };
  const [first, second] = [Float32Array.from(sequence(ROWS)), Array.from({ length: ROWS }, (_, i) => i % 2)];
  const lossWeights = { a: 0.25, b: 2 };
  model.compile({ loss: { a: 'mse', b: 'sparse_categorical_crossentropy' }, lossWeights, metrics: { b: ['acc'] } });
  const logs = (await model.evaluate(x, { a: first, b: second })) as Record<string, number>;
  t.strictSame(Object.keys(logs), ['loss', 'a_loss', 'b_loss', 'b_acc']);
  const lossOf = async (layer: Dense, loss: gemsbok.losses.LossName, y: gemsbok.TensorLike): Promise<number> => {
    const one = new Sequential([
      new Input({ shape: [3] }),
      new Dense({ units: layer.units, activation: layer === b ? 'softmax' : null }),
    ]);
    one.setWeights(layer.getWeights());
    one.compile({ loss });
    return ((await one.evaluate(x, y)) as { loss: number }).loss;
  };
  const wanted = { a: await lossOf(a, 'mse', first), b: await lossOf(b, 'sparse_categorical_crossentropy', second) };
  t.ok(Math.abs((logs.a_loss as number) - wanted.a) < 1e-6);
  t.ok(Math.abs((logs.b_loss as number) - wanted.b) < 1e-6);
  t.ok(Math.abs((logs.loss as number) - 0.25 * wanted.a - 2 * wanted.b) < 1e-6);
  const history = await model.fit(x, [first, second], { epochs: 2, verbose: 0, validationSplit: 0.2 });
  t.ok('val_b_acc' in history.history && 'val_a_loss' in history.history);
});

t.test('misuses of graphs', async (t) => {
  const [a, b] = [new Input({ shape: [3] }), new Input({ shape: [2] })];
  const hidden = new Dense({ units: 2 }).apply(a);
  const code = 'ERR_INVALID_ARG';
  t.throws(() => new Model({ inputs: b, outputs: hidden }), { code }, 'an output of another input');
  t.throws(() => new Model({ inputs: [a, b], outputs: hidden }), { code }, 'an input without use');
  t.throws(
    () => new Model({ inputs: new Dense({ units: 1 }), outputs: hidden } as never),
    { code },
    'an input that is none',
  );
  t.throws(() => new Model({ inputs: a, outputs: [] }), { code }, 'no output');
  t.throws(() => new Dense({ units: 2 }).apply([[1, 2]] as never), { code }, 'data');
  t.throws(() => new layers.Add().apply([a]), { code: 'ERR_SHAPE_MISMATCH' }, 'one input of a merge');
  t.throws(() => new layers.Add().apply([a, b]), { code: 'ERR_SHAPE_MISMATCH' }, 'shapes that do not fit');
  const model = new Model({ inputs: [a, b], outputs: new layers.Concatenate().apply([hidden, b]) });
  t.throws(() => model.predictSync([[[1, 2, 3]]]), { code }, 'one array for two inputs');
  t.throws(() => model.predictSync({ nobody: [[1, 2, 3]] }), { code }, 'a name of no input');
  t.throws(
    () =>
      model.predictSync([
        [[1, 2, 3]],
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    { code: 'ERR_SHAPE_MISMATCH' },
    'other numbers of rows',
  );
});

t.test('what does not train stays, and moving statistics move', async (t) => {
  const build = (trainable: boolean): Sequential => {
    const model = new Sequential([
      new Input({ shape: [3] }),
      new BatchNormalization({ momentum: 0.5, trainable }),
      new Dense({ units: 1 }),
    ]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    return model;
  };
  const x = [
    [1, 2, 3],
    [3, 4, 7],
  ];
  const moving = build(true);
  await moving.trainOnBatch(x, [[1], [2]]);
  const [, , mean, variance] = moving.getWeights();
  t.strictSame(mean?.toArray(), [1, 1.5, 2.5], 'half of the batch mean');
  t.strictSame(variance?.toArray(), [1, 1, 2.5], 'half of one and half of the biased variance');
  const frozen = build(false);
  const before = frozen.getWeights().slice(0, 4);
  await frozen.trainOnBatch(x, [[1], [2]]);
  t.strictSame(
    frozen
      .getWeights()
      .slice(0, 4)
      .map((w) => w.toArray()),
    before.map((w) => w.toArray()),
  );
  moving.lossAndGradients(x, [[1], [2]]);
  t.strictSame(moving.getWeights()[2]?.toArray(), [1, 1.5, 2.5], 'gradients alone move nothing');
});

t.test('noise is drawn anew each step, and the same for the same seed', async (t) => {
  const build = (): Sequential => {
    const kernelInitializer = new GlorotUniform({ seed: 1 });
    const model = new Sequential([
      new Input({ shape: [8] }),
      new Dropout({ rate: 0.5, seed: 4 }),
      new Dense({ units: 1, kernelInitializer }),
    ]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    return model;
  };
  const x = { data: Float32Array.from(sequence(64 * 8)), shape: [64, 8] };
  const target = Float32Array.from(sequence(64));
  const runs: Sequential[] = [];
  for (const seed of [1, 1, 2]) {
    const model = build();
    await model.fit(x, target, { epochs: 2, seed, verbose: 0 });
    runs.push(model);
  }
  const [a, b, c] = runs.map((model) => bitsOf(model.getWeights()).join());
  t.equal(a, b);
  t.not(a, c);
});

t.test('encodings and statistics of data', async (t) => {
  const run = (layer: Layer, x: gemsbok.TensorLike, shape: number[]): unknown =>
    new Sequential([new Input({ shape }), layer]).predictSync(x).toArray();
  t.strictSame(run(new Embedding({ inputDim: 3, outputDim: 1, embeddingsInitializer: 'ones' }), [[0, 2]], [2]), [
    [[1], [1]],
  ]);
  t.strictSame(run(new CategoryEncoding({ numTokens: 3, outputMode: 'one_hot' }), [[2], [0]], [1]), [
    [0, 0, 1],
    [1, 0, 0],
  ]);
  t.strictSame(run(new CategoryEncoding({ numTokens: 3, outputMode: 'count' }), [[2, 2]], [2]), [[0, 0, 2]]);
  const bins = new Discretization({ numBins: 4, epsilon: 0.01 });
  bins.adapt(Array.from({ length: 1000 }, (_, i) => i));
  t.equal(bins.binBoundaries?.length, 3);
  for (const [i, boundary] of (bins.binBoundaries ?? []).entries()) t.ok(Math.abs(boundary - 250 * (i + 1)) < 20);
  const layer = new Normalization({ axis: 1 });
  layer.adapt([
    [
      [1, 3],
      [10, 10],
    ],
    [
      [1, 3],
      [30, 30],
    ],
  ]);
  t.strictSame(layer.mean?.toArray(), [2, 20]);
  t.strictSame(layer.variance?.toArray(), [1, 100]);
  t.strictSame(
    run(
      layer,
      [
        [
          [3, 1],
          [30, 10],
        ],
      ],
      [2, 2],
    ),
    [
      [
        [1, -1],
        [1, -1],
      ],
    ],
  );
});

interface GoldenLayer extends GoldenCase {
  readonly class: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly x?: gemsbok.TensorLike;
  readonly inputs?: readonly gemsbok.TensorLike[];
  readonly weights?: readonly gemsbok.TensorLike[];
  readonly adapt?: gemsbok.TensorLike;
  readonly training?: boolean;
  readonly expected?: unknown;
  readonly tolerance?: number;
}

/** Along the batch itself: samples do not know of each other here. */
const LEFT_OUT = ['Softmax_axis0', 'UnitNorm_axis0'];

function outputOf({ inputs, x, adapt, weights }: GoldenLayer, layer: Layer): unknown {
  const values = inputs ?? [x as gemsbok.TensorLike];
  const shapes = values.map((one) => gemsbok.tensor(one).shape.slice(1));
  const sources = shapes.map((shape) => new Input({ shape: shape.length === 0 ? [1] : shape }));
  if (adapt !== undefined) (layer as Normalization).adapt(adapt);
  const model = new Model({ inputs: sources, outputs: layer.apply(sources) });
  if (weights !== undefined) layer.setWeights(weights);
  return (model.predictSync(alone(values)) as Tensor).toArray();
}

t.test("Keras' layers", async (t) => {
  for (const golden of goldenCases<GoldenLayer>('layers')) {
    const { name, expected, training, tolerance = 1e-5 } = golden;
    const Class = (layers as unknown as Record<string, new (options: object) => Layer>)[golden.class];
    if (Class === undefined) throw new Error(`there is no ${golden.class}`);
    const make = (): Layer => new Class(toOptions(golden.args));
    if (golden.expect_error === true) t.throws(make, { code: /^ERR_/ }, name);
    if (training === true || expected === undefined) continue;
    if (LEFT_OUT.includes(name)) {
      t.throws(() => outputOf(golden, make()), { code: 'ERR_OUT_OF_RANGE' }, name);
      continue;
    }
    const [a, b] = [[outputOf(golden, make())], [expected]].map((one) => one.flat(9) as number[]) as [
      number[],
      number[],
    ];
    const errors = b.map((value, i) => Math.abs((a[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value)));
    const worst = Math.max(...errors);
    t.ok(a.length === b.length && worst <= tolerance, `${name}: off by ${worst}`);
  }
});
