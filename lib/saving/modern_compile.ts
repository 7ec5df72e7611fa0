import { type Config, functionName, shortestFloat } from '../identifiers';
import { inDepth, withoutIdle } from './modern_config';
import { type Entry, isEntry, isFalsy } from './python';

/** What a `.h5` file has of `compile`, as `.keras` files have it. */
export function compileConfigOf(training: Config): Config {
  return { ...training, optimizer: training.optimizer_config ?? training.optimizer ?? null };
}

/** Losses that Keras 2 knew under these names too. */
const LOSSES = new Map([
  ['logcosh', 'log_cosh'],
  ['kullback_leibler_divergence', 'kl_divergence'],
  ['cosine_proximity', 'cosine_similarity'],
  ['cosine', 'cosine_similarity'],
  ['huber_loss', 'huber'],
  ['Logcosh', 'LogCosh'],
  ['KullbackLeiblerDivergence', 'KLDivergence'],
  ['CosineProximity', 'CosineSimilarity'],
]);
/** Likewise metrics; their classes. */
const METRICS = new Map([
  ['logcosh', 'LogCoshError'],
  ['log_cosh', 'LogCoshError'],
  ['kullback_leibler_divergence', 'KLDivergence'],
  ['kld', 'KLDivergence'],
  ['KLD', 'KLDivergence'],
  ['cosine_proximity', 'CosineSimilarity'],
  ['cosine', 'CosineSimilarity'],
  ['CosineProximity', 'CosineSimilarity'],
]);

/** Classes that only wrap a function. */
const WRAPPERS = new Set(['MeanMetricWrapper', 'SumOverBatchSizeMetricWrapper', 'LossFunctionWrapper']);

/** Arguments of optimizers that say nothing: flags of TensorFlow, and a rule of Nadam's that is fixed today. */
const IDLE = new Set(['jit_compile', 'is_legacy_optimizer', 'schedule_decay', 'use_locking']);

/** A `compile_config` with the names of Keras 3. */
export function modernCompileConfig(given: Config): Config {
  const config = inDepth(given) as Config;
  return {
    ...config,
    optimizer: modernOptimizer(config.optimizer),
    loss: each(config.loss, modernLoss),
    loss_weights: isFalsy(config.loss_weights) ? null : config.loss_weights,
    metrics: each(config.metrics, modernMetric),
    weighted_metrics: each(config.weighted_metrics, modernMetric),
  };
}

function modernOptimizer(optimizer: unknown): unknown {
  if (isFalsy(optimizer)) return null;
  if (!isEntry(optimizer)) return optimizer;
  const { decay, lr, epsilon, ...rest } = withoutIdle(optimizer).config;
  const options = Object.entries(rest).filter(([name]) => !IDLE.has(name));
  const { learning_rate: rate = lr, ...own } = Object.fromEntries(options) as Config;
  // All optimizers of Keras 2.11 to 2.15 are registered under that package.
  const isBuiltIn = /^Custom>/.test(String(optimizer.registered_name)) && /^keras\./.test(String(optimizer.module));
  return {
    ...optimizer,
    class_name: optimizer.class_name.replace(/^Custom>/, ''),
    registered_name: isBuiltIn ? null : optimizer.registered_name,
    config: {
      ...own,
      ...(rate !== undefined && { learning_rate: typeof rate === 'number' ? shortestFloat(rate) : rate }),
      ...(isFalsy(epsilon) ? {} : { epsilon }),
      ...(isFalsy(decay) ? {} : { decay }),
    },
  };
}

function modernLoss(loss: unknown): unknown {
  if (!isEntry(loss)) {
    const name = functionName(loss) ?? loss;
    return typeof name === 'string' ? (LOSSES.get(name) ?? name) : name;
  }
  const { fn, reduction, ...rest } = withoutIdle(loss).config;
  const isAuto = reduction === 'auto' || reduction === undefined;
  return unwrapped({ ...loss, config: isAuto ? rest : { ...rest, reduction } }, fn, LOSSES);
}

function modernMetric(metric: unknown): unknown {
  if (isEntry(metric)) {
    const { fn, ...config } = withoutIdle(metric).config;
    return unwrapped({ ...metric, config }, fn, METRICS);
  }
  const name = functionName(metric) ?? metric;
  const type = typeof name === 'string' ? METRICS.get(name) : undefined;
  // Logs keep the name.
  return type === undefined ? name : { class_name: type, config: { name } };
}

/** Keras 2 wraps functions: their names are those of classes too. */
function unwrapped(entry: Entry, fn: unknown, names: ReadonlyMap<string, string>): unknown {
  const inner = functionName(fn) ?? fn;
  const isWrapped = WRAPPERS.has(entry.class_name) && typeof inner === 'string';
  const name = isWrapped ? inner : entry.class_name;
  const own = isWrapped ? { config: entry.config } : entry;
  return { ...own, class_name: names.get(name) ?? name };
}

/** Each value of arrays and dictionaries, whose form stays; null for what is empty. */
function each(value: unknown, change: (one: unknown) => unknown): unknown {
  if (isFalsy(value)) return null;
  if (Array.isArray(value)) return value.map((one) => each(one, change));
  if (typeof value !== 'object' || value === null || 'class_name' in value) return change(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, each(one, change)]));
}
