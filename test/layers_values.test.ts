import {
  AlphaDropout,
  BatchNormalization,
  Dense,
  Dot,
  Dropout,
  dataset,
  Embedding,
  GaussianDropout,
  GaussianNoise,
  GroupNormalization,
  Input,
  type Layer,
  LayerNormalization,
  layers,
  Model,
  Normalization,
  PReLU,
  Sequential,
  Softmax,
  Subtract,
  type Tensor,
} from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';
import { sequence } from './helpers/numbers';
import { LAYERS, type LayerCase } from './layers.cases';
import * as oracle from './oracle/layers';
import { nd, sizeOf } from './oracle/ndarray';

const ROWS = 7;

/** Options that the rows for gradients leave out. */
const FURTHER: readonly Pick<LayerCase, 'make' | 'inputs'>[] = [
  { make: () => new LayerNormalization({ axis: [2, 1], scale: false }), inputs: [[3, 4]] },
  { make: () => new LayerNormalization({ axis: 1, epsilon: 0.5 }), inputs: [[3, 4]] },
  { make: () => new GroupNormalization({ groups: -1, axis: 1 }), inputs: [[3, 4]] },
  { make: () => new BatchNormalization({ axis: 2, center: false, epsilon: 0.1 }), inputs: [[3, 4, 2]] },
  { make: () => new Softmax({ axis: -2 }), inputs: [[2, 3, 4]] },
  { make: () => new Softmax({ axis: [3, 2] }), inputs: [[2, 3, 4]] },
  { make: () => new Softmax({ axis: [1, -1] }), inputs: [[2, 3, 4]] },
  { make: () => new Softmax({ axis: [1] }), inputs: [[2, 3, 4]] },
  { make: () => new PReLU({ sharedAxes: 2 }), inputs: [[3, 4]] },
  { make: () => new Normalization({ axis: [1, 2] }), inputs: [[3, 4]] },
  { make: () => new Normalization({ axis: 1, invert: true }), inputs: [[3, 4]] },
  { make: () => new Normalization({ axis: null }), inputs: [[3, 4]] },
  { make: () => new Normalization(), inputs: [[300]] },
  { make: () => new Dot({ axes: -1 }), inputs: [[2, 3], [3]] },
  { make: () => new Subtract(), inputs: [[4], [3, 1]] },
  { make: () => new Embedding({ inputDim: 2, outputDim: 3 }), inputs: [[2, 2]] },
];

/** Different numbers for all weights, above 0 where roots are drawn of them. */
function setWeights(layer: Layer): void {
  layer.setWeights(
    layer.variables.map(({ name, size, shape }, v) => ({
      data: Float32Array.from(sequence(size, 90 + v), (value) => (name.endsWith('variance') ? value + 1.5 : value)),
      shape: [...shape],
    })),
  );
}

t.test('values are those of the oracle', async (t) => {
  const seen = new Set<string>();
  for (const { make, inputs } of [...LAYERS, ...FURTHER]) {
    const layer = make();
    const reference = oracle.LAYERS[layer.className];
    if (reference === undefined || layer.getConfig().mean) continue;
    seen.add(layer.className);
    const sources = inputs.map((shape) => new Input({ shape }));
    const model = new Model({ inputs: sources, outputs: layer.apply(sources) });
    setWeights(layer);
    const x = inputs.map((shape, i) => {
      const data = Float32Array.from(sequence(ROWS * sizeOf([...shape]), i + 1), (value) =>
        layer instanceof Embedding ? Number(value > 0) : value,
      );
      return { data, shape: [ROWS, ...shape] };
    });
    const found = model.predictSync(x.length === 1 ? (x[0] as never) : x) as Tensor;
    const wanted = reference({
      inputs: x.map(({ data, shape }) => nd(shape, data)),
      weights: layer.getWeights().map(({ data, shape }) => nd([...shape], data)),
      args: layer.getConfig(),
    });
    near(t, found, wanted, 1e-5, `${layer.className} ${JSON.stringify(inputs)}`);
  }
  t.strictSame([...seen].sort(), Object.keys(oracle.LAYERS).sort(), 'every layer of the oracle was compared');
});

/** Mean, variance and fraction of a value among what a layer makes of ones in training. */
async function trained(layer: Layer): Promise<{ mean: number; variance: number; values: Float32Array }> {
  const width = 200;
  const model = new Sequential([
    new Input({ shape: [width] }),
    layer,
    new BatchNormalization({ momentum: 0, center: false, scale: false }),
    new Dense({ units: 1 }),
  ]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  const x = { data: new Float32Array(400 * width).fill(1), shape: [400, width] };
  await model.fit(x, new Float32Array(400), { batchSize: 400, epochs: 1, verbose: 0, seed: 1 });
  // What the second layer saw: its statistics are those of the batch.
  const [mean, variance] = model.getWeights() as [Tensor<Float32Array>, Tensor<Float32Array>];
  const average = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean: average(mean.data), variance: average(variance.data), values: mean.data };
}

t.test('moments of noise', async (t) => {
  for (const rate of [0, 0.1, 0.5, 0.9]) {
    const { mean, variance } = await trained(new Dropout({ rate, seed: 5 }));
    t.ok(Math.abs(mean - 1) < 0.03, `Dropout ${rate}: mean ${mean}`);
    t.ok(Math.abs(variance - rate / (1 - rate)) < 0.03 * (1 + rate / (1 - rate) ** 2), `variance ${variance}`);
    const noise = await trained(new GaussianDropout({ rate, seed: 5 }));
    t.ok(
      Math.abs(noise.mean - 1) < 0.03 && Math.abs(noise.variance / (rate / (1 - rate) || 1) - Number(rate > 0)) < 0.05,
      `GaussianDropout ${rate}: ${noise.mean}, ${noise.variance}`,
    );
  }
  const all = await trained(new Dropout({ rate: 1 }));
  t.strictSame([all.mean, all.variance], [0, 0], 'a rate of 1 leaves nothing');
  const added = await trained(new GaussianNoise({ stddev: 0.5, seed: 5 }));
  t.ok(Math.abs(added.mean - 1) < 0.01 && Math.abs(added.variance - 0.25) < 0.01, 'GaussianNoise');
  // Of ones: kept ones and saturated ones, scaled and shifted as Klambauer et al. have it.
  const [rate, low] = [0.3, -1.7580993408473766];
  const a = ((1 - rate) * (1 + rate * low ** 2)) ** -0.5;
  const wanted = a * ((1 - rate) * 1 + rate * low) - a * low * rate;
  const alpha = await trained(new AlphaDropout({ rate, seed: 5 }));
  t.ok(Math.abs(alpha.mean - wanted) < 0.01, `AlphaDropout: mean ${alpha.mean}, wanted ${wanted}`);
  const shared = await trained(new Dropout({ rate: 0.5, seed: 5, noiseShape: [1, null] }));
  t.equal(shared.variance, 0, 'shared by the batch');
  t.strictSame([...new Set(shared.values)].sort(), [0, 2]);
});

t.test('Normalization holds what it finds', async (t) => {
  const x = { data: Float32Array.from(sequence(60), (value) => 1000 + value), shape: [10, 3, 2] };
  for (const axis of [-1, 1, [1, 2], null]) {
    const [once, batches, rows] = [0, 1, 2].map(() => new Normalization({ axis })) as [
      Normalization,
      Normalization,
      Normalization,
    ];
    once.adapt(x);
    await batches.adapt(dataset({ x }).batch(4));
    await rows.adapt(dataset({ x }));
    for (const other of [batches, rows]) {
      near(t, other.mean as Tensor, once.mean as Tensor, 1e-6, `mean, axis ${axis}`);
      near(t, other.variance as Tensor, once.variance as Tensor, 1e-4, `variance, axis ${axis}`);
    }
    t.strictSame(
      once.variables.map(({ name, trainable }) => [name, trainable]),
      [
        ['mean', false],
        ['variance', false],
        ['count', false],
      ],
    );
    const model = new Sequential([new Input({ shape: [3, 2] }), once]);
    const before = model.predictSync(x);
    const values = [...before.data];
    t.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length) < 1e-2, 'mean 0');
    t.ok(Math.abs(values.reduce((sum, value) => sum + value ** 2, 0) / values.length - 1) < 1e-2, 'variance 1');
    once.adapt({ data: x.data.map((value) => 2 * value), shape: x.shape });
    t.notSame(model.predictSync(x).data, before.data, 'a model that uses the layer already follows');
    const again = layers.deserialize(JSON.parse(JSON.stringify(layers.serialize(batches))));
    t.strictSame(again.getConfig(), batches.getConfig());
  }
});

t.test("a Discretization's config has what Keras' class takes, and no more", async (t) => {
  const { name, dtype, ...config } = new layers.Discretization({ binBoundaries: [0, 1] }).getConfig();
  t.strictSame(config, {
    bin_boundaries: [0, 1],
    num_bins: null,
    epsilon: 0.01,
    output_mode: 'int',
    sparse: false,
  });
});
