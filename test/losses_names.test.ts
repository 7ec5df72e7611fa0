import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as gemsbok from 'gemsbok';
import { Dense, Input, losses, Sequential } from 'gemsbok';
import t from 'tap';
import { near } from './helpers/near';
import { type NativeSpec, nativeNames, nativeRegistry, specIn } from './helpers/registries';
import { LOSS_CASES, makeLoss, Random } from './losses.cases';

/** Every loss of Keras 3.16 with its function. CTC is left out: it aligns sequences, which a dense network does not give. */
const KERAS = {
  BinaryCrossentropy: 'binary_crossentropy',
  BinaryFocalCrossentropy: 'binary_focal_crossentropy',
  CategoricalCrossentropy: 'categorical_crossentropy',
  CategoricalFocalCrossentropy: 'categorical_focal_crossentropy',
  CategoricalGeneralizedCrossEntropy: 'categorical_generalized_cross_entropy',
  CategoricalHinge: 'categorical_hinge',
  Circle: 'circle',
  CosineSimilarity: 'cosine_similarity',
  Dice: 'dice',
  Hinge: 'hinge',
  Huber: 'huber',
  KLDivergence: 'kl_divergence',
  LogCosh: 'log_cosh',
  MeanAbsoluteError: 'mean_absolute_error',
  MeanAbsolutePercentageError: 'mean_absolute_percentage_error',
  MeanSquaredError: 'mean_squared_error',
  MeanSquaredLogarithmicError: 'mean_squared_logarithmic_error',
  Poisson: 'poisson',
  SparseCategoricalCrossentropy: 'sparse_categorical_crossentropy',
  SquaredHinge: 'squared_hinge',
  Tversky: 'tversky',
};

const ALIASES = {
  mse: 'mean_squared_error',
  mae: 'mean_absolute_error',
  mape: 'mean_absolute_percentage_error',
  msle: 'mean_squared_logarithmic_error',
  bce: 'binary_crossentropy',
  kld: 'kl_divergence',
};

interface KnownClass {
  new (): losses.AnyLoss;
  readonly name: string;
  fromConfig(config: object): losses.AnyLoss;
}

/** A loss without options as native code gets it. */
function specOf(type: KnownClass): NativeSpec {
  const row = LOSS_CASES.find(({ name }) => name === type.name);
  if (row === undefined) throw new Error(`no row for ${type.name}`);
  const { yTrue, yPred } = row.data([2, 4], new Random(1));
  return specIn('lossEvaluate', 'loss', () => new type().compute(yTrue, yPred));
}

const classes = Object.values(losses).filter((value) => {
  return typeof value === 'function' && value.prototype instanceof gemsbok.Loss;
}) as unknown as KnownClass[];
const names = classes.map(({ name }) => name).sort();
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const functions = losses as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;

t.test('the native table, the classes, the functions and the rows of the tests name the same losses', async (t) => {
  t.strictSame(
    Object.keys(KERAS).filter((name) => !names.includes(name)),
    [],
  );
  t.strictSame(classes.map((type) => specOf(type).name).sort(), nativeNames('losses'));
  t.strictSame([...new Set(LOSS_CASES.map(({ name }) => name))].sort(), names);
  for (const type of classes) {
    const entry = specOf(type).name;
    t.equal(functions[camel(entry)]?.name, camel(entry));
    t.equal((gemsbok as unknown as Record<string, unknown>)[type.name], type, `${type.name} by itself`);
  }
});

t.test('a loss gives native code the parameters that it takes', async (t) => {
  for (const type of classes) {
    const { name, parameters } = specOf(type);
    t.strictSame(Object.keys(parameters).sort(), [...(nativeRegistry('losses')[name] ?? [])].sort());
  }
});

t.test('names stand for functions and classes as in Keras', async (t) => {
  for (const [name, call] of Object.entries({ ...KERAS, ...ALIASES })) {
    if (call === KERAS.CategoricalGeneralizedCrossEntropy) {
      for (const nameless of [name, call, camel(call)]) {
        t.throws(() => losses.get(nameless), { code: 'ERR_INVALID_ARG', message: /pass an instance/ }, nameless);
      }
      continue;
    }
    t.equal(losses.get(call), functions[camel(call)], call);
    t.equal(losses.get(camel(call)), functions[camel(call)], camel(call));
    t.equal(losses.serialize(losses.get(call) as losses.LossFunction), call);
    if (!(name in KERAS)) {
      for (const alias of [name, name.toUpperCase()]) t.equal(losses.get(alias), functions[camel(call)], alias);
      continue;
    }
    t.equal(losses.get(name)?.constructor.name, name);
    t.not(losses.get(name), losses.get(name), 'an instance each time');
  }
  t.equal(losses.get(null), null);
  for (const gone of ['logcosh', 'kullback_leibler_divergence', 'cosine_proximity', 'huber_loss', 'Mse', '', 'ctc']) {
    t.throws(() => losses.get(gone), { code: 'ERR_INVALID_ARG' }, gone);
  }
  t.throws(() => losses.get('meen_squared_error'), { message: /Did you mean '/ });
  const own = (): number => 0;
  t.equal(losses.get(own), own);
});

t.test('configs', async (t) => {
  for (const { name, args } of LOSS_CASES) {
    const loss = makeLoss(name, args, { reduction: 'sum' });
    const config = loss.getConfig();
    t.hasProps(config, Object.keys(args));
    t.strictSame({ ...config, ...args }, config, 'as given');
    const json = JSON.parse(JSON.stringify(losses.serialize(loss)));
    t.hasProps(json, ['module', 'class_name', 'config', 'registered_name']);
    const copy = losses.deserialize(json) as losses.AnyLoss;
    t.equal(copy.constructor, loss.constructor);
    t.strictSame(copy.getConfig(), config, name);
    t.equal(copy.reduction, 'sum');
  }
});

t.test('functions give the values of their classes', async (t) => {
  for (const { name, args, data } of LOSS_CASES) {
    const { yTrue, yPred } = data([6, 4], new Random(8));
    const loss = makeLoss(name, args, { reduction: 'none' });
    const options = Object.fromEntries(Object.entries(args).map(([key, value]) => [camel(key), value]));
    const { name: entry } = specIn('lossEvaluate', 'loss', () => loss.compute(yTrue, yPred));
    t.strictSame(functions[camel(entry)]?.(yTrue, yPred, options), loss.compute(yTrue, yPred), name);
  }
  const mse = functions.meanSquaredError;
  t.throws(() => mse?.([1], [2], { reduction: 'sum' }), { code: 'ERR_INVALID_ARG', message: /MeanSquaredError/ });
  t.throws(() => mse?.([1], [2], { delta: 1 }), { code: 'ERR_INVALID_ARG' });
});

interface Identifier {
  readonly name: string;
  readonly registry: string;
  readonly identifier?: string | null;
  readonly resolves_to?: string;
  readonly kind?: string;
  readonly class?: string;
  readonly config?: object;
  readonly instance_name?: string;
  readonly y_true_shape?: number[];
  readonly y_pred_shape?: number[];
}

t.test("Keras' own identifiers", async (t) => {
  const file = join(process.cwd(), 'test/fixtures/golden/identifiers.json');
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Identifier[] };
  for (const { name, identifier, resolves_to: wanted, kind } of cases.filter(({ registry }) => registry === 'losses')) {
    if (kind === undefined) t.throws(() => losses.get(identifier), { code: 'ERR_INVALID_ARG' }, name);
    else if (kind === 'null') t.equal(losses.get(identifier), null, name);
    else if (kind === 'function') t.equal(losses.get(identifier), functions[camel(wanted ?? '')], name);
    else t.equal(losses.get(identifier)?.constructor.name, wanted, name);
  }
  for (const golden of cases.filter(({ registry, kind }) => registry === 'default_name' && kind === 'loss')) {
    const loss = makeLoss(golden.class ?? '', {});
    t.equal(loss.name, golden.instance_name);
    t.strictSame(loss.getConfig(), golden.config, golden.name);
  }
  for (const golden of cases.filter(({ registry }) => registry === 'compile_loss')) {
    const { identifier = '', resolves_to: wanted = '', y_true_shape: yTrue = [], y_pred_shape: yPred = [] } = golden;
    const random = new Random(1);
    const [x, y] = [random.array(yPred, () => random.between(-1, 1)), random.array(yTrue, () => random.below(2))];
    const dense = new Dense({ units: yPred.at(-1) ?? 1, activation: 'softmax' });
    const model = new Sequential([new Input({ shape: yPred.slice(1) }), dense]);
    model.compile({ loss: identifier as losses.LossName });
    const values = losses.get(wanted) as losses.LossFunction;
    const { data } = values(y, model.predictSync(x));
    const mean = Array.from(data, Number).reduce((sum, value) => sum + value, 0) / data.length;
    near(t, model.lossAndGradients(x, y).loss, mean, 1e-5, golden.name);
  }
});
