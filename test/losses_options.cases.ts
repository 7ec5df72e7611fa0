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

/** A mistake, the code that it is refused with, and what the message must tell. */
export interface Misuse {
  readonly what: string;
  readonly call: () => unknown;
  readonly code: 'ERR_INVALID_ARG' | 'ERR_OUT_OF_RANGE' | 'ERR_SHAPE_MISMATCH' | 'ERR_UNSUPPORTED';
  readonly tells: readonly RegExp[];
}

/** What TypeScript would refuse, as JavaScript may pass it. */
export const any = (value: unknown): never => value as never;

export const OPTIONS: readonly Misuse[] = [
  {
    what: 'a misspelt option',
    call: () => new CategoricalCrossentropy(any({ fromLogit: true })),
    code: 'ERR_INVALID_ARG',
    tells: [/CategoricalCrossentropy/, /`fromLogit`/, /Did you mean `fromLogits`/],
  },
  {
    what: "Keras' spelling",
    call: () => new BinaryCrossentropy(any({ from_logits: true })),
    code: 'ERR_INVALID_ARG',
    tells: [/Did you mean `fromLogits`/],
  },
  {
    what: 'an option of another loss',
    call: () => new MeanSquaredError(any({ delta: 1 })),
    code: 'ERR_INVALID_ARG',
    tells: [/`delta`/, /MeanSquaredError knows: reduction, name, dtype/],
  },
  {
    what: 'a bare value for the options',
    call: () => new Huber(any(0.5)),
    code: 'ERR_INVALID_ARG',
    tells: [/one object with the options of Huber/],
  },
  ...['average', 'auto', 'Sum', '', 1, true].map(
    (reduction): Misuse => ({
      what: `the reduction ${reduction}`,
      call: () => new MeanSquaredError({ reduction: any(reduction) }),
      code: 'ERR_INVALID_ARG',
      tells: [/'sum_over_batch_size', 'mean', 'sum', 'mean_with_sample_weight', 'none'/, /`reduction`/],
    }),
  ),
  {
    what: 'a dtype that nothing is computed in',
    call: () => new MeanSquaredError({ dtype: any('float16') }),
    code: 'ERR_INVALID_ARG',
    tells: [/'float32', 'float64'/],
  },
  {
    what: 'an empty name',
    call: () => new MeanSquaredError({ name: '' }),
    code: 'ERR_INVALID_ARG',
    tells: [/`name`/],
  },
  {
    what: 'text for a flag',
    call: () => new BinaryCrossentropy({ fromLogits: any('true') }),
    code: 'ERR_INVALID_ARG',
    tells: [/true or false for `fromLogits`, received 'true'/],
  },
  ...[
    () => new CategoricalCrossentropy({ axis: any(true) }),
    () => new CategoricalFocalCrossentropy({ axis: any(false) }),
    () => new BinaryCrossentropy({ axis: 0.5 }),
    () => new CosineSimilarity({ axis: any('last') }),
    () => new Dice({ axis: any(true) }),
    () => new Tversky({ axis: any([0, '1']) }),
  ].map((call): Misuse => ({ what: `an axis of ${call}`, call, code: 'ERR_INVALID_ARG', tells: [/`axis`/] })),
  ...[
    () => new BinaryCrossentropy({ labelSmoothing: 1.5 }),
    () => new Huber({ delta: -1 }),
    () => new CategoricalGeneralizedCrossEntropy({ q: 0 }),
    () => new CategoricalGeneralizedCrossEntropy({ q: 1 }),
    () => new Tweedie({ power: 2 }),
    () => new GaussianNLL({ epsilon: 0 }),
  ].map((call): Misuse => ({ what: `a range in ${call}`, call, code: 'ERR_OUT_OF_RANGE', tells: [/a number/] })),
  ...[
    () => new Huber({ delta: Number.NaN }),
    () => new Huber({ delta: any('1') }),
    () => new Tversky({ alpha: Number.POSITIVE_INFINITY }),
    () => new Circle({ gamma: any('80') }),
    () => new CategoricalFocalCrossentropy({ alpha: any('0.25') }),
    () => new CategoricalFocalCrossentropy({ alpha: [0.25, Number.NaN] }),
    () => new CategoricalFocalCrossentropy({ alpha: [] }),
    () => new SparseCategoricalCrossentropy({ ignoreClass: 0.5 }),
  ].map((call): Misuse => ({ what: `no number in ${call}`, call, code: 'ERR_INVALID_ARG', tells: [/^Expected/] })),
];

export const IDENTIFIERS: readonly Misuse[] = [
  ...[1, true, {}, { class_name: 3 }, [], Symbol('mse')].map(
    (identifier): Misuse => ({
      what: `the identifier ${String(identifier)}`,
      call: () => losses.get(any(identifier)),
      code: 'ERR_INVALID_ARG',
      tells: [/`loss`/],
    }),
  ),
  ...['constructor', '__proto__', 'toString'].map(
    (name): Misuse => ({
      what: `the name ${name}`,
      call: () => losses.deserialize({ class_name: name, config: {} }),
      code: 'ERR_INVALID_ARG',
      tells: [/`loss`/],
    }),
  ),
  {
    what: 'a config with an unknown option',
    call: () => losses.deserialize({ class_name: 'Huber', config: { dellta: 1 } }),
    code: 'ERR_INVALID_ARG',
    tells: [/Did you mean `delta`/],
  },
  {
    what: 'a function of the caller to serialize',
    call: () => losses.serialize(any(() => 0)),
    code: 'ERR_INVALID_ARG',
    tells: [/a loss function of this library/],
  },
];
