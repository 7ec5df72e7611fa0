import {
  Add,
  BatchNormalization,
  CategoryEncoding,
  Concatenate,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GlorotUniform,
  Input,
  L2,
  Layer,
  layers,
  Masking,
  MeanSquaredError,
  Model,
  Rescaling,
  Sequential,
  SGD,
  type SymbolicTensor,
  setThreads,
  type Tensor,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { dense as denseOf } from './graphs.cases';
import { near } from './helpers/near';
import { sequence } from './helpers/numbers';
import { LAYERS } from './layers.cases';
import { activation } from './oracle/activations';
import { regularizer } from './oracle/constraints';
import { type Call, LAYERS as FORMULAS } from './oracle/layers';
import { at, type Nd, nd, sizeOf } from './oracle/ndarray';
import { slopes } from './oracle/training';

type Floats = Tensor<Float32Array>;
const ROWS = 5;

const array = (shape: readonly number[], seed: number): { data: Float32Array; shape: number[] } => {
  return { data: Float32Array.from(sequence(sizeOf([...shape]), seed)), shape: [...shape] };
};
const asNd = ({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }): Nd => nd([...shape], data);
const first = ({ inputs }: Call): Nd => inputs[0] as Nd;
const named = (name: string, args: object) => (call: Call) => activation(name, args as never, first(call));
const squares = (y: Nd, wanted: Nd): number => {
  return y.data.reduce((sum, value, i) => sum + (value - at(wanted.data, i)) ** 2, 0) / y.data.length;
};

/** What the table of the oracle leaves out. */
const SIMPLE: Record<string, (call: Call) => Nd> = {
  Dense: (call) => {
    const x = first(call);
    const rows = nd([x.data.length / at(x.shape, x.shape.length - 1), at(x.shape, x.shape.length - 1)], x.data);
    return denseOf(rows, call.weights[0] as Nd, call.weights[1] as Nd, String(call.args.activation));
  },
  Activation: named('gelu', {}),
  ReLU: named('relu', { max_value: 2, negative_slope: 0.1, threshold: 0.01 }),
  LeakyReLU: named('leaky_relu', { negative_slope: 0.3 }),
  ELU: named('elu', { alpha: 0.5 }),
};
for (const name of ['Reshape', 'Identity', 'ActivityRegularization']) SIMPLE[name] = first;
for (const name of ['Dropout', 'AlphaDropout', 'GaussianNoise', 'GaussianDropout']) SIMPLE[name] = first;

/** What a layer adds to the loss by its output. */
function penaltyOf(layer: Layer, y: Nd): number {
  if (layer instanceof layers.ActivityRegularization) return regularizer('L1L2', { l1: 0.1, l2: 0.2 }, y) / ROWS;
  if (!(layer instanceof Dense) || layer.activityRegularizer === null) return 0;
  const [kernel, bias] = layer.getWeights().map(asNd) as [Nd, Nd];
  return regularizer('L2', {}, y) / ROWS + regularizer('L2', {}, kernel) + regularizer('L1', {}, bias);
}

/** The squared error as a loss of the user's own. */
class OwnError extends MeanSquaredError {}

t.test('each layer: loss and gradients in inference, by float64 differences', async (t) => {
  for (const { name, make, inputs, output } of LAYERS) {
    const layer = make();
    const sources = inputs.map((shape) => new Input({ shape }));
    const model = new Model({ inputs: sources, outputs: layer.apply(sources) });
    layer.setWeights(
      layer.variables.map(({ size, shape }, v) => ({
        ...array(shape, 90 + v),
        data: Float32Array.from(sequence(size, 90 + v), (value) => value + 1.5),
      })),
    );
    const x = inputs.map((shape, i) => array([ROWS, ...shape], i + 1));
    const y = array([ROWS, ...output], 9);
    const formula = FORMULAS[layer.className] ?? SIMPLE[layer.className];
    const { mean, variance } = layer.getConfig() as Record<string, number[]>;
    const given = mean === undefined || variance === undefined ? null : [nd([2], mean), nd([2], variance)];
    const weights = given ?? layer.getWeights().map(asNd);
    const lossOf = (given: readonly Nd[]): number => {
      const found = formula?.({ inputs: given, weights, args: layer.getConfig() }) ?? nd([0], []);
      return squares(found, asNd(y)) + penaltyOf(layer, found);
    };
    const wanted = x.map((_, i) => slopes(lossOf, x.map(asNd), i));
    for (const loss of ['mse', new OwnError()] as const) {
      model.compile({ loss: loss as 'mse' });
      const found = model.inputGradients(x.length === 1 ? (x[0] as never) : x, y);
      near(t, found.loss, lossOf(x.map(asNd)), 1e-5, `${name}: loss`);
      const gradients = [found.gradients].flat();
      t.equal(gradients.length, x.length, `${name}: a gradient for each input`);
      for (const [i, gradient] of gradients.entries()) {
        near(t, gradient, wanted[i] as Nd, 5e-5, `${name}: by input ${i}`);
      }
    }
  }
});

/** x ** 3, computed on the JavaScript thread. */
class Cube extends Layer {
  readonly modes: boolean[] = [];
  override forward(x: Floats, _weights: readonly Floats[], { training }: { readonly training: boolean }): Float32Array {
    this.modes.push(training);
    return x.data.map((v) => v ** 3);
  }
  override backward(x: Floats, gradient: Floats) {
    return { input: x.data.map((v, i) => 3 * v * v * at(gradient.data, i)) };
  }
}

/** Composed of layers. */
class Twice extends Layer {
  readonly inner = new Dense({ units: 3, activation: 'tanh', kernelInitializer: new GlorotUniform({ seed: 4 }) });
  override call(x: SymbolicTensor): SymbolicTensor {
    return this.inner.apply(this.inner.apply(x));
  }
}

/** Two inputs, of which one is read twice, nested models, layers of the user's own, and outputs of two weights. */
function composed(): {
  model: Model;
  cube: Cube;
  lossOf(x: readonly Nd[]): number;
  y: { data: Float32Array; shape: number[] }[];
} {
  const dense = (units: number, seed: number, activation: 'tanh' | 'softmax' | 'linear') =>
    new Dense({ units, activation, kernelInitializer: new GlorotUniform({ seed }), biasInitializer: 'ones' });
  const [a, b] = [new Input({ shape: [3], name: 'a' }), new Input({ shape: [2], name: 'b' })];
  const norm = new BatchNormalization({ epsilon: 0.01 });
  const inner = new Sequential([new Input({ shape: [3] }), dense(3, 1, 'tanh'), new Dropout({ rate: 0.5 }), norm]);
  const [cube, twice] = [new Cube(), new Twice()];
  const hidden = new Concatenate().apply([inner.apply(a), new Add().apply([a, twice.apply(a)]), cube.apply(b)]);
  const [label, score] = [dense(3, 2, 'softmax'), dense(2, 3, 'linear')];
  const model = new Model({ inputs: [a, b], outputs: [label.apply(hidden), score.apply(hidden)] });
  norm.setWeights([array([3], 20), array([3], 21), array([3], 22), Float32Array.of(0.5, 1, 2)]);
  const y = [
    {
      data: Float32Array.from({ length: 3 * ROWS }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)),
      shape: [ROWS, 3],
    },
    array([ROWS, 2], 8),
  ];
  const weights = (layer: Layer): [Nd, Nd] => layer.getWeights().map(asNd) as [Nd, Nd];
  const lossOf = ([p, q]: readonly Nd[]): number => {
    const lifted = denseOf(p as Nd, ...weights(inner.layers[0] as Layer), 'tanh');
    const left = FORMULAS.BatchNormalization?.({
      inputs: [lifted],
      weights: norm.getWeights().map(asNd),
      args: norm.getConfig(),
    }) as Nd;
    const once = denseOf(p as Nd, ...weights(twice.inner), 'tanh');
    const middle = denseOf(once, ...weights(twice.inner), 'tanh').data.map((value, i) => value + at((p as Nd).data, i));
    const rows = Array.from({ length: ROWS }, (_, row) => [
      ...left.data.slice(3 * row, 3 * row + 3),
      ...middle.slice(3 * row, 3 * row + 3),
      ...(q as Nd).data.slice(2 * row, 2 * row + 2).map((value) => value ** 3),
    ]);
    const joined = nd([ROWS, 8], rows.flat());
    const probabilities = denseOf(joined, ...weights(label), 'softmax');
    const entropy =
      probabilities.data.reduce((sum, value, i) => sum - at(y[0]?.data ?? [], i) * Math.log(value), 0) / ROWS;
    return entropy + 0.3 * squares(denseOf(joined, ...weights(score), 'linear'), asNd(y[1] as never));
  };
  return { model, cube, lossOf, y };
}

t.test('several inputs and outputs, nested models, and layers of the user, whoever computes the loss', async (t) => {
  const { model, cube, lossOf, y } = composed();
  const x = [array([ROWS, 3], 1), array([ROWS, 2], 2)];
  for (const loss of [
    ['categorical_crossentropy', 'mse'],
    ['categorical_crossentropy', new OwnError()],
  ]) {
    model.compile({ optimizer: new SGD({ lossScaleFactor: 1024 }), loss: loss as never, lossWeights: [1, 0.3] });
    const before = model.getWeights();
    const found = model.inputGradients(x, y);
    near(t, found.loss, lossOf(x.map(asNd)), 1e-5, 'loss');
    near(t, found.loss, (await model.testOnBatch(x, y)).loss ?? 0, 1e-6, 'the loss of an evaluation');
    for (const i of [0, 1])
      near(t, (found.gradients as Floats[])[i] as Floats, slopes(lossOf, x.map(asNd), i), 2e-5, `input ${i}`);
    t.strictSame(model.inputGradients(x, y), found, 'nothing is drawn');
    t.strictSame(model.getWeights(), before, 'no weight has changed');
    t.equal(model.iterations, 0);
  }
  t.notOk(cube.modes.includes(true), 'layers are told that nothing trains');
});

t.test('weights of samples, and masks', async (t) => {
  const dense = new Dense({ units: 1 });
  const model = new Sequential([new Input({ shape: [3, 2] }), new Masking(), dense]);
  model.compile({ loss: 'mse' });
  const x = array([2, 3, 2], 1);
  x.data.fill(0, 2, 6); // the last two steps of the first sample
  const y = array([2, 3, 1], 2);
  const [k = 0, l = 0] = dense.getWeights()[0]?.data ?? [];
  const sampleWeight = [2, 3];
  const { gradients } = model.inputGradients(x, y, { sampleWeight });
  const wanted = Float64Array.from(x.data, (_, i) => {
    const step = Math.floor(i / 2);
    if (step === 1 || step === 2) return 0;
    const error = k * at(x.data, 2 * step) + l * at(x.data, 2 * step + 1) - at(y.data, step);
    // Of six steps four count; a loss is divided by them.
    return (2 * error * (i % 2 === 0 ? k : l) * at(sampleWeight, Math.floor(step / 3))) / 4;
  });
  near(t, gradients, nd([2, 3, 2], wanted), 1e-5, 'by x');
});

t.test('many tiles, any number of threads', async (t) => {
  const model = new Sequential([
    new Input({ shape: [40] }),
    new Dense({ units: 64, activation: 'tanh' }),
    new BatchNormalization(),
    new Dense({ units: 4, activation: 'softmax', kernelRegularizer: new L2({ l2: 0.1 }) }),
  ]);
  model.compile({ loss: 'sparse_categorical_crossentropy' });
  const rows = 700;
  const [x, y] = [array([rows, 40], 3), Int32Array.from({ length: rows }, (_, i) => i % 4)];
  const found = [1, 2, 3].map((threads) => {
    setThreads(threads);
    return model.inputGradients(x, y).gradients;
  });
  setThreads(2);
  t.strictSame(found[1], found[0], 'two threads');
  t.strictSame(found[2], found[0], 'three threads');
  // A sample's gradient knows nothing of the others, but for how many they are.
  for (const row of [0, 333, 699]) {
    const alone = { data: x.data.slice(40 * row, 40 * row + 40), shape: [1, 40] };
    const own = model.inputGradients(alone, y.slice(row, row + 1)).gradients.data.map((value) => value / rows);
    near(
      t,
      { data: found[0]?.data.slice(40 * row, 40 * row + 40) ?? [], shape: [40] },
      { data: own, shape: [40] },
      1e-7,
      `row ${row}`,
    );
  }
});

t.test('bytes, an input that is the output, and a loss without weights', async (t) => {
  const picture = new Sequential([new Input({ shape: [2, 2] }), new Rescaling({ scale: 0.5 }), new Flatten()]);
  const total = (yTrue: Floats, yPred: Floats) => ({
    value: Float32Array.from({ length: yTrue.shape[0] ?? 0 }, (_, row) =>
      yPred.data.slice(4 * row, 4 * row + 4).reduce((a, b) => a + b, 0),
    ),
    gradient: { data: yPred.data.map(() => 1), shape: yPred.shape },
  });
  picture.compile({ loss: total });
  const { loss, gradients } = picture.inputGradients(Uint8Array.of(2, 4, 6, 8), [[0, 0, 0, 0]]);
  t.equal(loss, 10);
  t.strictSame(gradients.toArray(), [
    [
      [0.5, 0.5],
      [0.5, 0.5],
    ],
  ]);
  t.equal(picture.lossAndGradients(Uint8Array.of(2, 4, 6, 8), [[0, 0, 0, 0]]).loss, 10, 'of lossAndGradients, too');
  const input = new Input({ shape: [1] });
  const both = new Model({ inputs: input, outputs: [input.output, new Rescaling({ scale: 3 }).apply(input)] });
  both.compile({ loss: 'mse' });
  t.strictSame((both.inputGradients([[2]], [[0], [0]]).gradients as Floats).toArray(), [[2 * 2 + 2 * 6 * 3]]);
});

t.test('what is refused', async (t) => {
  const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
  t.throws(() => model.inputGradients([[1, 2]], [[1]]), { code: 'ERR_NOT_COMPILED' });
  model.compile({ loss: 'mse' });
  t.throws(() => model.inputGradients([[1, 2, 3]], [[1]]), { code: 'ERR_SHAPE_MISMATCH' });
  t.throws(() => model.inputGradients([[1, 2]], [[1]], { weights: 1 } as never), { code: 'ERR_INVALID_ARG' });

  const [ids, x] = [new Input({ shape: [2], name: 'ids' }), new Input({ shape: [2] })];
  const embedding = new Embedding({ inputDim: 3, outputDim: 2, name: 'table' });
  const joined = new Concatenate().apply([new Flatten().apply(embedding.apply(ids)), x]);
  const mixed = new Model({ inputs: [ids, x], outputs: new Dense({ units: 1 }).apply(joined) });
  mixed.compile({ loss: 'mse' });
  const message =
    /^Expected inputs that are numbers, as an index has no gradient, for `x`, received `ids`, of which `table` takes indices\. /;
  t.throws(() => mixed.inputGradients([[[0, 2]], [[1, 2]]], [[1]]), { code: 'ERR_UNSUPPORTED', message });
  const encoding = new Sequential([
    new Input({ shape: [2] }),
    new Flatten(),
    new CategoryEncoding({ numTokens: 3 }),
    new Dense({ units: 1 }),
  ]);
  encoding.compile({ loss: 'mse' });
  t.throws(() => encoding.inputGradients([[0, 2]], [[1]]), { code: 'ERR_UNSUPPORTED' });

  // As the message says.
  const behind = new Model({ inputs: [embedding.output, x], outputs: mixed.outputs });
  behind.compile({ loss: 'mse' });
  const { gradients } = behind.inputGradients(
    [
      [
        [
          [0, 1],
          [2, 3],
        ],
      ],
      [[1, 2]],
    ],
    [[1]],
  );
  t.strictSame(
    (gradients as Floats[]).map(({ shape }) => shape),
    [
      [1, 2, 2],
      [1, 2],
    ],
  );
});

function checkTypes(t: Test): void {
  const one: Floats = new Sequential([new Input({ shape: [1] }), new Dense({ units: 1 })]).inputGradients(
    [[1]],
    [[1]],
  ).gradients;
  const [a, b] = [new Input({ shape: [1] }), new Input({ shape: [1] })];
  const model = new Model({ inputs: [a, b], outputs: new Add().apply([a, b]) });
  const [p, q]: Floats[] = model.inputGradients([[[1]], [[1]]], [[1]]).gradients;
  t.ok(one && p && q);
}
t.throws(() => checkTypes(t), { code: 'ERR_NOT_COMPILED' });
