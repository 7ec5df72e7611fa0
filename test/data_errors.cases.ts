import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Dense,
  Huber,
  MeanSquaredError,
  SparseCategoricalCrossentropy,
  tensor,
} from 'gemsbok';
import { detached, type Misuse, wrong } from './helpers/misuse';

const mse = new MeanSquaredError();
const sparse = new SparseCategoricalCrossentropy();
const oneHot = new CategoricalCrossentropy();
const TWO = [
  [0.5, 0.5],
  [0.5, 0.5],
];

const endless: unknown[] = [];
endless.push(endless);

/** Texts are short in messages, and nothing is called by what is no text. */
const NAMELESS = { constructor: { name: Symbol('name') } };
const NAMED = Object.defineProperty(() => 1, 'name', { value: Symbol('name') });
const LONG: readonly unknown[] = ['x'.repeat(1e5), Symbol('x'.repeat(1e5)), 2n ** 99_999n, NAMELESS, NAMED];

export const DATA: readonly Misuse[] = [
  ...LONG.map(
    (value, i): Misuse => ({
      what: `a value that is hard to show, ${i}`,
      call: () => mse.compute([1], wrong(value)),
      code: 'ERR_INVALID_ARG',
      message: /^.{0,200}$/,
    }),
  ),
  {
    what: 'the name of an option that is long',
    call: () => new Huber(wrong({ ['x'.repeat(1e5)]: 1 })),
    code: 'ERR_INVALID_ARG',
    message: /^.{0,300}$/,
  },
  {
    what: 'an array that holds itself',
    call: () => mse.compute(wrong(endless), [1]),
    code: 'ERR_INVALID_ARG',
    message: /at most 64 deep for `yTrue`/,
  },
  {
    what: 'null for an option without such a value',
    call: () => new Huber({ delta: wrong(null) }),
    code: 'ERR_INVALID_ARG',
    message: /`delta`, received null\. Leave it out/,
  },
  {
    what: 'null for an axis',
    call: () => new CategoricalCrossentropy({ axis: wrong(null) }),
    code: 'ERR_INVALID_ARG',
    message: /`axis`, received null/,
  },
  {
    what: 'options in a Map',
    call: () => new Huber(wrong(new Map([['delta', 2]]))),
    code: 'ERR_INVALID_ARG',
    message: /`options`, received an instance of Map/,
  },
  {
    what: 'an unknown initializer',
    call: () => new Dense({ units: 1, kernelInitializer: wrong('glorot') }),
    code: 'ERR_INVALID_ARG',
    message: /`kernelInitializer`, received 'glorot'/,
  },
  { what: 'a string', call: () => mse.compute(wrong('12'), [1, 2]), code: 'ERR_INVALID_ARG', message: /`yTrue`.*'12'/ },
  { what: 'null', call: () => mse.compute([1, 2], wrong(null)), code: 'ERR_INVALID_ARG', message: /`yPred`.*null/ },
  {
    what: 'a string among numbers',
    call: () => mse.compute([1, wrong('2')], [1, 2]),
    code: 'ERR_INVALID_ARG',
    message: /a number for `yTrue\[1\]`, received '2'/,
  },
  {
    what: 'ragged rows',
    call: () => mse.compute([[1, 2], [3]], TWO),
    code: 'ERR_INVALID_ARG',
    message: /an array of 2 like its neighbours for `yTrue\[1\]`.*ragged/,
  },
  {
    what: 'a hole',
    call: () => mse.compute(wrong(new Array(2)), [1, 2]),
    code: 'ERR_INVALID_ARG',
    message: /`yTrue\[0\]`/,
  },
  {
    what: 'shapes that do not fit',
    call: () => mse.compute([1, 2, 3], [1, 2]),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[2\].*`yTrue`, received shape \[3\]/,
  },
  {
    what: 'NaN in a shape',
    call: () => mse.compute({ data: new Float32Array(2), shape: [Number.NaN] }, [1, 2]),
    code: 'ERR_INVALID_ARG',
    message: /`yTrue\.shape`, received NaN/,
  },
  {
    what: 'a negative size',
    call: () => tensor([1, 2], { shape: [-2] }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`shape`, received -2/,
  },
  {
    what: 'a shape of another size',
    call: () => tensor([1, 2], { shape: [3] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /2 elements for `shape`, received shape \[3\]/,
  },
  {
    what: 'a shape whose size overflows',
    call: () => tensor(new Float32Array(1), { shape: [2 ** 40, 2 ** 40] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /1 elements/,
  },
  {
    what: 'a transferred array',
    call: () => mse.compute(detached(), [1, 2]),
    code: 'ERR_INVALID_ARG',
    message: /`yTrue`.*transferred/,
  },
  {
    what: 'a DataView',
    call: () => mse.compute(wrong(new DataView(new ArrayBuffer(8))), [1]),
    code: 'ERR_INVALID_ARG',
    message: /`yTrue`/,
  },
  {
    what: 'an unknown dtype',
    call: () => tensor([1], { dtype: wrong('float16') }),
    code: 'ERR_INVALID_ARG',
    message: /`dtype`, received 'float16'/,
  },
  {
    what: 'more than one item',
    call: () => tensor([1, 2]).item(),
    code: 'ERR_SHAPE_MISMATCH',
    message: /exactly one element/,
  },
];

export const LOSS_DATA: readonly Misuse[] = [
  {
    what: 'a label beyond the classes',
    call: () => sparse.compute([0, 2], TWO),
    code: 'ERR_OUT_OF_RANGE',
    message: /from 0 to 1 for `yTrue\[1\]`, received 2/,
  },
  {
    what: 'a negative label',
    call: () => sparse.compute([-1, 0], TWO),
    code: 'ERR_OUT_OF_RANGE',
    message: /`yTrue\[0\]`, received -1/,
  },
  {
    what: 'a label that is no integer',
    call: () => sparse.compute([0.5, 0], TWO),
    code: 'ERR_INVALID_ARG',
    message: /`yTrue\[0\]`, received 0\.5/,
  },
  {
    what: 'one-hot targets with the sparse loss',
    call: () => sparse.compute(TWO, TWO),
    code: 'ERR_SHAPE_MISMATCH',
    message: /shape \[2, 2\].*CategoricalCrossentropy/,
  },
  {
    what: 'class indices with the one-hot loss',
    call: () => oneHot.compute([0, 1], TWO),
    code: 'ERR_SHAPE_MISMATCH',
    message: /\[2, 2\].*received shape \[2\].*SparseCategoricalCrossentropy/,
  },
  {
    what: 'targets that would have to broadcast in a crossentropy',
    call: () => new BinaryCrossentropy().compute([[1], [0]], TWO),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`yTrue`/,
  },
  {
    what: 'an axis that is not there',
    call: () => new CategoricalCrossentropy({ axis: 2 }).compute(TWO, TWO),
    code: 'ERR_OUT_OF_RANGE',
    message: /`axis`, received 2/,
  },
  {
    what: 'an unknown reduction',
    call: () => new MeanSquaredError({ reduction: wrong('auto') }),
    code: 'ERR_INVALID_ARG',
    message: /`reduction`, received 'auto'/,
  },
  {
    what: 'a misspelt option',
    call: () => new CategoricalCrossentropy(wrong({ fromLogit: true })),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `fromLogits`\?/,
  },
  {
    what: 'label smoothing above 1',
    call: () => new CategoricalCrossentropy({ labelSmoothing: 2 }),
    code: 'ERR_OUT_OF_RANGE',
    message: /`labelSmoothing`, received 2/,
  },
  {
    what: 'weights that do not broadcast',
    call: () => mse.compute(TWO, TWO, { sampleWeight: [1, 2, 3] }),
    code: 'ERR_SHAPE_MISMATCH',
    message: /`sampleWeight`, received shape \[3\]/,
  },
];
