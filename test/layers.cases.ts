import {
  Activation,
  ActivityRegularization,
  Add,
  AlphaDropout,
  Average,
  BatchNormalization,
  Concatenate,
  Constant,
  Dense,
  Dot,
  Dropout,
  ELU,
  Flatten,
  GaussianDropout,
  GaussianNoise,
  GlorotUniform,
  GroupNormalization,
  type Layer,
  LayerNormalization,
  LeakyReLU,
  layers,
  Masking,
  Maximum,
  Minimum,
  Multiply,
  Normalization,
  Permute,
  PReLU,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  RMSNormalization,
  Softmax,
  Subtract,
  UnitNormalization,
} from 'gemsbok';

/** A layer that gradients pass through. */
export interface LayerCase {
  readonly name: string;
  readonly make: () => Layer;
  /** Of one sample of each input. */
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
}

const row = (make: () => Layer, inputs: LayerCase['inputs'], output: readonly number[]): LayerCase => {
  return { name: `${make().className} ${inputs.map((shape) => `[${shape}]`).join(' ')}`, make, inputs, output };
};

const kernelInitializer = new GlorotUniform({ seed: 5 });
const alpha = new Constant({ value: 0.3 });

export const LAYERS: readonly LayerCase[] = [
  row(() => new Dense({ units: 3, activation: 'tanh', kernelInitializer }), [[4]], [3]),
  row(
    () =>
      new Dense({
        units: 3,
        kernelInitializer,
        kernelRegularizer: 'l2',
        biasRegularizer: 'l1',
        activityRegularizer: 'l2',
      }),
    [[2, 4]],
    [2, 3],
  ),
  row(() => new Activation({ activation: 'gelu' }), [[5]], [5]),
  row(() => new ReLU({ maxValue: 2, negativeSlope: 0.1, threshold: 0.01 }), [[5]], [5]),
  row(() => new LeakyReLU(), [[5]], [5]),
  row(() => new ELU({ alpha: 0.5 }), [[5]], [5]),
  row(() => new Softmax(), [[5]], [5]),
  row(() => new Softmax({ axis: 1 }), [[3, 2]], [3, 2]),
  row(() => new Softmax({ axis: [1, 3] }), [[3, 2, 2]], [3, 2, 2]),
  row(() => new PReLU({ alphaInitializer: alpha }), [[5]], [5]),
  row(() => new PReLU({ alphaInitializer: alpha, sharedAxes: [1] }), [[3, 2]], [3, 2]),
  row(() => new Flatten(), [[3, 2]], [6]),
  row(() => new Reshape({ targetShape: [2, -1] }), [[6]], [2, 3]),
  row(() => new Permute({ dims: [2, 1] }), [[3, 2]], [2, 3]),
  row(() => new RepeatVector({ n: 3 }), [[2]], [3, 2]),
  row(() => new layers.Identity(), [[3]], [3]),
  row(() => new ActivityRegularization({ l1: 0.1, l2: 0.2 }), [[3]], [3]),
  row(() => new Dropout({ rate: 0.4, seed: 1 }), [[6]], [6]),
  row(() => new Dropout({ rate: 0.4, seed: 1, noiseShape: [null, 1, 3] }), [[4, 3]], [4, 3]),
  row(() => new AlphaDropout({ rate: 0.3, seed: 1 }), [[6]], [6]),
  row(() => new GaussianNoise({ stddev: 0.3, seed: 1 }), [[6]], [6]),
  row(() => new GaussianDropout({ rate: 0.3, seed: 1 }), [[6]], [6]),
  row(() => new BatchNormalization({ momentum: 0.5 }), [[4]], [4]),
  row(() => new BatchNormalization({ axis: 1, scale: false }), [[3, 2]], [3, 2]),
  row(() => new LayerNormalization(), [[4]], [4]),
  row(() => new LayerNormalization({ axis: [1, 2], center: false }), [[3, 2]], [3, 2]),
  row(() => new GroupNormalization({ groups: 2 }), [[3, 4]], [3, 4]),
  row(() => new RMSNormalization(), [[4]], [4]),
  row(() => new UnitNormalization(), [[4]], [4]),
  row(() => new Rescaling({ scale: [2, 0.5], offset: 1 }), [[3, 2]], [3, 2]),
  row(() => new Normalization({ mean: [1, 2], variance: [4, 0.25] }), [[3, 2]], [3, 2]),
  row(() => new Masking({ maskValue: 5 }), [[3, 2]], [3, 2]),
  row(() => new Add(), [[3], [3], [3]], [3]),
  row(() => new Add(), [[2, 3], [3]], [2, 3]),
  row(() => new Subtract(), [[3], [3]], [3]),
  row(() => new Multiply(), [[3], [3], [1]], [3]),
  row(() => new Average(), [[3], [3]], [3]),
  row(() => new Maximum(), [[3], [3]], [3]),
  row(() => new Minimum(), [[3], [3]], [3]),
  row(() => new Concatenate(), [[3], [2]], [5]),
  row(
    () => new Concatenate({ axis: 1 }),
    [
      [1, 2],
      [3, 2],
    ],
    [4, 2],
  ),
  row(() => new Dot({ axes: 1 }), [[3], [3]], [1]),
  row(
    () => new Dot({ axes: [2, 1], normalize: true }),
    [
      [2, 3],
      [3, 4],
    ],
    [2, 4],
  ),
];
