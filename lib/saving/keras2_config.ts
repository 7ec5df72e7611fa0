import { InWords, unsupported } from '../errors';
import { type Config, packagedName } from '../identifiers';
import { activationOf } from './layer_config';
import { type Entry, isEntry, isFalsy, isFields } from './python';

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
  const own = isModel ? keras2Model(layer) : keras2Class(String(type), config as Config);
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

/** A layer by the class that computes the same there. */
function keras2Class(type: string, given: Config): Config {
  const config = renamed(type, given);
  if (type === 'Identity') return { class_name: 'Activation', config: { ...config, activation: 'linear' } };
  if (type !== 'ReLU') return { class_name: type, config };
  const { negative_slope: alpha, threshold: theta, max_value: most, ...rest } = config;
  if (isFalsy(alpha) && isFalsy(theta)) return { class_name: type, config: { ...rest, max_value: most } };
  if (most === null && isFalsy(theta)) return { class_name: 'LeakyReLU', config: { ...rest, alpha } };
  if (most === null && isFalsy(alpha)) return { class_name: 'ThresholdedReLU', config: { ...rest, theta } };
  throw refused(given, 'several options of ReLU');
}

function renamed(type: string, config: Config): Config {
  const { batch_shape: shape, negative_slope: slope, activation, ...others } = config;
  const rest = Object.entries(others).map(([name, value]) => [name, isEntry(value) ? regularizer(value) : value]);
  return {
    ...Object.fromEntries(rest),
    ...(shape !== undefined && { batch_input_shape: shape }),
    ...(slope !== undefined && { [type === 'LeakyReLU' ? 'alpha' : 'negative_slope']: slope }),
    ...(activation !== undefined && { activation: keras2Activation(config) }),
  };
}

/** TensorFlow.js takes options of functions for none, and has another `hard_sigmoid`. */
function keras2Activation(layer: Config): unknown {
  const { activation } = layer;
  if (isEntry(activation) && /^[A-Z]/.test(activation.class_name)) return activation;
  const { name, config } = activationOf(activation);
  if (name === 'gelu') return config.approximate === true ? 'gelu_new' : name;
  if (name === 'hard_sigmoid') throw refused(layer, '`hard_sigmoid`, which TensorFlow.js computes otherwise,');
  if (!isFalsy(config)) throw refused(layer, `the options of \`${name}\``);
  return name === 'silu' ? 'swish' : activation;
}

/** Keras 2 has one class for both. */
function regularizer({ class_name: type, config, ...rest }: Entry): Entry {
  if (type !== 'L1' && type !== 'L2') return { class_name: type, config, ...rest };
  return { ...rest, class_name: 'L1L2', config: { l1: config.l1 ?? 0, l2: config.l2 ?? 0 } };
}

function refused({ name }: Config, what: string): Error {
  return unsupported(
    'format',
    "what TensorFlow.js computes alike for 'tfjs'",
    new InWords(`${what} of the layer \`${name}\``),
  );
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
