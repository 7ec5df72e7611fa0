import { checkOptions, nearest } from '../check';
import { type CodedError, invalidArgument, unsupported } from '../errors';
import { type Config, optionsFromConfig, type SerializedLike } from '../identifiers';
import type { Spec } from '../native';
import type { Tensor, TensorLike } from '../tensor';
import { type Activation, type ActivationEntry, activationNames, backward, findEntry } from './activation';
import './functions';

/** Everything that stands for an activation. */
export type ActivationIdentifier = string | Activation<never> | SerializedLike;

/**
 * The function of a name, as in Keras; null gives `linear`, a function itself, a config a function with these options.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names. Source: `keras.activations.get`.
 *
 * @example
 * ```ts
 * activations.get('relu'); // activations.relu
 * ```
 */
export function get(identifier: ActivationIdentifier | null | undefined): Activation {
  if (typeof identifier === 'function') return identifier as Activation;
  const { entry, config } = parts(identifier);
  const preset = optionsFromConfig<object>(config);
  if (Object.keys(preset).length === 0) return entry.call;
  return (x, options) => entry.call(x, { ...preset, ...options });
}

/** The name of an activation function. Source: `keras.activations.serialize`. */
export function serialize(activation: Activation<never>): string {
  const entry = findEntry(activation);
  if (entry === undefined) throw unknown(activation);
  return entry.name;
}

/** The function of what `serialize` gave. Source: `keras.activations.deserialize`. */
export function deserialize(config: string | SerializedLike): Activation {
  return get(config);
}

/**
 * `upstream` times the derivative of an activation at `x`.
 *
 * Shapes: those of `x`. Errors: `ERR_INVALID_ARG` for unknown names and options, `ERR_SHAPE_MISMATCH`.
 *
 * @example
 * ```ts
 * activations.gradient('relu', [-1, 2], [1, 1]).toArray(); // [0, 1]
 * ```
 */
export function gradient(
  activation: string | Activation<never>,
  x: TensorLike,
  upstream: TensorLike,
  options: object = {},
): Tensor {
  return backward(parts(activation).entry, x, upstream, options);
}

/** An activation as a layer needs it. */
export interface LayerActivation {
  /** Keras' name. */
  readonly name: string;
  readonly spec: Spec;
  /** For the layer's config: the bare name where no option is set. */
  readonly config: string | SerializedLike;
}

/** Errors: `ERR_UNSUPPORTED` for a function that is not the library's and for an axis that is not the last. */
export function resolveActivation(identifier: ActivationIdentifier | null | undefined): LayerActivation {
  if (typeof identifier === 'function' && findEntry(identifier) === undefined) {
    throw unsupported('activation', 'an activation of this library', identifier, 'Layers run in native code only.');
  }
  const { entry, config } = parts(identifier);
  const options = checkOptions(optionsFromConfig<object>(config), entry.own, entry.name);
  if (entry.alongAxes && (options.axis ?? -1) !== -1) throw unsupported('axis', 'the last axis, -1,', options.axis);
  const plain = Object.keys(options).length === 0;
  return {
    name: entry.name,
    spec: { name: entry.name, parameters: entry.parameters(options) },
    config: plain ? entry.name : { class_name: entry.name, config },
  };
}

function parts(identifier: unknown): { readonly entry: ActivationEntry; readonly config: Config } {
  const given = identifier ?? 'linear';
  const named = typeof given === 'object' ? (given as Config) : { class_name: given };
  const name = named.class_name ?? named.className;
  const entry = findEntry(name);
  if (entry === undefined) throw unknown(name ?? identifier);
  return { entry, config: (named.config ?? {}) as Config };
}

function unknown(identifier: unknown): CodedError {
  const names = activationNames();
  const guess = typeof identifier === 'string' ? nearest(identifier, names) : undefined;
  const fix = guess === undefined ? `There are: ${names.join(', ')}.` : `Did you mean '${guess}'?`;
  return invalidArgument('activation', 'the name of an activation, or its function,', identifier, fix);
}
