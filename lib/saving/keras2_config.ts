import { type Config, packagedName } from '../identifiers';
import { isEntry, isFields } from './python';

// Configs as Keras 2 wrote them, which is what TensorFlow.js reads: the reverse of modern_config.ts.

/** What else Keras 3 says of a class. */
const NEWER = new Set(['module', 'registered_name', 'build_config', 'compile_config']);

/** A model's class and config. */
export function keras2Model({ class_name: type, config }: Config): Config {
  const { layers, input_layers: inputs, output_layers: outputs, ...rest } = config as Config;
  const ends = inputs === undefined ? {} : { input_layers: listed(inputs), output_layers: listed(outputs) };
  const own = { ...plain(rest), layers: (layers as readonly Config[]).map(keras2Layer), ...ends };
  return { class_name: type === 'Sequential' ? type : 'Model', config: own };
}

function keras2Layer(layer: Config): Config {
  const { inbound_nodes: nodes, ...rest } = layer;
  const { class_name: type, config, ...more } = plain(rest);
  const isModel = isFields(config) && Array.isArray(config.layers);
  const own = isModel ? keras2Model(layer) : { class_name: type, config: renamed(String(type), config as Config) };
  return { ...more, ...own, ...(nodes !== undefined && { inbound_nodes: (nodes as readonly Config[]).map(inbound) }) };
}

/** Without what Keras 3 added, in depth; a policy of types is its name. What is registered goes by its whole name. */
function plain(value: Config): Config {
  const inner = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(inner);
    if (!isFields(one)) return one;
    return isEntry(one) && one.class_name === 'DTypePolicy' ? one.config.name : plain(one);
  };
  const kept = Object.entries(value).filter(([name]) => !NEWER.has(name));
  const older = Object.fromEntries(kept.map(([name, one]) => [name, inner(one)]));
  const called = packagedName(value);
  if (called === undefined) return older;
  return { ...older, [value.class_name === 'function' ? 'config' : 'class_name']: called };
}

function renamed(type: string, config: Config): Config {
  const { batch_shape: shape, negative_slope: slope, activation, ...rest } = config;
  return {
    ...rest,
    ...(shape !== undefined && { batch_input_shape: shape }),
    ...(slope !== undefined && { [type === 'LeakyReLU' ? 'alpha' : 'negative_slope']: slope }),
    ...(activation !== undefined && { activation: activation === 'silu' ? 'swish' : activation }),
  };
}

/** `[name, use, output]`, one or several. */
function listed(histories: unknown): unknown {
  return Array.isArray(histories) && typeof histories[0] === 'string' ? [histories] : histories;
}

/** The inputs of one use of a layer. */
function inbound({ args }: Config): unknown {
  return (args as readonly unknown[]).flat().map((tensor) => {
    const { keras_history: history } = (tensor as { readonly config: Config }).config;
    return [...(history as readonly unknown[]), {}];
  });
}
