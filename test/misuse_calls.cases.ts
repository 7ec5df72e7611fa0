import * as gemsbok from 'gemsbok';
import * as plots from 'gemsbok/plots';
import * as serving from 'gemsbok/serving';
import { wrong } from './helpers/misuse';

/** A call that works, of which the test spoils one argument after the other. */
export interface RightCall {
  readonly name: string;
  /** What is to be called, on objects of its own. */
  readonly call: (...args: readonly unknown[]) => unknown;
  readonly args: readonly unknown[];
}

const x = [
  [0, 1],
  [1, 0],
];
const y = [[0], [1]];

function model(): gemsbok.Sequential {
  const made = new gemsbok.Sequential([
    new gemsbok.Input({ shape: [2] }),
    new gemsbok.Dense({ units: 1, name: 'end' }),
  ]);
  made.compile({ loss: 'mse', advice: false });
  return made;
}

const functional = (): gemsbok.Model => {
  const input = new gemsbok.Input({ shape: [2] });
  return new gemsbok.Model({ inputs: input, outputs: new gemsbok.Dense({ units: 1 }).apply(input) });
};

/** Calls a method of a new object. */
const on =
  (make: () => object, method: string) =>
  (...args: readonly unknown[]): unknown =>
    wrong(make())[method](...args);

const rows = (owner: string, make: () => object, calls: Readonly<Record<string, readonly unknown[]>>): RightCall[] =>
  Object.entries(calls).map(([method, args]) => ({ name: `${owner}.${method}`, call: on(make, method), args }));

const samples = (): gemsbok.Dataset =>
  gemsbok.dataset([
    { x: [0, 1], y: [0] },
    { x: [1, 0], y: [1] },
  ]);
const stream = (): object => samples().batch(2);
const symbolic = (): gemsbok.SymbolicTensor => new gemsbok.Dense({ units: 2 }).apply(new gemsbok.Input({ shape: [2] }));
const decay = (): object => new gemsbok.ExponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 1 });
const scores = [0.2, 0.7, 0.9];
const epochs = { history: { loss: [2, 1] }, epoch: [0, 1] };

export const RIGHT_CALLS: readonly RightCall[] = [
  ...rows('Sequential', model, {
    add: [new gemsbok.Dense({ units: 1 })],
    apply: [symbolic()],
    compile: [{ loss: 'mse' }],
    evaluate: [x, y, { verbose: 0 }],
    fit: [x, y, { verbose: 0 }],
    getLayer: ['end'],
    inputGradients: [x, y, {}],
    lossAndGradients: [x, y, {}],
    predict: [x, {}],
    predictOnBatch: [x],
    predictSync: [x],
    save: ['model.keras'],
    saveWeights: ['model.weights.h5', {}],
    loadWeights: ['model.weights.h5', {}],
    setWeights: [[[[1], [2]], [3]]],
    share: [],
    summary: [{ print: () => {} }],
    testOnBatch: [x, y, {}],
    toBytes: ['keras', {}],
    toJSON: [],
    trainOnBatch: [x, y, {}],
  }),
  ...rows('a Sequential that trains with a stream', model, {
    evaluate: [stream(), { verbose: 0 }],
    fit: [stream(), { verbose: 0 }],
    predict: [stream(), {}],
  }),
  ...rows('Model', functional, { apply: [symbolic()], predict: [x, {}], compile: [{ loss: 'mse' }] }),
  ...rows('Dataset', samples, {
    batch: [2, {}],
    filter: [() => true],
    map: [(element: unknown) => element],
    prefetch: [2],
    repeat: [2],
    shard: [0, 2],
    shuffle: [{ bufferSize: 4 }],
    skip: [1],
    take: [1],
    zip: [samples()],
  }),
  ...rows('Dense', () => new gemsbok.Dense({ units: 2 }), {
    apply: [symbolic()],
    build: [[null, 2]],
    setWeights: [[]],
  }),
  ...rows('Lambda', () => new gemsbok.Lambda({ forward: (input) => input }), { addWeight: [{}], apply: [symbolic()] }),
  ...rows('Huber', () => new gemsbok.Huber(), {
    compute: [[1, 2], [2, 4], {}],
    gradient: [[1, 2], [2, 4], {}],
    valueAndGradient: [[1, 2], [2, 4], {}],
  }),
  ...rows('AUC', () => new gemsbok.AUC(), { updateState: [[0, 1], [0.2, 0.7], {}] }),
  ...rows('Mean', () => new gemsbok.metrics.Mean(), { updateState: [[0, 1], {}] }),
  ...rows('RootMeanSquaredError', () => new gemsbok.RootMeanSquaredError(), { updateState: [[0, 1], [0.2, 0.7], {}] }),
  ...rows('GlorotUniform', () => new gemsbok.GlorotUniform(), { initialize: [[2, 3]] }),
  ...rows('L2', () => new gemsbok.L2(), { compute: [[1, 2]], gradient: [[1, 2]] }),
  ...rows('NonNeg', () => new gemsbok.NonNeg(), { apply: [[1, 2]] }),
  ...rows('ExponentialDecay', decay, { at: [3] }),
  ...rows('Adam', () => new gemsbok.Adam(), {
    apply: [[[1, 1]], [Float32Array.of(1, 2)]],
    excludeFromWeightDecay: [{ varNames: ['bias'] }],
    finalizeVariableValues: [[Float32Array.of(1, 2)]],
    learningRateAt: [3],
    scaleLoss: [3],
  }),
  ...rows('gemsbok', () => gemsbok, {
    averageWeights: [[model(), model()], {}],
    checkGradient: ['mse', [1, 2], [2, 4], {}],
    cloneModel: [model()],
    dataset: [[{ x, y }], {}],
    jsonText: [[1]],
    loadModel: ['model.keras', {}],
    normalize: [x, {}],
    npyBytes: [x],
    readCsv: ['rows.csv', {}],
    registerSerializable: ['mine:Own', class Own extends gemsbok.Layer {}],
    tensor: [x, {}],
    toCategorical: [[0, 1], { numClasses: 2 }],
    toFunction: [model()],
    writeNpy: ['numbers.npy', x],
  }),
  ...rows('losses', () => gemsbok.losses, { huber: [[1, 2], [2, 4], {}] }),
  ...rows('activations', () => gemsbok.activations, { relu: [x, {}], softmax: [x, {}] }),
  ...rows('layers', () => gemsbok.layers, { add: [[symbolic(), symbolic()], {}] }),
  ...rows('plots', () => plots, {
    activationCurves: ['relu', {}],
    calibrationCurve: [[0, 1, 1], scores, {}],
    confusionMatrix: [[0, 1, 1], scores, {}],
    lossCurves: ['mse', {}],
    predictedOverTrue: [[1, 2, 3], scores, {}],
    report: [epochs, model(), {}],
    residuals: [[1, 2, 3], scores, {}],
    rocCurve: [[0, 1, 1], scores, {}],
    scheduleCurves: [decay(), {}],
    trainingCurves: [epochs, {}],
    weightHistograms: [model(), {}],
  }),
  { name: 'LivePlot', call: (options) => new plots.LivePlot(wrong(options)), args: [{}] },
  { name: 'Batcher', call: (...args) => new serving.Batcher(...(args as [never])), args: [model(), {}] },
  ...rows('serving', () => serving, { handler: [{ models: { end: model() } }] }),
];

/** What cannot be called here with anything: why. */
export const NOT_CALLED: Readonly<Record<string, string>> = {
  'datasets.fashionMnist.loadData': 'downloads',
  'datasets.mnist.loadData': 'downloads',
  GemsbokError: 'like `Error`, which takes what can be written as text',
};
