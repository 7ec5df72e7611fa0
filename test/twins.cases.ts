import {
  AlphaDropout,
  BatchNormalization,
  Dense,
  Dropout,
  dataset,
  type FitOptions,
  GaussianNoise,
  GlorotUniform,
  Input,
  type Layer,
  Masking,
  Model,
  type SGD,
} from 'gemsbok';

export const ROWS = 26;
export const STEPS = 3;
export const FEATURES = 4;
export const UNITS = 2;

type Data = Readonly<Record<string, { readonly data: Float32Array; readonly shape: number[] }>>;

function filled(shape: number[], value: (index: number) => number): { data: Float32Array; shape: number[] } {
  const size = shape.reduce((product, length) => product * length, 1);
  return { data: Float32Array.from({ length: size }, (_, i) => value(i)), shape };
}

/** The last step of every other sample is masked. */
export const x = filled([ROWS, STEPS, FEATURES], (i) => {
  const [row, step] = [Math.floor(i / (STEPS * FEATURES)), Math.floor(i / FEATURES) % STEPS];
  return step === STEPS - 1 && row % 2 === 1 ? 0 : Math.sin(1 + i * 0.7);
});

/** One-hot, so that both losses take it. */
export const y: Data = {
  a: filled([ROWS, STEPS, UNITS], (i) => Number((Math.floor(i / UNITS) * 7) % 3 === 0) ^ (i % UNITS)),
  b: filled([ROWS, STEPS, UNITS], (i) => Number((Math.floor(i / UNITS) * 5) % 4 === 0) ^ (i % UNITS)),
};

export const bySample = Float32Array.from({ length: ROWS }, (_, i) => 0.5 + (i % 4));
export const byStep = filled([ROWS, STEPS], (i) => (i % 5) / 2);

/** What a model is made with. */
export interface Made {
  readonly hidden?: () => Layer[];
  readonly last?: Partial<ConstructorParameters<typeof Dense>[0]>;
  readonly masked?: boolean;
}

export interface TwinCase {
  readonly name: string;
  readonly made?: Made;
  readonly optimizer?: ConstructorParameters<typeof SGD>[0];
  readonly compile?: Readonly<Record<string, unknown>>;
  readonly fit?: FitOptions;
  /** In place of arrays. */
  readonly stream?: boolean;
  /** In place of steps: samples of one row, as weights of classes need. */
  readonly flat?: boolean;
}

/** Every option of `compile` and `fit` that has a part in what is computed. */
export const TWINS: readonly TwinCase[] = [
  { name: 'plain' },
  { name: 'lossWeights', compile: { lossWeights: { a: 0.3, b: 2 } } },
  { name: 'an output of weight 0', compile: { lossWeights: { a: 0, b: 1 } } },
  { name: 'sampleWeight', fit: { sampleWeight: bySample } },
  { name: 'sampleWeight by output', fit: { sampleWeight: { a: bySample, b: null } } },
  { name: 'sampleWeight by step', fit: { sampleWeight: byStep } },
  { name: 'sampleWeight by step at one output', fit: { sampleWeight: { a: byStep, b: bySample } } },
  { name: 'classWeight', flat: true, fit: { classWeight: { 0: 0.5, 1: 3 } } },
  { name: 'mask', made: { masked: true } },
  { name: 'mask and sampleWeight', made: { masked: true }, fit: { sampleWeight: bySample } },
  { name: 'mask and sampleWeight by step', made: { masked: true }, fit: { sampleWeight: byStep } },
  { name: 'regularizers', made: { last: { kernelRegularizer: 'l2', biasRegularizer: 'l1' } } },
  { name: 'activity regularizer', made: { last: { activityRegularizer: 'l2' } } },
  { name: 'constraint', made: { last: { kernelConstraint: 'unit_norm' } } },
  { name: 'lossScaleFactor', optimizer: { lossScaleFactor: 300 } },
  {
    name: 'lossScaleFactor and penalties',
    made: { last: { activityRegularizer: 'l2', kernelRegularizer: 'l2' } },
    optimizer: { lossScaleFactor: 300 },
  },
  { name: 'gradientAccumulationSteps', optimizer: { gradientAccumulationSteps: 2 } },
  { name: 'clipnorm', optimizer: { clipnorm: 0.01 } },
  { name: 'clipvalue', optimizer: { clipvalue: 0.005 } },
  { name: 'globalClipnorm and lossScaleFactor', optimizer: { globalClipnorm: 0.01, lossScaleFactor: 64 } },
  { name: 'weightDecay', optimizer: { weightDecay: 0.1 } },
  { name: 'useEma', optimizer: { useEma: true, emaMomentum: 0.9 } },
  { name: 'metrics', compile: { metrics: { a: ['mae', 'categorical_accuracy'], b: 'mse' } } },
  {
    name: 'weightedMetrics',
    made: { masked: true },
    compile: { metrics: { a: 'mae' }, weightedMetrics: { a: 'mae', b: ['mse'] } },
    fit: { sampleWeight: byStep },
  },
  { name: 'validationSplit', fit: { validationSplit: 0.3, validationFreq: 2, epochs: 4 } },
  { name: 'validationData', fit: { validationData: [x, y, byStep], validationBatchSize: 7, validationSteps: 2 } },
  { name: 'stepsPerEpoch', fit: { stepsPerEpoch: 2 } },
  { name: 'initialEpoch', fit: { initialEpoch: 1 } },
  { name: 'unshuffled', fit: { shuffle: false } },
  { name: 'a large batch', fit: { batchSize: 100 } },
  { name: 'heard batch by batch', fit: { callbacks: [{ onTrainBatchEnd: () => {} }] } },
  { name: 'stream', stream: true },
  { name: 'stream with weights', stream: true, fit: { sampleWeight: byStep, validationData: [x, y] } },
  { name: 'frozen', made: { hidden: () => [new Dense({ units: 3, trainable: false, kernelInitializer: 'ones' })] } },
  { name: 'BatchNormalization', made: { hidden: () => [new BatchNormalization()] } },
  { name: 'Dropout', made: { hidden: () => [new Dropout({ rate: 0.4, seed: 3 })] } },
  {
    name: 'noise',
    made: { hidden: () => [new GaussianNoise({ stddev: 0.1, seed: 4 }), new AlphaDropout({ rate: 0.1, seed: 5 })] },
  },
];

/** The outputs `a` and `b`, of the same weights each time. */
export function twoOutputs({ made = {}, flat = false }: TwinCase): Model {
  const input = new Input({ shape: flat ? [FEATURES] : [STEPS, FEATURES] });
  const layers: Layer[] = [
    ...(made.masked ? [new Masking()] : []),
    new Dense({ units: 5, activation: 'tanh', kernelInitializer: new GlorotUniform({ seed: 1 }) }),
    ...(made.hidden?.() ?? []),
  ];
  const shared = layers.reduce((tensor, layer) => layer.apply(tensor) as typeof tensor, input.output);
  const head = (name: string, seed: number) =>
    new Dense({
      // A penalty keeps the library from computing the loss of the logits, which a twin cannot.
      units: UNITS,
      activation: 'softmax',
      activityRegularizer: { class_name: 'L2', config: { l2: 1e-30 } },
      ...made.last,
      name,
      kernelInitializer: new GlorotUniform({ seed }),
    }).apply(shared);
  return new Model({ inputs: input, outputs: flat ? head('a', 2) : [head('a', 2), head('b', 3)] });
}

const batchOf = ({ data, shape }: Data[string], from: number, to: number) => {
  const size = data.length / (shape[0] ?? 1);
  return { data: data.subarray(from * size, to * size), shape: [to - from, ...shape.slice(1)] };
};

/** The samples in batches, as a stream brings them. */
export function streamed(batchSize: number, sampleWeight: typeof byStep | undefined): ReturnType<typeof dataset> {
  return dataset(
    function* () {
      for (let from = 0; from < ROWS; from += batchSize) {
        const to = Math.min(ROWS, from + batchSize);
        const part = (all: Data[string]) => batchOf(all, from, to);
        const [a, b] = [part(y.a as Data[string]), part(y.b as Data[string])];
        yield { x: part(x), y: { a, b }, sampleWeight: sampleWeight && part(sampleWeight) };
      }
    } as never,
    { batched: true },
  );
}
