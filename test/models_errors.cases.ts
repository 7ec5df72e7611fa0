import {
  Adam,
  Dense,
  Discretization,
  Flatten,
  GlorotUniform,
  getThreads,
  Input,
  MeanIoU,
  Sequential,
  SGD,
  setRandomSeed,
  setThreads,
} from 'gemsbok';
import { detached, type Misuse, wrong } from './helpers/misuse';
import { CLASSES, classifier, INPUTS, ROWS, x, y } from './models.cases';

const oneHotTargets = { data: new Float32Array(ROWS * CLASSES), shape: [ROWS, CLASSES] };
const fit = (options: object): Promise<unknown> => classifier().fit(x, y, { verbose: 0, ...options });

export const MODELS: readonly Misuse[] = [
  {
    what: 'no units',
    call: () => new Dense(wrong({})),
    code: 'ERR_INVALID_ARG',
    message: /`units`, received undefined/,
  },
  { what: 'zero units', call: () => new Dense({ units: 0 }), code: 'ERR_OUT_OF_RANGE', message: /`units`, received 0/ },
  {
    what: 'units that are no integer',
    call: () => new Dense({ units: 1.5 }),
    code: 'ERR_INVALID_ARG',
    message: /an integer for `units`, received 1\.5/,
  },
  {
    what: 'an unknown activation',
    call: () => new Dense({ units: 1, activation: wrong('rellu') }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean 'relu'\?/,
  },
  {
    what: 'something that is no layer',
    call: () => new Sequential([wrong({})]),
    code: 'ERR_INVALID_ARG',
    message: /`layer`/,
  },
  {
    what: 'an Input after a layer',
    call: () => new Sequential([new Flatten(), new Input({ shape: [2] })]),
    code: 'ERR_INVALID_ARG',
    message: /Put it first/,
  },
  {
    what: 'an unknown size',
    call: () => new Input({ shape: [wrong(null)] }),
    code: 'ERR_INVALID_ARG',
    message: /each size known, for `shape`/,
  },
  {
    what: 'a model that does not fit into memory',
    call: () => new Sequential([new Input({ shape: [1e6] }), new Dense({ units: 1e6 })]),
    code: 'ERR_OUT_OF_MEMORY',
    message: /1000000, 1000000/,
  },
  {
    what: 'an array that does not fit into memory',
    call: () => new GlorotUniform().initialize([2 ** 20, 2 ** 20]),
    code: 'ERR_OUT_OF_MEMORY',
    message: /`shape`/,
  },
  {
    what: 'fit before compile',
    call: () => new Sequential([new Dense({ units: 1 })]).fit([[1]], [1]),
    code: 'ERR_NOT_COMPILED',
    message: /Call `compile` first/,
  },
  {
    what: 'compile without a loss',
    call: () => {
      const model = new Sequential([new Dense({ units: 1 })]);
      model.compile({ optimizer: 'sgd' });
      return model.fit([[1]], [1]);
    },
    code: 'ERR_NOT_COMPILED',
    message: /Pass `loss` to `compile`/,
  },
  {
    what: 'an unknown loss',
    call: () => classifier().compile({ loss: wrong('mean_squared_eror') }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean/,
  },
  {
    what: 'a class that is no loss',
    call: () => classifier().compile({ loss: wrong(MeanIoU) }),
    code: 'ERR_INVALID_ARG',
    message: /`loss`, received the function MeanIoU/,
  },
  {
    what: 'a layer that was not adapted',
    call: () => new Sequential([new Input({ shape: [2] }), new Discretization({ numBins: 3 })]),
    code: 'ERR_INVALID_ARG',
    message: /boundaries in the layer/,
  },
  {
    what: 'a layer of an empty model',
    call: () => new Sequential([]).pop(),
    code: 'ERR_INVALID_ARG',
    message: /with a layer to take away/,
  },
  {
    what: 'an unknown optimizer',
    call: () => classifier().compile({ optimizer: wrong('adan'), loss: 'mse' }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean 'adam'\?/,
  },
  {
    what: 'an unknown metric',
    call: () => classifier().compile({ loss: 'mse', metrics: [wrong('acuracy')] }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean/,
  },
  {
    what: 'metrics that are no list',
    call: () => classifier().compile({ loss: 'mse', metrics: wrong('acc') }),
    code: 'ERR_INVALID_ARG',
    message: /`metrics`/,
  },
  {
    what: 'an unknown argument of an optimizer',
    call: () => new Adam(wrong({ lr: 0.1 })),
    code: 'ERR_INVALID_ARG',
    message: /`lr`/,
  },
  {
    what: 'a momentum beyond 1',
    call: () => new SGD({ momentum: 2 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`momentum`, received 2/,
  },
  {
    what: 'weights of another shape',
    call: () => classifier().setWeights([[1], [2], [3], [4]]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`weights\[0\]`/,
  },
  { what: 'too few weights', call: () => classifier().setWeights([]), code: 'ERR_INVALID_ARG', message: /4 arrays/ },
  {
    what: 'an unknown layer',
    call: () => classifier().getLayer('none'),
    code: 'ERR_INVALID_ARG',
    message: /There are:/,
  },
];

export const RUNS: readonly Misuse[] = [
  { what: 'zero epochs', call: () => fit({ epochs: 0 }), code: 'ERR_OUT_OF_RANGE', message: /`epochs`, received 0/ },
  {
    what: 'a negative batch size',
    call: () => fit({ batchSize: -1 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`batchSize`, received -1/,
  },
  {
    what: 'a batch size that is no number',
    call: () => fit({ batchSize: '32' }),
    code: 'ERR_INVALID_ARG',
    message: /`batchSize`, received '32'/,
  },
  {
    what: 'an unknown option',
    call: () => fit({ epoch: 3 }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `epochs`\?/,
  },
  {
    what: 'a validation split of 1',
    call: () => fit({ validationSplit: 1 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`validationSplit`, received 1/,
  },
  {
    what: 'a split that leaves nothing',
    call: () => fit({ validationSplit: 0.999 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /0 of 50/,
  },
  {
    what: 'class and sample weights',
    call: () => fit({ classWeight: { 0: 2 }, sampleWeight: new Float32Array(ROWS) }),
    code: 'ERR_INVALID_ARG',
    message: /`classWeight`/,
  },
  {
    what: 'a signal that is none',
    call: () => fit({ signal: {} }),
    code: 'ERR_INVALID_ARG',
    message: /an AbortSignal/,
  },
  {
    what: 'half of a signal',
    call: () => fit({ signal: { aborted: false, addEventListener() {} } }),
    code: 'ERR_INVALID_ARG',
    message: /an AbortSignal for `signal`, received an object/,
  },
  {
    what: 'a callback without hooks',
    call: () => fit({ callbacks: [{}] }),
    code: 'ERR_INVALID_ARG',
    message: /at least one hook/,
  },
  {
    what: 'a negative initial epoch',
    call: () => fit({ initialEpoch: -1, epochs: 1 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`initialEpoch`/,
  },
  {
    what: 'samples of another shape',
    call: () => classifier().fit([[1, 2]], [0]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[batch, 6\] for `x`, received shape \[1, 2\]/,
  },
  {
    what: 'no samples',
    call: () => classifier().fit({ data: new Float32Array(0), shape: [0, INPUTS] }, []),
    code: 'ERR_SHAPE_MISMATCH',
    message: /at least one sample for `x`/,
  },
  { what: 'an empty array', call: () => classifier().evaluate([], []), code: 'ERR_SHAPE_MISMATCH', message: /`x`/ },
  {
    what: 'fewer targets than samples',
    call: () => classifier().fit(x, [0, 1]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /50 targets.*`y`, received shape \[2\]/,
  },
  {
    what: 'a label beyond the outputs',
    call: () =>
      classifier().fit(
        x,
        y.map((label) => label + 1),
      ),
    code: 'ERR_OUT_OF_RANGE',
    message: /`y\[2\]`, received 3/,
  },
  {
    what: 'one-hot targets in fit',
    call: () => classifier().fit(x, oneHotTargets),
    code: 'ERR_SHAPE_MISMATCH',
    message: /CategoricalCrossentropy/,
  },
  {
    what: 'wrong sample weights',
    call: () => fit({ sampleWeight: [1, 2] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /one weight for each of the 50 samples/,
  },
  {
    what: 'an array transferred before fit',
    call: () => classifier().fit(detached(), y),
    code: 'ERR_INVALID_ARG',
    message: /`x`.*transferred/,
  },
  { what: 'a verbosity that is none', call: () => fit({ verbose: 3 }), code: 'ERR_INVALID_ARG', message: /`verbose`/ },
  {
    what: 'validation data that is none',
    call: () => fit({ validationData: [x] }),
    code: 'ERR_INVALID_ARG',
    message: /`validationData`/,
  },
];

export const PROCESS: readonly Misuse[] = [
  { what: 'zero threads', call: () => setThreads(0), code: 'ERR_OUT_OF_RANGE', message: /`threads`, received 0/ },
  {
    what: 'too many threads',
    call: () => setThreads(getThreads() + 1024),
    code: 'ERR_OUT_OF_RANGE',
    message: /`threads`/,
  },
  {
    what: 'a seed that is no integer',
    call: () => setRandomSeed(0.5),
    code: 'ERR_INVALID_ARG',
    message: /`seed`, received 0\.5/,
  },
];
