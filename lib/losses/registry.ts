import { isCamelCase, isClass, toSnakeCase } from '../check';
import { invalidArgument } from '../errors';
import { type CustomClasses, Family, functionName, type Serialized, type SerializedLike } from '../identifiers';
import type { AnyName, NameOf, RegisteredName } from '../names';
import { customByName } from '../serializable';
import type { Shape, Tensor, TensorLike } from '../tensor';
import * as classes from './classes';
import * as functions from './functions';
import { type AnyLoss, Loss, type ValueAndGradient } from './loss';
import { classOf, type LossFunction } from './per_sample';

/**
 * A custom loss: a value for each sample, or values and the derivative of their sum by `yPred`, which is
 * what training takes.
 */
export type CustomLossFunction = (
  yTrue: Tensor<Float32Array>,
  yPred: Tensor<Float32Array>,
) => TensorLike | ValueAndGradient;

/** Every function of a loss, by Keras' name. */
const FUNCTIONS = new Map<string, LossFunction>(
  Object.entries(functions).map(([name, call]) => [toSnakeCase(name), call as LossFunction]),
);

/** Keras has this loss, and does not know it by its name. */
const NAMELESS = 'categorical_generalized_cross_entropy';

const SHORT_NAMES = {
  mse: 'mean_squared_error',
  MSE: 'mean_squared_error',
  mae: 'mean_absolute_error',
  MAE: 'mean_absolute_error',
  mape: 'mean_absolute_percentage_error',
  MAPE: 'mean_absolute_percentage_error',
  msle: 'mean_squared_logarithmic_error',
  MSLE: 'mean_squared_logarithmic_error',
  bce: 'binary_crossentropy',
  BCE: 'binary_crossentropy',
  kld: 'kl_divergence',
  KLD: 'kl_divergence',
} as const;

const ALIASES = new Map<string, string>(Object.entries(SHORT_NAMES));

/** Names of PyTorch, scikit-learn and others. */
const ELSEWHERE = {
  mse: "'mse'",
  l2: "'mse'",
  mae: "'mae'",
  l1: "'mae'",
  smoothl1: "'huber'",
  rmse: "'mse', with the metric 'root_mean_squared_error'",
  bce: "'binary_crossentropy'",
  log: "'binary_crossentropy'",
  bcewithlogits: 'new BinaryCrossentropy({ fromLogits: true })',
  crossentropy: 'new SparseCategoricalCrossentropy({ fromLogits: true })',
  softmaxcrossentropy: 'new CategoricalCrossentropy({ fromLogits: true })',
  nll: "'sparse_categorical_crossentropy'",
  kldiv: "'kl_divergence'",
};

const family = new Family<AnyLoss>({
  what: 'loss',
  module: 'keras.losses',
  base: Loss,
  classes,
  elsewhere: ELSEWHERE,
});

/** Everything that names a loss. 'crossentropy' and 'ce' are for `compile`, which chooses one by the shapes. */
export type LossName =
  | NameOf<typeof classes, 'CategoricalGeneralizedCrossEntropy'>
  | keyof typeof SHORT_NAMES
  | 'crossentropy'
  | 'ce'
  | RegisteredName;

/** Everything that stands for a loss. */
export type LossIdentifier = LossName | AnyLoss | (new () => AnyLoss) | CustomLossFunction | SerializedLike;

/**
 * The loss of a name, as in Keras: a short name (`'mse'`, `'mean_squared_error'`) returns the function, the name of a
 * class, a class or a config an instance; functions and instances are returned as they are, and null returns null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names. Source: `keras.losses.get`.
 *
 * @example
 * ```ts
 * losses.get('mse'); // losses.meanSquaredError
 * ```
 */
export function get(
  identifier: LossIdentifier | AnyName | null | undefined,
): AnyLoss | LossFunction | CustomLossFunction | null {
  const name = typeof identifier === 'string' ? identifier : functionName(identifier);
  if (name !== undefined) return getByName(name);
  if (typeof identifier !== 'function' || family.isClass(identifier)) return family.get(identifier);
  if (isClass(identifier)) throw family.unknown(identifier);
  return identifier as CustomLossFunction;
}

/** The config of a loss, or the name of a loss function. Source: `keras.losses.serialize`. */
export function serialize(loss: AnyLoss | LossFunction): Serialized | string {
  if (typeof loss !== 'function') return family.serialize(loss);
  for (const [name, call] of FUNCTIONS) if (call === loss) return name;
  throw invalidArgument('loss', 'a loss, or a loss function of this library,', loss);
}

/**
 * The loss that `serialize` described; classes of your own by their names in `customObjects`.
 *
 * Errors: `ERR_INVALID_ARG` for unknown classes and options. Source: `keras.losses.deserialize`.
 */
export function deserialize(
  config: string | SerializedLike,
  customObjects: CustomClasses<AnyLoss> = {},
): AnyLoss | LossFunction | CustomLossFunction | null {
  return typeof config === 'string' || functionName(config) !== undefined
    ? get(config)
    : family.deserialize(config, customObjects);
}

/** Whether a loss is a custom function. */
export function isCustom(loss: AnyLoss | LossFunction | CustomLossFunction): loss is CustomLossFunction {
  return typeof loss === 'function' && classOf(loss) === undefined;
}

/** The loss to compute with; null where there is none. */
export function instanceOf(identifier: LossIdentifier | AnyName | null): AnyLoss | null {
  const found = get(identifier);
  if (typeof found !== 'function') return found;
  const Type = classOf(found);
  return Type === undefined ? new FunctionLoss(found as CustomLossFunction) : new Type();
}

/** The loss to train with: `'crossentropy'` and `'ce'` go by the shapes, of batches. */
export function resolveLoss(identifier: LossIdentifier, yTrue: Shape, yPred: Shape): AnyLoss {
  const name = identifier === 'crossentropy' || identifier === 'ce' ? crossentropyFor(yTrue, yPred) : identifier;
  const loss = instanceOf(name);
  if (loss === null) throw family.unknown(loss);
  return loss;
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
  readonly #compute: CustomLossFunction;

  constructor(compute: CustomLossFunction) {
    super({ name: toSnakeCase(compute.name) || 'loss' });
    this.#compute = compute;
  }

  override call(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>): TensorLike {
    const result = this.#compute(yTrue, yPred);
    return hasGradient(result) ? result.value : result;
  }

  override valueAndGradientOf(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>): ValueAndGradient {
    const result = this.#compute(yTrue, yPred);
    if (hasGradient(result)) return result;
    throw invalidArgument(
      'loss',
      'a function that returns { value, gradient }',
      this.#compute,
      'It returned values only.',
    );
  }
}

function hasGradient(result: TensorLike | ValueAndGradient): result is ValueAndGradient {
  return typeof result === 'object' && result !== null && 'value' in result && 'gradient' in result;
}

/** A function that is registered under a name. */
export function registeredFunction(name: unknown): ((...args: never[]) => unknown) | null {
  const own = typeof name === 'string' ? customByName(name) : undefined;
  return typeof own === 'function' && !isClass(own) ? (own as (...args: never[]) => unknown) : null;
}

function getByName(name: string): AnyLoss | LossFunction | CustomLossFunction | null {
  const own = registeredFunction(name);
  if (own !== null) return own as CustomLossFunction;
  const snake = isCamelCase(name) ? toSnakeCase(name) : name;
  if (toSnakeCase(name) === NAMELESS) {
    throw invalidArgument('loss', 'a name that Keras knows', name, 'It knows none for this loss: pass an instance.');
  }
  return FUNCTIONS.get(ALIASES.get(name) ?? snake) ?? family.get(name);
}
