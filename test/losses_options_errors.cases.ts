import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  Circle,
  CosineSimilarity,
  Dice,
  GaussianNLL,
  Huber,
  losses,
  MeanSquaredError,
  SparseCategoricalCrossentropy,
  Tversky,
  Tweedie,
} from 'gemsbok';
import { type Misuse, wrong } from './helpers/misuse';

export const OPTIONS: readonly Misuse[] = [
  {
    what: 'a misspelt option',
    call: () => new CategoricalCrossentropy(wrong({ fromLogit: true })),
    code: 'ERR_INVALID_ARG',
    message: [/CategoricalCrossentropy/, /`fromLogit`/, /Did you mean `fromLogits`/],
  },
  {
    what: "Keras' spelling",
    call: () => new BinaryCrossentropy(wrong({ from_logits: true })),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `fromLogits`/,
  },
  {
    what: 'an option of another loss',
    call: () => new MeanSquaredError(wrong({ delta: 1 })),
    code: 'ERR_INVALID_ARG',
    message: [/`delta`/, /MeanSquaredError knows: reduction, name, dtype/],
  },
  {
    what: 'a bare value for the options',
    call: () => new Huber(wrong(0.5)),
    code: 'ERR_INVALID_ARG',
    message: /one object with the options of Huber/,
  },
  ...['average', 'auto', 'Sum', '', 1, true].map(
    (reduction): Misuse => ({
      what: `the reduction ${reduction}`,
      call: () => new MeanSquaredError({ reduction: wrong(reduction) }),
      code: 'ERR_INVALID_ARG',
      message: [/'sum_over_batch_size', 'mean', 'sum', 'mean_with_sample_weight', 'none'/, /`reduction`/],
    }),
  ),
  {
    what: 'a dtype that nothing is computed in',
    call: () => new MeanSquaredError({ dtype: wrong('float16') }),
    code: 'ERR_INVALID_ARG',
    message: /'float32', 'float64'/,
  },
  {
    what: 'an empty name',
    call: () => new MeanSquaredError({ name: '' }),
    code: 'ERR_INVALID_ARG',
    message: /`name`/,
  },
  {
    what: 'text for a flag',
    call: () => new BinaryCrossentropy({ fromLogits: wrong('true') }),
    code: 'ERR_INVALID_ARG',
    message: /true or false for `fromLogits`, received 'true'/,
  },
  ...[
    () => new CategoricalCrossentropy({ axis: wrong(true) }),
    () => new CategoricalFocalCrossentropy({ axis: wrong(false) }),
    () => new BinaryCrossentropy({ axis: 0.5 }),
    () => new CosineSimilarity({ axis: wrong('last') }),
    () => new Dice({ axis: wrong(true) }),
    () => new Tversky({ axis: wrong([0, '1']) }),
  ].map((call): Misuse => ({ what: `an axis of ${call}`, call, code: 'ERR_INVALID_ARG', message: /`axis`/ })),
  ...[
    () => new BinaryCrossentropy({ labelSmoothing: 1.5 }),
    () => new Huber({ delta: -1 }),
    () => new CategoricalGeneralizedCrossEntropy({ q: 0 }),
    () => new CategoricalGeneralizedCrossEntropy({ q: 1 }),
    () => new Tweedie({ power: 2 }),
    () => new GaussianNLL({ epsilon: 0 }),
  ].map((call): Misuse => ({ what: `a range in ${call}`, call, code: 'ERR_OUT_OF_RANGE', message: /a number/ })),
  ...[
    () => new Huber({ delta: Number.NaN }),
    () => new Huber({ delta: wrong('1') }),
    () => new Tversky({ alpha: Number.POSITIVE_INFINITY }),
    () => new Circle({ gamma: wrong('80') }),
    () => new CategoricalFocalCrossentropy({ alpha: wrong('0.25') }),
    () => new CategoricalFocalCrossentropy({ alpha: [0.25, Number.NaN] }),
    () => new CategoricalFocalCrossentropy({ alpha: [] }),
    () => new SparseCategoricalCrossentropy({ ignoreClass: 0.5 }),
  ].map((call): Misuse => ({ what: `no number in ${call}`, call, code: 'ERR_INVALID_ARG', message: /^Expected/ })),
];

export const IDENTIFIERS: readonly Misuse[] = [
  ...[1, true, {}, { class_name: 3 }, [], Symbol('mse')].map(
    (identifier): Misuse => ({
      what: `the identifier ${String(identifier)}`,
      call: () => losses.get(wrong(identifier)),
      code: 'ERR_INVALID_ARG',
      message: /`loss`/,
    }),
  ),
  ...['constructor', '__proto__', 'toString'].map(
    (name): Misuse => ({
      what: `the name ${name}`,
      call: () => losses.deserialize({ class_name: name, config: {} }),
      code: 'ERR_INVALID_ARG',
      message: /`loss`/,
    }),
  ),
  {
    what: 'a config with an unknown option',
    call: () => losses.deserialize({ class_name: 'Huber', config: { dellta: 1 } }),
    code: 'ERR_INVALID_ARG',
    message: /Did you mean `delta`/,
  },
  {
    what: 'a function of the caller to serialize',
    call: () => losses.serialize(wrong(() => 0)),
    code: 'ERR_INVALID_ARG',
    message: /a loss function of this library/,
  },
];
