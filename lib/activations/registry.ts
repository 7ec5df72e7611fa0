import { checkOptions, defined, nearest, toSnakeCase } from '../check';
import { asUnknown, type CodedError, invalidArgument, unsupported } from '../errors';
import { type Config, functionName, nameIn, optionsFromConfig, type SerializedLike } from '../identifiers';
import type { AnyName, RegisteredName, Spellings } from '../names';
import type { Spec } from '../native';
import { getValue } from '../records';
import type { Tensor, TensorLike } from '../tensor';
import { type Activation, type ActivationEntry, backward, entryOf } from './activation';
import * as functions from './functions';

/** By Keras' names and their camelCase forms. */
const ENTRIES = new Map<unknown, ActivationEntry>(
  Object.entries(functions).flatMap(([name, call]) => {
    const entry = entryOf(call) as ActivationEntry;
    return [name, toSnakeCase(name)].map((spelling) => [spelling, entry] as const);
  }),
);

/** Everything that names an activation. */
export type ActivationName = Spellings<keyof typeof functions> | RegisteredName;

/** Everything that stands for an activation. */
export type ActivationIdentifier = ActivationName | Activation<never> | SerializedLike;

interface Parts {
  readonly entry: ActivationEntry;
  readonly config: Config;
  /** The layer that was passed instead of a function. */
  readonly layer?: SerializedLike;
}

/** Layers that stand for an activation, as in Keras: the function, and what the layer takes where it is not told. */
const LAYERS: Readonly<Record<string, readonly [name: string, defaults: Config]>> = {
  ReLU: ['relu', { negative_slope: 0, max_value: null, threshold: 0 }],
  LeakyReLU: ['leaky_relu', { negative_slope: 0.3 }],
  ELU: ['elu', { alpha: 1 }],
  Softmax: ['softmax', { axis: -1 }],
};

/** The functions that `get` made of configs with options. */
const presets = new WeakMap<object, Parts>();

/**
 * The function of a name, as in Keras; null returns `linear`, a function itself, a config a function with these
 * options.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names. Source: `keras.activations.get`.
 *
 * @example
 * ```ts
 * activations.get('relu'); // activations.relu
 * ```
 */
export function get(identifier: ActivationIdentifier | AnyName | null | undefined): Activation {
  if (typeof identifier === 'function') return identifier as Activation;
  const parts = partsOf(identifier);
  const preset = checkOptions(optionsFromConfig<object>(parts.config), parts.entry.own, parts.entry.name);
  if (Object.keys(preset).length === 0) return parts.entry.call;
  const call: Activation = (x, options) => parts.entry.call(x, { ...preset, ...options });
  presets.set(call, parts);
  return call;
}

/**
 * The name of an activation function; with its options where `get` added some. Source: `keras.activations.serialize`.
 */
export function serialize(activation: Activation<never>): string | SerializedLike {
  return serialized(partsOf(activation));
}

/** The function that `serialize` described. Source: `keras.activations.deserialize`. */
export function deserialize(config: string | SerializedLike): Activation {
  return get(config);
}

/**
 * `upstream` times the derivative of an activation at `x`.
 *
 * Shapes: `upstream` that of the result, which is that of `x` but for `glu`. Errors: `ERR_INVALID_ARG` for unknown
 * names and options, `ERR_SHAPE_MISMATCH`.
 *
 * @example
 * ```ts
 * activations.gradient('relu', [-1, 2], [1, 1]).toArray(); // [0, 1]
 * ```
 */
export function gradient(
  activation: ActivationIdentifier,
  x: TensorLike,
  upstream: TensorLike,
  options: object = {},
): Tensor {
  const { entry, config } = partsOf(activation);
  return backward(entry, x, upstream, { ...optionsFromConfig<object>(config), ...options });
}

/** An activation as a layer needs it. */
export interface LayerActivation {
  /** Keras' name. */
  readonly name: string;
  /** @internal */
  readonly spec: Spec;
  /** For the layer's config: the bare name where no option is set. */
  readonly config: string | SerializedLike;
}

/** Errors: `ERR_UNSUPPORTED` for a function that is not the library's and for what a layer's rows cannot do. */
export function resolveActivation(identifier: ActivationIdentifier | null | undefined): LayerActivation {
  if (typeof identifier === 'function' && !isKnown(identifier)) {
    const { name } = identifier;
    const fix = ENTRIES.has(name) ? `Write its name: '${name}'.` : 'Layers run in native code only.';
    throw unsupported('activation', 'an activation of this library', identifier, fix);
  }
  const parts = partsOf(identifier);
  const { entry, config } = parts;
  const options = checkOptions(optionsFromConfig<object>(config), entry.own, entry.name);
  const { axis = -1 } = options;
  if (entry.along?.halves) {
    throw unsupported('activation', 'one that keeps the number of units', entry.name, `${entry.name} halves it.`);
  }
  if (![axis].flat().every((one) => one === -1)) throw unsupported('axis', 'the last axis, -1,', axis);
  return {
    name: entry.name,
    spec: { name: entry.name, parameters: entry.parameters(options) },
    config: serialized(parts),
  };
}

function serialized({ entry, config, layer }: Parts): string | SerializedLike {
  if (layer !== undefined) return layer;
  return Object.keys(config).length === 0 ? entry.name : { class_name: entry.name, config };
}

function isKnown(call: Activation<never>): boolean {
  return presets.has(call) || entryOf(call) !== undefined;
}

function partsOf(identifier: unknown): Parts {
  if (typeof identifier === 'function') {
    const preset = presets.get(identifier);
    if (preset !== undefined) return preset;
  }
  const given = functionName(identifier) ?? identifier ?? 'linear';
  const named = typeof given === 'object' ? (given as Config) : { class_name: given };
  const name = nameIn(named);
  const config = (named.config ?? {}) as Config;
  if (typeof name === 'string' && Object.hasOwn(LAYERS, name)) return partsOfLayer(name, config);
  if (name === 'Activation') return partsOf(config.activation);
  const entry = ENTRIES.get(name) ?? entryOf(name);
  if (entry === undefined) throw unknown(name ?? identifier);
  return { entry, config };
}

function partsOfLayer(type: string, given: Config): Parts {
  const [name, defaults] = defined(LAYERS[type]);
  const { name: _, trainable: __, dtype: ___, ...own } = given;
  const config = { ...defaults, ...own };
  const layer = { module: 'keras.layers', class_name: type, config: given, registered_name: null };
  return { entry: defined(ENTRIES.get(name)), config, layer };
}

/** Every activation once. */
export function activationEntries(): readonly ActivationEntry[] {
  return [...new Set(ENTRIES.values())];
}

/** Names of PyTorch, scikit-learn and others; of what is a layer here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  identity: "'linear'",
  none: "'linear'",
  logistic: "'sigmoid'",
  logsigmoid: "'log_sigmoid'",
  swish: "'silu'",
  hardswish: "'hard_silu'",
  rectifier: "'relu'",
  lrelu: "'leaky_relu'",
  softshrinkage: "'soft_shrink'",
  prelu: 'the layer new PReLU()',
};

function unknown(identifier: unknown): CodedError {
  const names = activationEntries().map(({ name }) => name);
  const guess = typeof identifier === 'string' ? guessed(identifier, names) : undefined;
  const fix = guess === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${guess}?`;
  return asUnknown(invalidArgument('activation', 'the name of an activation, or its function,', identifier, fix));
}

function guessed(name: string, names: readonly string[]): string | undefined {
  const known = getValue(ELSEWHERE, name.toLowerCase().replaceAll(/[-_ ]/g, ''));
  if (known !== undefined) return known;
  const spelled = nearest(name, names);
  return spelled && `'${spelled}'`;
}
