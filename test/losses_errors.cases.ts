import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  Circle,
  Dice,
  GaussianNLL,
  Hinge,
  MeanSquaredError,
  SparseCategoricalCrossentropy,
  type TensorLike,
} from 'gemsbok';
import { detached, type Misuse, wrong } from './helpers/misuse';
import { IDENTIFIERS, OPTIONS } from './losses_options_errors.cases';

const mse = new MeanSquaredError();
const sparse = new SparseCategoricalCrossentropy();
const categorical = new CategoricalCrossentropy();
const PROBABILITIES = [
  [0.2, 0.8],
  [0.6, 0.4],
];

const shaped = (shape: unknown): TensorLike => wrong({ data: Float32Array.of(1, 2), shape });

const SHAPES: readonly Misuse[] = [
  {
    what: 'shapes that do not broadcast',
    call: () => mse.compute([[1, 2, 3]], [[1, 2]]),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[1, 2\]/, /\[1, 3\]/, /`yTrue`/],
  },
  {
    what: 'a crossentropy that would broadcast',
    call: () => new BinaryCrossentropy().compute([[1], [0]], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[2, 2\]/, /\[2, 1\]/],
  },
  {
    what: 'one-hot targets for the sparse loss',
    call: () =>
      sparse.compute(
        [
          [0, 1],
          [1, 0],
        ],
        PROBABILITIES,
      ),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/class indices of shape \[2\]/, /\[2, 2\]/, /CategoricalCrossentropy/],
  },
  {
    what: 'class indices for the categorical loss',
    call: () => categorical.compute([1, 0], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[2, 2\]/, /\[2\]/, /SparseCategoricalCrossentropy/],
  },
  {
    what: 'too few class indices',
    call: () => sparse.compute([1], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[2\]/, /\[1\]/],
  },
  {
    what: 'one dimension too many',
    call: () => mse.compute([[[1]], [[2]], [[3]]], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[2, 2\]/, /\[3, 1, 1\]/],
  },
  {
    what: 'scalars',
    call: () => mse.compute(1, 2),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/at least one axis/, /\[\]/],
  },
  {
    what: 'an axis that there is not',
    call: () => new CategoricalCrossentropy({ axis: 5 }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    message: [/from -2 to 1/, /`axis`, received 5/],
  },
  {
    what: 'an axis of several that there is not',
    call: () => new Dice({ axis: [0, -3] }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    message: [/from -2 to 1/, /received -3/],
  },
  {
    what: 'the same axis twice',
    call: () => new Dice({ axis: [1, -1] }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_INVALID_ARG',
    message: /axes that differ/,
  },
  {
    what: 'class indices along another axis',
    call: () => new SparseCategoricalCrossentropy({ axis: 0 }).compute([0, 1], PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    message: /last axis/,
  },
  {
    what: 'embeddings of rank 3',
    call: () => new Circle().compute([[1]], [[[1, 2]]]),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[batch, size\]/, /\[1, 1, 2\]/],
  },
  {
    what: 'means without variances',
    call: () => new GaussianNLL().compute([[1, 2, 3]], [[1, 2, 3]]),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/even/, /a mean and a variance/],
  },
  {
    what: 'as many targets as means and variances',
    call: () => new GaussianNLL().compute([[1, 2]], [[1, 2]]),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[1, 1\]/, /\[1, 2\]/],
  },
  {
    what: 'an alpha for each of too few classes',
    call: () => new CategoricalFocalCrossentropy({ alpha: [1, 2, 3] }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/2 classes/, /`alpha`/],
  },
  {
    what: 'alphas where the classes are not last',
    call: () => new CategoricalFocalCrossentropy({ alpha: [1, 2], axis: 0 }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_UNSUPPORTED',
    message: /last axis/,
  },
  {
    what: 'weights that do not broadcast',
    call: () => mse.compute(PROBABILITIES, PROBABILITIES, { sampleWeight: [1, 2, 3] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/\[2\]/, /\[3\]/, /`sampleWeight`/],
  },
  {
    what: 'a mask that does not broadcast',
    call: () => mse.compute(PROBABILITIES, PROBABILITIES, { mask: [true, false, true] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/`mask`/, /\[3\]/],
  },
  {
    what: 'a mask that does not fit the weights',
    call: () => mse.compute(PROBABILITIES, PROBABILITIES, { mask: [1, 1, 0], sampleWeight: [1, 2] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/`mask`/, /\[2\]/, /\[3\]/],
  },
  {
    what: 'rows without elements',
    call: () => mse.compute([[], []], [[], []]),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/at least one element/, /\[2, 0\]/],
  },
];

const DATA: readonly Misuse[] = [
  ...[-1, 2, 1e9].map(
    (label): Misuse => ({
      what: `the label ${label} of 2 classes`,
      call: () => sparse.compute([0, label], PROBABILITIES),
      code: 'ERR_OUT_OF_RANGE',
      message: [/from 0 to 1/, /`yTrue\[1\]`/, new RegExp(`received ${label}`)],
    }),
  ),
  ...[0.5, Number.NaN, Number.POSITIVE_INFINITY].map(
    (label): Misuse => ({
      what: `the label ${label}`,
      call: () => new CategoricalGeneralizedCrossEntropy().compute([label, 0], PROBABILITIES),
      code: 'ERR_INVALID_ARG',
      message: [/integer/, /`yTrue\[0\]`/],
    }),
  ),
  {
    what: 'a fraction as label of an embedding',
    call: () => new Circle().compute([0, 0.5], PROBABILITIES),
    code: 'ERR_INVALID_ARG',
    message: [/integer/, /`yTrue\[1\]`/],
  },
  {
    what: 'a label that is ignored elsewhere',
    call: () => new SparseCategoricalCrossentropy({ ignoreClass: -1 }).compute([-1, -2], PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    message: /`yTrue\[1\]`/,
  },
  {
    what: 'text among numbers',
    call: () => mse.compute([1, wrong('2')], [1, 2]),
    code: 'ERR_INVALID_ARG',
    message: /a number for `yTrue\[1\]`, received '2'/,
  },
  { what: 'text', call: () => mse.compute(wrong('1'), [1]), code: 'ERR_INVALID_ARG', message: /`yTrue`, received '1'/ },
  { what: 'nothing', call: () => mse.compute(wrong(undefined), [1]), code: 'ERR_INVALID_ARG', message: /`yTrue`/ },
  { what: 'null', call: () => mse.compute([1], wrong(null)), code: 'ERR_INVALID_ARG', message: /`yPred`/ },
  { what: 'an object', call: () => mse.compute([1], wrong({ a: 1 })), code: 'ERR_INVALID_ARG', message: /`yPred`/ },
  {
    what: 'a promise',
    call: () => mse.compute([1], wrong(Promise.resolve(1))),
    code: 'ERR_INVALID_ARG',
    message: /yPred/,
  },
  {
    what: 'ragged rows',
    call: () => mse.compute([[1, 2], [3]], PROBABILITIES),
    code: 'ERR_INVALID_ARG',
    message: [/`yTrue\[1\]`/, /ragged/],
  },
  {
    what: 'an array that is detached',
    call: () => mse.compute([1, 2], detached()),
    code: 'ERR_INVALID_ARG',
    message: [/`yPred`/, /transferred/],
  },
  ...[[Number.NaN], [1.5], wrong('2'), [[2]]].map(
    (shape): Misuse => ({
      what: `the shape ${JSON.stringify(shape)}`,
      call: () => mse.compute([1, 2], shaped(shape)),
      code: 'ERR_INVALID_ARG',
      message: /`yPred\.shape`/,
    }),
  ),
  {
    what: 'a negative size',
    call: () => mse.compute([1, 2], shaped([-2])),
    code: 'ERR_OUT_OF_RANGE',
    message: [/at least 0/, /yPred\.shape/],
  },
  {
    what: 'a shape of another size',
    call: () => mse.compute([1, 2], shaped([3])),
    code: 'ERR_SHAPE_MISMATCH',
    message: [/2 elements/, /\[3\]/],
  },
  {
    what: 'a DataView',
    call: () => mse.compute([1], wrong(new DataView(new ArrayBuffer(4)))),
    code: 'ERR_INVALID_ARG',
    message: /`yPred`/,
  },
  {
    what: 'text as weights',
    call: () => mse.compute([1], [1], { sampleWeight: wrong('heavy') }),
    code: 'ERR_INVALID_ARG',
    message: /`sampleWeight`/,
  },
  {
    what: 'a misspelt option of compute',
    call: () => new Hinge().compute([1], [1], wrong({ sampleWeights: [1] })),
    code: 'ERR_INVALID_ARG',
    message: [/Hinge\.compute/, /Did you mean `sampleWeight`/],
  },
  {
    what: 'weights in the place of the options',
    call: () => mse.compute([1], [1], wrong([1])),
    code: 'ERR_INVALID_ARG',
    message: /one object with the options/,
  },
];

export const LOSSES: readonly Misuse[] = [...OPTIONS, ...IDENTIFIERS, ...SHAPES, ...DATA];
