import {
  Activation,
  ActivityRegularization,
  Add,
  AlphaDropout,
  BatchNormalization,
  CategoryEncoding,
  Concatenate,
  Dense,
  Discretization,
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
  LeakyReLU,
  Normalization,
  OrthogonalRegularizer,
  Permute,
  PReLU,
  Regularizer,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  RMSNormalization,
  Softmax,
  Subtract,
  type Tensor,
  tensor,
  UnitNormalization,
} from 'gemsbok';
import { type Misuse, wrong } from './helpers/misuse';

const on =
  (make: () => Layer, ...shapes: number[][]): (() => unknown) =>
  () =>
    make().apply(shapes.map((shape) => new Input({ shape })));

const ARG = 'ERR_INVALID_ARG';
const RANGE = 'ERR_OUT_OF_RANGE';
const SHAPE = 'ERR_SHAPE_MISMATCH';
const UNSUPPORTED = 'ERR_UNSUPPORTED';

class SumOfFourths extends Regularizer {
  override compute(): number {
    return 0;
  }
  override gradient(): Tensor {
    return tensor([0]);
  }
}

const row = (what: string, code: string, message: RegExp, call: () => unknown): Misuse => ({
  what,
  code,
  message,
  call,
});

export const LAYERS: readonly Misuse[] = [
  row('an unknown activation', ARG, /activation/, () => new Activation({ activation: wrong('rellu') })),
  row('an unknown option', ARG, /`slope`/, () => new LeakyReLU(wrong({ slope: 1 }))),
  row('a negative slope', RANGE, /negativeSlope/, () => new ReLU({ negativeSlope: -0.1 })),
  row('a slope of null', ARG, /negativeSlope/, () => new LeakyReLU(wrong({ negativeSlope: null }))),
  row('a penalty below 0', RANGE, /l1/, () => new ActivityRegularization({ l1: -1 })),
  row('a rate above 1', RANGE, /rate/, () => new Dropout({ rate: 1.5 })),
  row('no rate', ARG, /rate/, () => new Dropout(wrong({}))),
  row('a rate of 1 with nothing to scale', RANGE, /rate/, () => new AlphaDropout({ rate: 1 })),
  ...[new OrthogonalRegularizer(), new SumOfFourths()].flatMap((activityRegularizer) => [
    row(
      `${activityRegularizer.constructor.name} of outputs`,
      UNSUPPORTED,
      /activityRegularizer/,
      () => new Dense({ units: 1, activityRegularizer }),
    ),
    row(
      `${activityRegularizer.constructor.name} of embeddings`,
      UNSUPPORTED,
      /activityRegularizer/,
      () => new Embedding({ inputDim: 2, outputDim: 2, activityRegularizer }),
    ),
  ]),
  row('a rate below 0', RANGE, /rate/, () => new GaussianDropout({ rate: -0.1 })),
  row('a negative deviation', RANGE, /stddev/, () => new GaussianNoise({ stddev: -0.1 })),
  row('a seed that is none', ARG, /seed/, () => new Dropout({ rate: 0.5, seed: wrong('1') })),
  row('a noise shape of text', ARG, /noiseShape/, () => new Dropout({ rate: 0.5, noiseShape: wrong('1') })),
  row('a noise shape of zeros', RANGE, /noiseShape/, () => new Dropout({ rate: 0.5, noiseShape: [null, 0] })),
  row(
    'another noise shape',
    ARG,
    /noiseShape/,
    on(() => new Dropout({ rate: 0.5, noiseShape: [null, 2] }), [3]),
  ),
  row(
    'a batch without an axis',
    RANGE,
    /axis/,
    on(() => new BatchNormalization({ axis: 2 }), [3]),
  ),
  row(
    'the batch as an axis',
    RANGE,
    /axis/,
    on(() => new BatchNormalization({ axis: 0 }), [3]),
  ),
  row('a negative epsilon', RANGE, /epsilon/, () => new BatchNormalization({ epsilon: -1 })),
  row(
    'axes twice',
    ARG,
    /axis/,
    on(() => new LayerNormalization({ axis: [1, -1] }), [3]),
  ),
  row('no axes', ARG, /axis/, () => new LayerNormalization({ axis: [] })),
  row(
    'an axis that is not there',
    RANGE,
    /axis/,
    on(() => new RMSNormalization({ axis: 3 }), [3]),
  ),
  row('an axis of text', ARG, /axis/, () => new UnitNormalization({ axis: wrong('last') })),
  row('no groups', ARG, /groups/, () => new GroupNormalization({ groups: 0 })),
  row(
    'groups that do not divide',
    SHAPE,
    /3 groups/,
    on(() => new GroupNormalization({ groups: 3 }), [4]),
  ),
  row(
    'more groups than channels',
    SHAPE,
    /32 groups/,
    on(() => new GroupNormalization(), [4]),
  ),
  row(
    'a softmax of the batch',
    RANGE,
    /axis/,
    on(() => new Softmax({ axis: 0 }), [4]),
  ),
  row('a softmax along no axis', ARG, /axis/, () => new Softmax({ axis: [] })),
  row(
    'a softmax along an axis twice',
    ARG,
    /axis/,
    on(() => new Softmax({ axis: [1, -1] }), [4]),
  ),
  row(
    'a shared axis that is not there',
    RANGE,
    /sharedAxes/,
    on(() => new PReLU({ sharedAxes: 2 }), [4]),
  ),
  row(
    'another size',
    SHAPE,
    /targetShape/,
    on(() => new Reshape({ targetShape: [4] }), [3]),
  ),
  row('two open sizes', ARG, /targetShape/, () => new Reshape({ targetShape: [-1, -1] })),
  row('an order with a gap', ARG, /dims/, () => new Permute({ dims: [1, 3] })),
  row(
    'an order of other axes',
    SHAPE,
    /inputs/,
    on(() => new Permute({ dims: [2, 1] }), [3]),
  ),
  row('half a repeat', ARG, /`n`/, () => new RepeatVector({ n: 1.5 })),
  row(
    'a repeated matrix',
    SHAPE,
    /inputs/,
    on(() => new RepeatVector({ n: 2 }), [3, 2]),
  ),
  row('no scale', ARG, /scale/, () => new Rescaling(wrong({}))),
  row(
    'another number of scales',
    SHAPE,
    /2/,
    on(() => new Rescaling({ scale: [1, 2] }), [3]),
  ),
  row('a mean without variance', ARG, /variance/, () => new Normalization({ mean: 1 })),
  row('other variances', SHAPE, /variance/, () => new Normalization({ mean: [1, 2], variance: [1] })),
  row('means of more axes', SHAPE, /mean/, () => new Normalization({ mean: [[1]], variance: [[1]] })),
  row(
    'other means',
    SHAPE,
    /mean/,
    on(() => new Normalization({ mean: [1, 2], variance: [1, 1] }), [3]),
  ),
  row('adapting what is given', ARG, /adapt/, () => new Normalization({ mean: 1, variance: 1 }).adapt([[1]])),
  row('adapting to nothing', SHAPE, /data/, () => new Normalization().adapt([])),
  row('adapting to other samples', SHAPE, /data/, () => {
    const layer = new Normalization();
    layer.adapt([[1, 2]]);
    layer.adapt([[1, 2, 3]]);
  }),
  row('an empty data set', ARG, /data/, () => new Normalization().adapt(dataset({ x: [[1]] }).take(0))),
  row('no bins', ARG, /binBoundaries/, () => new Discretization()),
  row('bins twice', ARG, /binBoundaries/, () => new Discretization({ binBoundaries: [0], numBins: 3 })),
  row('bins that do not ascend', ARG, /binBoundaries/, () => new Discretization({ binBoundaries: [1, 0] })),
  row(
    'bins that nobody found',
    ARG,
    /adapt/,
    on(() => new Discretization({ numBins: 3 }), [3]),
  ),
  row('another mode', ARG, /outputMode/, () => new CategoryEncoding({ numTokens: 3, outputMode: wrong('int') })),
  row('no tokens', RANGE, /numTokens/, () => new CategoryEncoding({ numTokens: 0 })),
  row('no vectors', RANGE, /inputDim/, () => new Embedding({ inputDim: 0, outputDim: 3 })),
  row(
    'a mask that is no choice',
    'ERR_INVALID_ARG',
    /maskZero/,
    () => new Embedding(wrong({ inputDim: 2, outputDim: 3, maskZero: 0 })),
  ),
  row(
    'other vectors',
    SHAPE,
    /embeddings/,
    on(() => new Embedding({ inputDim: 2, outputDim: 3, weights: [[1, 2, 3]] }), [1]),
  ),
  row(
    'one summand',
    SHAPE,
    /inputs/,
    on(() => new Add(), [3]),
  ),
  row(
    'summands that do not fit',
    SHAPE,
    /inputs/,
    on(() => new Add(), [3], [2]),
  ),
  row(
    'three of a difference',
    SHAPE,
    /inputs/,
    on(() => new Subtract(), [3], [3], [3]),
  ),
  row(
    'parts that do not fit',
    SHAPE,
    /inputs/,
    on(() => new Concatenate(), [3, 2], [2, 2]),
  ),
  row(
    'the batch as an axis to join',
    RANGE,
    /axis/,
    on(() => new Concatenate({ axis: 0 }), [3], [3]),
  ),
  row('three axes', ARG, /axes/, () => new Dot({ axes: wrong([1, 1, 1]) })),
  row(
    'axes of other lengths',
    SHAPE,
    /inputs/,
    on(() => new Dot({ axes: 1 }), [3], [2]),
  ),
  row(
    'products of the batch',
    RANGE,
    /axes/,
    on(() => new Dot({ axes: 0 }), [3], [3]),
  ),
];
