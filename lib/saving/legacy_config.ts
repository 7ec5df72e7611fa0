import { type Config, functionName } from '../identifiers';

/** What earlier versions of Keras wrote otherwise, and fixed sizes of batches, which any batch fits. */

/** A model's config with the names of Keras 3. */
export function modernModelConfig(config: Config): Config {
  if (!Array.isArray(config.layers)) return config;
  const layers = config.layers.flatMap((layer, i) => modernLayers(layer, i === 0 && config.input_layers === undefined));
  return { ...config, layers };
}

/** What a `.h5` file has of `compile`, as `.keras` files have it. */
export function compileConfigOf(training: Config): Config {
  return { ...training, optimizer: training.optimizer_config ?? training.optimizer ?? null };
}

/** A `compile_config` with the names of Keras 3. */
export function modernCompileConfig(config: Config): Config {
  return {
    ...config,
    optimizer: modernOptimizer(config.optimizer),
    loss: each(config.loss, modernLoss),
    metrics: each(config.metrics, modernMetric),
    weighted_metrics: each(config.weighted_metrics, modernMetric),
  };
}

interface Entry extends Config {
  readonly class_name: string;
  readonly config: Config;
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null || !('class_name' in value) || !('config' in value)) return false;
  return typeof value.config === 'object' && value.config !== null;
}

/** A layer; before the first one of a Sequential may come the Input that it states in its own config. */
function modernLayers(layer: unknown, isFirst: boolean): unknown[] {
  if (!isEntry(layer)) return [layer];
  const { batch_input_shape: before, ...rest } = layer.config;
  const isInput = layer.class_name === 'InputLayer';
  const shape = isInput ? (rest.batch_shape ?? before) : before;
  const batchShape = Array.isArray(shape) && shape.length > 0 ? [null, ...shape.slice(1)] : shape;
  if (isInput) return [{ ...layer, config: { ...rest, batch_shape: batchShape } }];
  const own = { ...layer, config: modernOptions(layer.class_name, rest) };
  if (!isFirst || batchShape === undefined) return [own];
  return [{ class_name: 'InputLayer', config: { batch_shape: batchShape } }, own];
}

function modernOptions(className: string, config: Config): Config {
  if (className === 'LeakyReLU' && 'alpha' in config) {
    const { alpha, ...rest } = config;
    return { negative_slope: alpha, ...rest };
  }
  const isList = className === 'BatchNormalization' && Array.isArray(config.axis) && config.axis.length === 1;
  return isList ? { ...config, axis: (config.axis as unknown[])[0] } : config;
}

function modernOptimizer(optimizer: unknown): unknown {
  if (!isEntry(optimizer)) return optimizer;
  const { decay, jit_compile: _, is_legacy_optimizer: __, lr, ...rest } = optimizer.config;
  const own = { ...(lr !== undefined && { learning_rate: lr }), ...rest, ...(decay ? { decay } : {}) };
  return { ...optimizer, class_name: optimizer.class_name.replace(/^.*>/, ''), config: own };
}

function modernLoss(loss: unknown): unknown {
  if (!isEntry(loss)) return functionName(loss) ?? loss;
  const { fn: _, reduction, ...rest } = loss.config;
  const isAuto = reduction === 'auto' || reduction === undefined;
  return { ...loss, config: isAuto ? rest : { ...rest, reduction } };
}

/** Keras 2 wraps functions: their names are those of classes too. */
function modernMetric(metric: unknown): unknown {
  if (!isEntry(metric)) return functionName(metric) ?? metric;
  const { fn, ...rest } = metric.config;
  if (metric.class_name !== 'MeanMetricWrapper' || typeof fn !== 'string') return { ...metric, config: rest };
  return { class_name: fn, config: rest };
}

/** Each value of arrays and dictionaries, whose form stays. */
function each(value: unknown, change: (one: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => each(one, change));
  if (typeof value !== 'object' || value === null || 'class_name' in value) return change(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, each(one, change)]));
}
