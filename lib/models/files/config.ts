import { describe, invalidArgument, located } from '../../errors';
import {
  type Config,
  type ConfigurableClass,
  customObject,
  type CustomClasses as LayerClasses,
  type Serialized,
  type SerializedLike,
} from '../../identifiers';
import { deserialize, type Layer, serialize } from '../../layers';
import { dtypePolicy } from '../../layers/layer';
import { checkNesting } from '../../limits';
import type { CustomLossFunction, LossIdentifier } from '../../losses';
import * as losses from '../../losses';
import { isCustom } from '../../losses/registry';
import type { MetricIdentifier } from '../../metrics';
import * as metrics from '../../metrics';
import { FunctionMetric } from '../../metrics/function_metric';
import * as optimizers from '../../optimizers';
import { modernModelConfig } from '../../saving/modern_config';
import { isFields } from '../../saving/python';
import { customByName, registeredNameOf, withCustomObjects } from '../../serializable';
import type { Compilation, CompileOptions } from '../compile/compilation';
import { isByName } from '../compile/per_output';
import type { Stack } from '../graph/stack';
import { isModel, modelClass } from '../model_classes';
import { sharedLayer, sharingConfig, withLayers, withNumbers } from './sharing';

/**
 * Custom layers, losses, metrics, optimizers and schedules, classes or functions, by the names that configs hold.
 */
export type CustomObjects = Readonly<
  Record<string, CustomLossFunction | metrics.MetricFunction | ConfigurableClass<unknown>>
>;

/** What a model is made of: a config of any age, as an object or as JSON, of the model or of its class and config. */
export type ModelConfig = Config | readonly unknown[] | string;

/** Today's config for a model of one of these classes. */
export function readModelConfig(given: ModelConfig, classes: readonly string[]): Config {
  const value = typeof given === 'string' ? parsed(given) : given;
  const type = (value as Config | null)?.class_name;
  if (typeof type === 'string' && !classes.includes(type)) {
    throw invalidArgument('config', `the config of a ${classes[0]}`, type, 'Call `fromConfig` of the other class.');
  }
  const config = modernModelConfig(value);
  if (!isFields(config) || !Array.isArray(config.layers)) {
    throw invalidArgument('config', 'an object as `getConfig` returns it, with `layers`,', given);
  }
  for (const [i, layer] of config.layers.entries()) {
    if (!isFields(layer)) throw invalidArgument(`config.layers[${i}]`, 'a class with its config', layer);
  }
  return config;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidArgument('config', 'JSON, or what it says,', text);
  }
}

/** The layers of a model with Keras' names. */
export function stackConfig(name: string, stack: Stack): Config {
  const all = stack.input === null ? stack.layers : [stack.input, ...stack.layers];
  const layers = withNumbers(all, () => all.map(layerConfig));
  const config = { name, trainable: stack.trainable, dtype: dtypePolicy(), layers };
  const [inputShape] = stack.inputShapes ?? [];
  return inputShape === undefined ? config : { ...config, build_input_shape: [null, ...inputShape] };
}

/** The reverse of {@link stackConfig}; Keras' own configs fit too. */
export function layersFromConfig(config: Config, customObjects: CustomObjects): Layer[] {
  const { layers } = config;
  if (!Array.isArray(layers)) throw invalidArgument('config.layers', 'an array of layers', layers);
  return withLayers(() => layers.map((layer) => layerFromConfig(layer, customObjects)));
}

/** Errors name the layer. */
export function layerFromConfig(config: unknown, customObjects: CustomObjects): Layer {
  const { config: own, class_name: type, name } = (config ?? {}) as Config & { readonly config?: Config };
  const make = (): Layer => {
    const model = modelClass(type);
    // Before Keras 2.3 the config of a Sequential was its list of layers.
    const given = Array.isArray(own) ? { name, layers: own } : (own ?? {});
    if (model !== undefined) return model.fromConfig(given, customObjects as never);
    return withCustomObjects(customObjects, () =>
      deserialize(config as Parameters<typeof deserialize>[0], customObjects as LayerClasses<Layer>),
    );
  };
  return inLayer(own?.name ?? name ?? type, () => sharedLayer(config, make));
}

/** Errors name the layer, unless they do already. */
export function inLayer<T>(name: unknown, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const shown = `layer \`${typeof name === 'string' ? name.slice(0, 60) : describe(name)}\``;
    throw error instanceof Error && error.message.includes(shown) ? error : located(error, shown);
  }
}

/** Optimizer, loss and metrics with Keras' names; names stay names. */
export function compileConfig({ options, optimizer }: Compilation): Config {
  return {
    optimizer: optimizers.serialize(optimizer),
    loss: lossConfig(options.loss),
    loss_weights: options.lossWeights ?? null,
    metrics: metricsConfig(options.metrics),
    weighted_metrics: metricsConfig(options.weightedMetrics),
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

/** The reverse of {@link compileConfig}; Keras' own configs fit too. */
export function compileOptions(config: Config, customObjects: CustomObjects): CompileOptions {
  return withCustomObjects(customObjects, () => readCompileOptions(config, customObjects));
}

function readCompileOptions(config: Config, customObjects: CustomObjects): CompileOptions {
  checkNesting(config, 'compile_config');
  const own = customObjects as never;
  // A name stays one, as shapes decide what some stand for.
  const from = (make: (given: SerializedLike) => unknown) => (one: unknown) => {
    if (typeof one === 'string') return customObject(customObjects, one) ?? customByName(one) ?? one;
    return typeof one === 'object' && one !== null ? make(one as SerializedLike) : one;
  };
  const metric = from((given) => metrics.deserialize(given, own));
  const options = {
    optimizer: from((given) => optimizers.deserialize(given, own))(config.optimizer) ?? undefined,
    loss: nested(
      config.loss,
      from((given) => losses.deserialize(given, own)),
    ),
    lossWeights: config.loss_weights ?? null,
    metrics: nested(config.metrics, metric),
    weightedMetrics: nested(config.weighted_metrics, metric),
  };
  return options as CompileOptions;
}

function lossConfig(loss: CompileOptions['loss']): unknown {
  return nested(loss, (one) => {
    if (typeof one === 'string') return one;
    const found = losses.get(one as LossIdentifier);
    if (found === null) return null;
    // A custom function has no more than a name.
    return isCustom(found) ? (registeredNameOf(found) ?? found.name) : losses.serialize(found);
  });
}

function metricsConfig(given: CompileOptions['metrics']): unknown {
  return nested(given, (one) => {
    if (typeof one === 'string') return one;
    const metric = metrics.get(one as MetricIdentifier);
    // A custom function has no more than a name.
    if (metric instanceof FunctionMetric) return registeredNameOf(metric.call) ?? metric.name;
    return metric && metrics.serialize(metric);
  });
}

/** Each value of arrays and dictionaries, whose form stays. */
function nested(given: unknown, convert: (one: unknown) => unknown): unknown {
  if (given === null || given === undefined) return null;
  if (Array.isArray(given)) return Array.from(given, (one) => nested(one, convert));
  if (!isByName(given)) return convert(given);
  return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, nested(one, convert)]));
}

export function layerConfig(layer: Layer): Serialized & { readonly build_config?: Config } {
  if (isModel(layer)) {
    const { compile_config: _, ...rest } = layer.toJSON();
    return { ...rest, ...sharingConfig(layer) } as Serialized;
  }
  const serialized = { ...serialize(layer), ...sharingConfig(layer) };
  const built = layer.className !== 'InputLayer' && layer.inputShape !== null;
  if (!built) return serialized;
  return { ...serialized, build_config: { input_shape: layer.takesList ? layer.inputShapes : layer.inputShape } };
}
