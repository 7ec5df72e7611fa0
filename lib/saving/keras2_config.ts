import { type Config, packagedName } from '../identifiers';
import { isEntry, isFields } from './python';

// Configs as Keras 2 wrote them, which is what TensorFlow.js reads: the reverse of modern_config.ts.

/** What else Keras 3 says of a class. */
const NEWER = new Set(['module', 'registered_name', 'build_config', 'compile_config']);

/** A model's class and config. */
export function keras2Model({ class_name: type, config }: Config): Config {
  const { layers: given, input_layers: inputs, output_layers: outputs, ...rest } = config as Config;
  const layers = given as readonly Config[];
  const chains = new Set(layers.filter((layer) => layer.class_name === 'Sequential').map(({ name }) => name));
  const place: Place = ([name, use, output]) => [name, chains.has(name) ? use + 1 : use, output];
  const ends =
    inputs === undefined ? {} : { input_layers: listed(inputs, place), output_layers: listed(outputs, place) };
  const own = { ...plain(rest), layers: layers.map((layer) => keras2Layer(layer, place)), ...ends };
  return { class_name: type === 'Sequential' ? type : 'Model', config: own };
}

type History = readonly [layer: unknown, use: number, output: number];

/** A place in a graph: Keras 2 counts the making of a `Sequential` as its first use, as Keras 3 does of a graph's alone. */
type Place = (history: History) => History;

function keras2Layer(layer: Config, place: Place): Config {
  const { inbound_nodes: nodes, ...rest } = layer;
  const { class_name: type, config, ...more } = plain(rest);
  const isModel = isFields(config) && Array.isArray(config.layers);
  const own = isModel ? keras2Model(layer) : { class_name: type, config: renamed(String(type), config as Config) };
  return {
    ...more,
    ...own,
    ...(nodes !== undefined && { inbound_nodes: (nodes as readonly Config[]).map((node) => inbound(node, place)) }),
  };
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

/** One place or several. */
function listed(histories: unknown, place: Place): unknown {
  const [first] = histories as readonly unknown[];
  return ((typeof first === 'string' ? [histories] : histories) as readonly History[]).map(place);
}

/** The inputs of one use of a layer. */
function inbound({ args }: Config, place: Place): unknown {
  return (args as readonly unknown[]).flat().map((tensor) => {
    const { keras_history: history } = (tensor as { readonly config: Config }).config;
    return [...place(history as History), {}];
  });
}
