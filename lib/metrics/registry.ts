import { isClass } from '../check';
import { type CustomClasses, Family, type Serialized, type SerializedLike } from '../identifiers';
import { classOf } from '../losses/per_sample';
import { crossentropyFor, outputKind, registeredFunction } from '../losses/registry';
import type { AnyName, NameOf, RegisteredName } from '../names';
import type { Shape } from '../tensor';
import * as classes from './classes';
import { FunctionMetric, type MetricFunction } from './function_metric';
import { Metric } from './metric';

const SHORT_NAMES = {
  mse: 'MeanSquaredError',
  MSE: 'MeanSquaredError',
  mae: 'MeanAbsoluteError',
  MAE: 'MeanAbsoluteError',
  mape: 'MeanAbsolutePercentageError',
  MAPE: 'MeanAbsolutePercentageError',
  msle: 'MeanSquaredLogarithmicError',
  MSLE: 'MeanSquaredLogarithmicError',
  bce: 'BinaryCrossentropy',
  BCE: 'BinaryCrossentropy',
} as const;

const family = new Family<Metric>({
  what: 'metric',
  module: 'keras.metrics',
  base: Metric,
  classes,
  aliases: SHORT_NAMES,
  elsewhere: { f1: "'f1_score'", r2: "'r2_score'", rocauc: "'auc'", jaccard: "'iou'" },
});

/** Everything that names a metric. 'accuracy', 'acc', 'crossentropy' and 'ce' are chosen by the shapes in `compile`. */
export type MetricName =
  | NameOf<typeof classes>
  | keyof typeof SHORT_NAMES
  | 'acc'
  | 'crossentropy'
  | 'ce'
  | RegisteredName;

/** Everything that stands for a metric. */
export type MetricIdentifier = MetricName | Metric | (new () => Metric) | MetricFunction | SerializedLike;

/**
 * The metric of a name (`'mse'`, `'binary_accuracy'`, `'BinaryAccuracy'`), a class, a function or a config; null for null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names. Source: `keras.metrics.get`.
 *
 * @example
 * ```ts
 * metrics.get('mse'); // a MeanSquaredError
 * ```
 */
export function get(identifier: MetricIdentifier | AnyName): Metric;
export function get(identifier: MetricIdentifier | AnyName | null | undefined): Metric | null;
export function get(identifier: MetricIdentifier | AnyName | null | undefined): Metric | null {
  const own = (registeredFunction(identifier) ?? identifier) as MetricIdentifier | null | undefined;
  return typeof own === 'function' && !isClass(own) ? ofFunction(own) : family.get(own);
}

/** The metric of a loss of this library where the function is one of these. */
function ofFunction(call: MetricFunction | (new () => Metric)): Metric {
  if (family.isClass(call)) return new call();
  const Type = classOf(call) && family.find(call.name);
  return Type === undefined ? new FunctionMetric(call as MetricFunction) : Type.fromConfig({});
}

/** The config of a metric. Source: `keras.metrics.serialize`. */
export function serialize(metric: Metric): Serialized {
  return family.serialize(metric);
}

/** The metric that `serialize` described. Errors: `ERR_INVALID_ARG`. Source: `keras.metrics.deserialize`. */
export function deserialize(config: SerializedLike, customObjects: CustomClasses<Metric> = {}): Metric {
  return family.deserialize(config, customObjects);
}

/** The metric of an identifier whose meaning the shapes do not decide; a string keeps its spelling as the name. */
export function metricOf(identifier: MetricIdentifier): Metric {
  if (typeof identifier === 'string' && registeredFunction(identifier) === null) {
    const type = family.find(identifier);
    if (type === undefined) throw family.unknown(identifier);
    return type.fromConfig({ name: identifier });
  }
  const metric = get(identifier);
  if (metric === null) throw family.unknown(identifier);
  return metric;
}

/** Whether the shapes of targets and predictions decide which metric is meant. */
export function goesByShapes(identifier: MetricIdentifier): boolean {
  return typeof identifier === 'string' && BY_SHAPES.includes(identifier.toLowerCase());
}

const BY_SHAPES: readonly string[] = ['accuracy', 'acc', 'crossentropy', 'ce'];

/**
 * A metric to compile with. A string keeps its spelling as the metric's name; `'accuracy'`, `'acc'`, `'crossentropy'`
 * and `'ce'` go by the shapes, of batches.
 */
export function resolveMetric(identifier: MetricIdentifier, yTrue: Shape, yPred: Shape): Metric {
  if (typeof identifier === 'string') {
    const type = byShapes(identifier, yTrue, yPred);
    if (type !== undefined) return type.fromConfig({ name: identifier });
  }
  return metricOf(identifier);
}

function byShapes(name: string, yTrue: Shape, yPred: Shape): ReturnType<typeof family.find> {
  const plain = name.toLowerCase();
  if (plain === 'crossentropy' || plain === 'ce') return family.find(crossentropyFor(yTrue, yPred));
  if (plain !== 'accuracy' && plain !== 'acc') return undefined;
  const kinds = { binary: 'BinaryAccuracy', sparse: 'SparseCategoricalAccuracy', categorical: 'CategoricalAccuracy' };
  return family.find(outputKind(yTrue, yPred, kinds));
}
