import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Tensor, tensor } from 'gemsbok';

const load = createRequire(join(process.cwd(), 'package.json'));
load('@tensorflow/tfjs-backend-cpu');
const core = load('@tensorflow/tfjs-core');
const tf = load('@tensorflow/tfjs-layers');

const BATCH = 3;

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization?: object;
}

/** How the numbers of weights are stored. */
export const STORED = {
  float32: (values: Float32Array) => ({ bytes: values, spec: {} }),
  uint8: (values: Float32Array) => steps(values, Uint8Array, 'uint8'),
  uint16: (values: Float32Array) => steps(values, Uint16Array, 'uint16'),
  float16: (values: Float32Array) => ({
    bytes: Uint16Array.from(values, halfOf),
    spec: { quantization: { dtype: 'float16' } },
  }),
};

function steps(values: Float32Array, type: typeof Uint8Array | typeof Uint16Array, dtype: string) {
  const min = Math.min(...values);
  const scale = (Math.max(...values) - min) / 2 ** (8 * type.BYTES_PER_ELEMENT) || 1;
  const most = 2 ** (8 * type.BYTES_PER_ELEMENT) - 1;
  const bytes = new type(Array.from(values, (value) => Math.min(most, Math.round((value - min) / scale))));
  return { bytes, spec: { quantization: { dtype, min, scale } } };
}

/** The bits of a positive number that is neither large nor tiny. */
function halfOf(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  return (exponent + 15) * 1024 + Math.round((value / 2 ** exponent - 1) * 1024);
}

const dense = (units = 4) => tf.layers.dense({ units, activation: 'tanh' });
const after = (inputShape: readonly number[], ...layers: object[]) => {
  const input = tf.layers.inputLayer({ inputShape });
  return tf.sequential({ layers: [input, ...layers] });
};
const around = (name: string, config: object = {}) => {
  return () => after([3], dense(), tf.layers[name](config), dense(2));
};
const activation = (name: string) => () => after([3], tf.layers.dense({ units: 4, activation: name }));
const merged = (name: string) => () => {
  const [a, b] = [tf.input({ shape: [3] }), tf.input({ shape: [3] })];
  const shared = dense();
  return tf.model({ inputs: [a, b], outputs: tf.layers[name]().apply([shared.apply(a), shared.apply(b)]) });
};

/** What TensorFlow.js makes of its own layers. */
export const MADE: Readonly<Record<string, () => unknown>> = {
  ...Object.fromEntries(
    ['elu', 'linear', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax', 'softplus', 'softsign', 'swish', 'tanh'].map(
      (name) => [`activation ${name}`, activation(name)],
    ),
  ),
  ...Object.fromEntries(
    ['add', 'average', 'concatenate', 'maximum', 'minimum', 'multiply'].map((name) => [name, merged(name)]),
  ),
  ...Object.fromEntries(
    ['batchNormalization', 'layerNormalization', 'prelu', 'softmax', 'thresholdedReLU'].map((name) => {
      return [name, around(name)];
    }),
  ),
  'without bias': () => after([3], tf.layers.dense({ units: 4, useBias: false }), dense(2)),
  'with penalties': () =>
    after([3], tf.layers.dense({ units: 4, kernelRegularizer: 'l1l2', kernelConstraint: 'maxNorm' })),
  reLU: around('reLU', { maxValue: 0.5 }),
  leakyReLU: around('leakyReLU', { alpha: 0.2 }),
  dropout: around('dropout', { rate: 0.4 }),
  gaussianNoise: around('gaussianNoise', { stddev: 0.4 }),
  'normalized without scale': around('batchNormalization', { scale: false, center: false }),
  'higher ranks': () =>
    after(
      [2, 3],
      dense(),
      tf.layers.permute({ dims: [2, 1] }),
      tf.layers.reshape({ targetShape: [2, 4] }),
      tf.layers.flatten(),
    ),
  repeatVector: () => after([3], dense(), tf.layers.repeatVector({ n: 2 }), dense()),
  'a model in a model': () => after([3], after([3], dense(3), tf.layers.batchNormalization()), dense(2)),
  'a model in a graph, twice': () => {
    const inner = after([3], dense(3));
    const x = tf.input({ shape: [3] });
    return tf.model({ inputs: x, outputs: inner.apply(inner.apply(x)) });
  },
};

/** The files of a model, in shards of some bytes; samples, and what TensorFlow.js predicts with these files. */
export async function writtenThere(make: () => unknown, stored: keyof typeof STORED, shard: number) {
  const { modelTopology, weightSpecs, weightData } = await artifactsOf(make());
  const values = new Float32Array(weightData);
  let at = 0;
  const parts = (weightSpecs as readonly Spec[]).map((spec) => {
    const from = at;
    at += spec.shape.reduce((a, b) => a * b, 1);
    const { bytes, spec: more } = STORED[stored](values.subarray(from, at));
    return { bytes: Buffer.from(bytes.slice().buffer), spec: { ...spec, ...more } };
  });
  const bytes = new Uint8Array(Buffer.concat(parts.map((part) => part.bytes)));
  const weights = parts.map(({ spec }) => spec);
  const count = Math.ceil(bytes.length / shard);
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  const json = { format: 'layers-model', modelTopology, weightsManifest: [{ paths, weights }] };
  const files: Record<string, Uint8Array> = { 'model.json': Buffer.from(JSON.stringify(json)) };
  for (const [i, path] of paths.entries()) files[path] = bytes.slice(i * shard, (i + 1) * shard);
  const there = await tf.loadLayersModel({
    load: async () => ({ modelTopology, weightSpecs: weights, weightData: bytes.buffer }),
  });
  const x: Tensor[] = there.inputs.map(({ shape: [, ...shape] }: Spec, k: number) => {
    const size = BATCH * shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, (_, i) => 2 * Math.sin(5 * i + k));
    return tensor(data, { shape: [BATCH, ...shape] });
  });
  const given = x.map(({ data, shape }) => core.tensor(data, [...shape], 'float32'));
  const outputs = [there.predict(given.length === 1 ? given[0] : given)].flat();
  return { files, x, expected: outputs.map((one) => [...one.dataSync()] as number[]) };
}

/** With weights that no layer begins with. */
async function artifactsOf(model: unknown) {
  const made = model as {
    readonly getWeights: () => readonly Spec[];
    readonly setWeights: (weights: unknown[]) => void;
    readonly save: (handler: object) => Promise<unknown>;
  };
  made.setWeights(
    made.getWeights().map(({ shape }, k) => core.randomUniform([...shape], 0.1, 1, 'float32', k + 1) as unknown),
  );
  let kept: Record<string, never> = {};
  await made.save({
    save: async (artifacts: Record<string, never>) => {
      kept = artifacts;
      return { modelArtifactsInfo: {} };
    },
  });
  const { modelTopology, weightSpecs, weightData } = kept;
  return { modelTopology, weightSpecs, weightData } as unknown as {
    readonly modelTopology: object;
    readonly weightSpecs: readonly Spec[];
    readonly weightData: ArrayBuffer;
  };
}
