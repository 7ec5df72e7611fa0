import { type CustomClasses, Family, type Serialized, type SerializedLike } from '../identifiers';
import type { AnyName, NameOf, RegisteredName } from '../names';
import * as classes from './classes';
import { Initializer } from './initializer';

const FURTHER_NAMES = {
  zero: 'Zeros',
  one: 'Ones',
  uniform: 'RandomUniform',
  normal: 'RandomNormal',
  IdentityInitializer: 'Identity',
  OrthogonalInitializer: 'Orthogonal',
} as const;

const family = new Family<Initializer>({
  what: 'initializer',
  module: 'keras.initializers',
  base: Initializer,
  classes,
  aliases: FURTHER_NAMES,
});

/** Everything that names an initializer; one of Constant needs its value. */
export type InitializerName = NameOf<typeof classes, 'Constant'> | keyof typeof FURTHER_NAMES | RegisteredName;

/** Everything that stands for an initializer. */
export type InitializerIdentifier = InitializerName | Initializer | (new () => Initializer) | SerializedLike;

/**
 * The initializer of a name (`'glorot_uniform'`, `'GlorotUniform'`), a class or a config; null for null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names; they name `argument`. Source: `keras.initializers.get`.
 *
 * @example
 * ```ts
 * initializers.get('he_normal');
 * ```
 */
export function get(identifier: InitializerIdentifier | AnyName, argument?: string): Initializer;
export function get(
  identifier: InitializerIdentifier | AnyName | null | undefined,
  argument?: string,
): Initializer | null;
export function get(
  identifier: InitializerIdentifier | AnyName | null | undefined,
  argument?: string,
): Initializer | null {
  return family.get(identifier, argument);
}

/** The config of an initializer. Source: `keras.initializers.serialize`. */
export function serialize(initializer: Initializer): Serialized {
  return family.serialize(initializer);
}

/** The initializer that `serialize` described. Errors: `ERR_INVALID_ARG`. Source: `keras.initializers.deserialize`. */
export function deserialize(config: SerializedLike, customObjects: CustomClasses<Initializer> = {}): Initializer {
  return family.deserialize(config, customObjects);
}
