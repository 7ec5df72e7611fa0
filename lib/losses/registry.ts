import { toSnakeCase } from '../check';
import { invalidArgument } from '../errors';
import { type CustomObjects, Family, type Serialized, type SerializedLike } from '../identifiers';
import type { FloatArray } from '../native';
import type { Shape, Tensor, TensorLike } from '../tensor';
import * as functions from './functions';
import { type AnyLoss, Loss } from './loss';
import { BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy } from './probabilistic';
import { MeanAbsoluteError, MeanSquaredError } from './regression';

/** A loss of the caller's own: a value for each sample. */
export type CustomLossFunction = (yTrue: Tensor<FloatArray>, yPred: Tensor<FloatArray>) => TensorLike;

/** Every function of a loss, by Keras' name, with the class that it belongs to. */
const FUNCTIONS = new Map<string, { readonly call: functions.LossFunction; readonly type: new () => AnyLoss }>([
  ['mean_squared_error', { call: functions.meanSquaredError, type: MeanSquaredError }],
  ['mean_absolute_error', { call: functions.meanAbsoluteError, type: MeanAbsoluteError }],
  ['binary_crossentropy', { call: functions.binaryCrossentropy, type: BinaryCrossentropy }],
  ['categorical_crossentropy', { call: functions.categoricalCrossentropy, type: CategoricalCrossentropy }],
  [
    'sparse_categorical_crossentropy',
    { call: functions.sparseCategoricalCrossentropy, type: SparseCategoricalCrossentropy },
  ],
]);

const ALIASES = new Map([
  ['mse', 'mean_squared_error'],
  ['MSE', 'mean_squared_error'],
  ['mae', 'mean_absolute_error'],
  ['MAE', 'mean_absolute_error'],
  ['bce', 'binary_crossentropy'],
  ['BCE', 'binary_crossentropy'],
]);

const family = new Family<AnyLoss>({
  what: 'loss',
  module: 'keras.losses',
  base: Loss,
  classes: {
    MeanSquaredError,
    MeanAbsoluteError,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
  },
});

/** Everything that stands for a loss. */
export type LossIdentifier = string | AnyLoss | (new () => AnyLoss) | CustomLossFunction | SerializedLike;

/**
 * The loss of a name, as in Keras: a short name (`'mse'`, `'mean_squared_error'`) gives the function, the name of a class,
 * a class or a config an instance; functions and instances are given back, and null gives null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names. Source: `keras.losses.get`.
 *
 * @example
 * ```ts
 * losses.get('mse'); // losses.meanSquaredError
 * ```
 */
export function get(
  identifier: LossIdentifier | null | undefined,
): AnyLoss | functions.LossFunction | CustomLossFunction | null {
  if (typeof identifier === 'string') return find(identifier)?.call ?? family.get(identifier);
  if (typeof identifier === 'function' && !family.isClass(identifier)) return identifier as CustomLossFunction;
  return family.get(identifier);
}

/** The config of a loss, or the name of a loss function. Source: `keras.losses.serialize`. */
export function serialize(loss: AnyLoss | functions.LossFunction): Serialized | string {
  if (typeof loss !== 'function') return family.serialize(loss);
  for (const [name, { call }] of FUNCTIONS) if (call === loss) return name;
  throw invalidArgument('loss', 'a loss, or a loss function of this library,', loss);
}

/**
 * The loss of what `serialize` gave; classes of your own by their names in `customObjects`.
 *
 * Errors: `ERR_INVALID_ARG` for unknown classes and options. Source: `keras.losses.deserialize`.
 */
export function deserialize(
  config: string | SerializedLike,
  customObjects: CustomObjects<AnyLoss> = {},
): AnyLoss | functions.LossFunction | CustomLossFunction | null {
  return typeof config === 'string' ? get(config) : family.deserialize(config, customObjects);
}

/** The loss to train with: `'crossentropy'` and `'ce'` go by the shapes, of batches. */
export function resolveLoss(identifier: LossIdentifier, yTrue: Shape, yPred: Shape): AnyLoss {
  const found = get(identifier === 'crossentropy' || identifier === 'ce' ? crossentropyFor(yTrue, yPred) : identifier);
  if (found === null) throw family.unknown(found);
  if (typeof found !== 'function') return found;
  for (const { call, type } of FUNCTIONS.values()) if (call === found) return new type();
  return new FunctionLoss(found as CustomLossFunction);
}

/** Keras' choice among names that stand for several functions: one column, class indices, one-hot targets. */
export function crossentropyFor(yTrue: Shape, yPred: Shape): string {
  return `${outputKind(yTrue, yPred, { binary: 'binary', sparse: 'sparse_categorical', categorical: 'categorical' })}_crossentropy`;
}

/** Chooses by the shapes of targets and predictions. */
export function outputKind<T>(
  yTrue: Shape,
  yPred: Shape,
  kinds: { readonly binary: T; readonly sparse: T; readonly categorical: T },
): T {
  if (yPred.at(-1) === 1) return kinds.binary;
  return yTrue.length < yPred.length || yTrue.at(-1) === 1 ? kinds.sparse : kinds.categorical;
}

/** A loss around a caller's function. */
class FunctionLoss extends Loss {
  readonly #values: CustomLossFunction;

  constructor(values: CustomLossFunction) {
    super({ name: toSnakeCase(values.name) || 'loss' });
    this.#values = values;
  }

  override call(yTrue: Tensor<FloatArray>, yPred: Tensor<FloatArray>): TensorLike {
    return this.#values(yTrue, yPred);
  }
}

function find(name: string): { readonly call: functions.LossFunction } | undefined {
  const known = FUNCTIONS.get(ALIASES.get(name) ?? name);
  return known ?? (/^[a-z]+[A-Z]/.test(name) ? FUNCTIONS.get(toSnakeCase(name)) : undefined);
}
