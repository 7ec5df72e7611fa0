import { invalidArgument } from '../errors';
import type { Config, Serialized } from '../identifiers';
import { deserialize, type Layer, serialize } from '../layers';
import { dtypePolicy } from '../layers/config';
import * as losses from '../losses';
import { isCustom } from '../losses/registry';
import * as metrics from '../metrics';
import * as optimizers from '../optimizers';
import type { Compilation, CompileOptions } from './compile';
import type { Stack } from './stack';

/** The layers of a model with Keras' names. */
export function stackConfig(name: string, stack: Stack): Config {
  const layers = stack.input === null ? stack.layers : [stack.input, ...stack.layers];
  const config = { name, trainable: true, dtype: dtypePolicy(), layers: layers.map(layerConfig) };
  return stack.inputShape === null ? config : { ...config, build_input_shape: [null, ...stack.inputShape] };
}

/** The reverse of {@link stackConfig}; Keras' own configs fit too. */
export function layersFromConfig(config: Config): Layer[] {
  const { layers } = config;
  if (!Array.isArray(layers)) throw invalidArgument('config.layers', 'an array of layers', layers);
  return layers.map((layer) => deserialize(layer));
}

/** Optimizer, loss and metrics with Keras' names; names stay names. */
export function compileConfig({ options, optimizer }: Compilation): Config {
  return {
    optimizer: optimizers.serialize(optimizer),
    loss: lossConfig(options.loss ?? null),
    loss_weights: options.lossWeights ?? null,
    metrics: metricsConfig(options.metrics),
    weighted_metrics: metricsConfig(options.weightedMetrics),
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

function lossConfig(loss: NonNullable<CompileOptions['loss']> | null): Serialized | string | null {
  if (loss === null || typeof loss === 'string') return loss;
  const found = losses.get(loss);
  if (found === null) return null;
  // A function of the user's has no more than a name.
  return isCustom(found) ? found.name : losses.serialize(found);
}

function metricsConfig(given: CompileOptions['metrics']): (Serialized | string | null)[] | null {
  if (given === null || given === undefined) return null;
  return given.map((identifier) => {
    if (typeof identifier === 'string') return identifier;
    const metric = metrics.get(identifier);
    return metric && metrics.serialize(metric);
  });
}

function layerConfig(layer: Layer): Serialized & { readonly build_config?: Config } {
  const serialized = serialize(layer);
  const built = layer.className !== 'InputLayer' && layer.inputShape !== null;
  return built ? { ...serialized, build_config: { input_shape: layer.inputShape } } : serialized;
}
