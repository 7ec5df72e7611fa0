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
import { any, IDENTIFIERS, type Misuse, OPTIONS } from './losses_options.cases';

const mse = new MeanSquaredError();
const sparse = new SparseCategoricalCrossentropy();
const categorical = new CategoricalCrossentropy();
const PROBABILITIES = [
  [0.2, 0.8],
  [0.6, 0.4],
];

function detached(): Float32Array {
  const data = Float32Array.of(1, 2);
  structuredClone(data, { transfer: [data.buffer] });
  return data;
}

const shaped = (shape: unknown): TensorLike => any({ data: Float32Array.of(1, 2), shape });

const SHAPES: readonly Misuse[] = [
  {
    what: 'shapes that do not broadcast',
    call: () => mse.compute([[1, 2, 3]], [[1, 2]]),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[1, 2\]/, /\[1, 3\]/, /`yTrue`/],
  },
  {
    what: 'a crossentropy that would broadcast',
    call: () => new BinaryCrossentropy().compute([[1], [0]], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[2, 2\]/, /\[2, 1\]/],
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
    tells: [/class indices of shape \[2\]/, /\[2, 2\]/, /CategoricalCrossentropy/],
  },
  {
    what: 'class indices for the categorical loss',
    call: () => categorical.compute([1, 0], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[2, 2\]/, /\[2\]/, /SparseCategoricalCrossentropy/],
  },
  {
    what: 'too few class indices',
    call: () => sparse.compute([1], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[2\]/, /\[1\]/],
  },
  {
    what: 'one dimension too many',
    call: () => mse.compute([[[1]], [[2]], [[3]]], PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[2, 2\]/, /\[3, 1, 1\]/],
  },
  { what: 'scalars', call: () => mse.compute(1, 2), code: 'ERR_SHAPE_MISMATCH', tells: [/at least one axis/, /\[\]/] },
  {
    what: 'an axis that there is not',
    call: () => new CategoricalCrossentropy({ axis: 5 }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    tells: [/from -2 to 1/, /`axis`, received 5/],
  },
  {
    what: 'an axis of several that there is not',
    call: () => new Dice({ axis: [0, -3] }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    tells: [/from -2 to 1/, /received -3/],
  },
  {
    what: 'the same axis twice',
    call: () => new Dice({ axis: [1, -1] }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_INVALID_ARG',
    tells: [/axes that differ/],
  },
  {
    what: 'class indices along another axis',
    call: () => new SparseCategoricalCrossentropy({ axis: 0 }).compute([0, 1], PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    tells: [/last axis/],
  },
  {
    what: 'embeddings of rank 3',
    call: () => new Circle().compute([[1]], [[[1, 2]]]),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[batch, size\]/, /\[1, 1, 2\]/],
  },
  {
    what: 'means without variances',
    call: () => new GaussianNLL().compute([[1, 2, 3]], [[1, 2, 3]]),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/even/, /a mean and a variance/],
  },
  {
    what: 'as many targets as means and variances',
    call: () => new GaussianNLL().compute([[1, 2]], [[1, 2]]),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[1, 1\]/, /\[1, 2\]/],
  },
  {
    what: 'an alpha for each of too few classes',
    call: () => new CategoricalFocalCrossentropy({ alpha: [1, 2, 3] }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/2 classes/, /`alpha`/],
  },
  {
    what: 'alphas where the classes are not last',
    call: () => new CategoricalFocalCrossentropy({ alpha: [1, 2], axis: 0 }).compute(PROBABILITIES, PROBABILITIES),
    code: 'ERR_UNSUPPORTED',
    tells: [/last axis/],
  },
  {
    what: 'weights that do not broadcast',
    call: () => mse.compute(PROBABILITIES, PROBABILITIES, { sampleWeight: [1, 2, 3] }),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/\[2\]/, /\[3\]/, /`sampleWeight`/],
  },
  {
    what: 'a mask that does not broadcast',
    call: () => mse.compute(PROBABILITIES, PROBABILITIES, { mask: [true, false, true] }),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/`mask`/, /\[3\]/],
  },
  {
    what: 'a mask that does not fit the weights',
    call: () => mse.compute(PROBABILITIES, PROBABILITIES, { mask: [1, 1, 0], sampleWeight: [1, 2] }),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/`mask`/, /\[2\]/, /\[3\]/],
  },
  {
    what: 'rows without elements',
    call: () => mse.compute([[], []], [[], []]),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/at least one element/, /\[2, 0\]/],
  },
];

const DATA: readonly Misuse[] = [
  ...[-1, 2, 1e9].map(
    (label): Misuse => ({
      what: `the label ${label} of 2 classes`,
      call: () => sparse.compute([0, label], PROBABILITIES),
      code: 'ERR_OUT_OF_RANGE',
      tells: [/from 0 to 1/, /`yTrue\[1\]`/, new RegExp(`received ${label}`)],
    }),
  ),
  ...[0.5, Number.NaN, Number.POSITIVE_INFINITY].map(
    (label): Misuse => ({
      what: `the label ${label}`,
      call: () => new CategoricalGeneralizedCrossEntropy().compute([label, 0], PROBABILITIES),
      code: 'ERR_INVALID_ARG',
      tells: [/integer/, /`yTrue\[0\]`/],
    }),
  ),
  {
    what: 'a fraction as label of an embedding',
    call: () => new Circle().compute([0, 0.5], PROBABILITIES),
    code: 'ERR_INVALID_ARG',
    tells: [/integer/, /`yTrue\[1\]`/],
  },
  {
    what: 'a label that is ignored elsewhere',
    call: () => new SparseCategoricalCrossentropy({ ignoreClass: -1 }).compute([-1, -2], PROBABILITIES),
    code: 'ERR_OUT_OF_RANGE',
    tells: [/`yTrue\[1\]`/],
  },
  {
    what: 'text among numbers',
    call: () => mse.compute([1, any('2')], [1, 2]),
    code: 'ERR_INVALID_ARG',
    tells: [/a number for `yTrue\[1\]`, received '2'/],
  },
  { what: 'text', call: () => mse.compute(any('1'), [1]), code: 'ERR_INVALID_ARG', tells: [/`yTrue`, received '1'/] },
  { what: 'nothing', call: () => mse.compute(any(undefined), [1]), code: 'ERR_INVALID_ARG', tells: [/`yTrue`/] },
  { what: 'null', call: () => mse.compute([1], any(null)), code: 'ERR_INVALID_ARG', tells: [/`yPred`/] },
  { what: 'an object', call: () => mse.compute([1], any({ a: 1 })), code: 'ERR_INVALID_ARG', tells: [/`yPred`/] },
  {
    what: 'a promise',
    call: () => mse.compute([1], any(Promise.resolve(1))),
    code: 'ERR_INVALID_ARG',
    tells: [/yPred/],
  },
  {
    what: 'ragged rows',
    call: () => mse.compute([[1, 2], [3]], PROBABILITIES),
    code: 'ERR_INVALID_ARG',
    tells: [/`yTrue\[1\]`/, /ragged/],
  },
  {
    what: 'an array that is detached',
    call: () => mse.compute([1, 2], detached()),
    code: 'ERR_INVALID_ARG',
    tells: [/`yPred`/, /transferred/],
  },
  ...[[Number.NaN], [1.5], any('2'), [[2]]].map(
    (shape): Misuse => ({
      what: `the shape ${JSON.stringify(shape)}`,
      call: () => mse.compute([1, 2], shaped(shape)),
      code: 'ERR_INVALID_ARG',
      tells: [/`yPred\.shape`/],
    }),
  ),
  {
    what: 'a negative size',
    call: () => mse.compute([1, 2], shaped([-2])),
    code: 'ERR_OUT_OF_RANGE',
    tells: [/at least 0/, /yPred\.shape/],
  },
  {
    what: 'a shape of another size',
    call: () => mse.compute([1, 2], shaped([3])),
    code: 'ERR_SHAPE_MISMATCH',
    tells: [/2 elements/, /\[3\]/],
  },
  {
    what: 'a DataView',
    call: () => mse.compute([1], any(new DataView(new ArrayBuffer(4)))),
    code: 'ERR_INVALID_ARG',
    tells: [/`yPred`/],
  },
  {
    what: 'text as weights',
    call: () => mse.compute([1], [1], { sampleWeight: any('heavy') }),
    code: 'ERR_INVALID_ARG',
    tells: [/`sampleWeight`/],
  },
  {
    what: 'a misspelt option of compute',
    call: () => new Hinge().compute([1], [1], any({ sampleWeights: [1] })),
    code: 'ERR_INVALID_ARG',
    tells: [/Hinge\.compute/, /Did you mean `sampleWeight`/],
  },
  {
    what: 'weights in the place of the options',
    call: () => mse.compute([1], [1], any([1])),
    code: 'ERR_INVALID_ARG',
    tells: [/one object with the options/],
  },
];

export const MISUSES = { options: OPTIONS, identifiers: IDENTIFIERS, shapes: SHAPES, data: DATA };
