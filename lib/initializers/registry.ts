import { type CustomObjects, Family, type Serialized, type SerializedLike } from '../identifiers';
import * as classes from './classes';
import { Initializer } from './initializer';

const family = new Family<Initializer>({
  what: 'initializer',
  module: 'keras.initializers',
  base: Initializer,
  classes,
  aliases: {
    zero: 'Zeros',
    one: 'Ones',
    uniform: 'RandomUniform',
    normal: 'RandomNormal',
    IdentityInitializer: 'Identity',
    OrthogonalInitializer: 'Orthogonal',
  },
});

/** Everything that stands for an initializer. */
export type InitializerIdentifier = string | Initializer | (new () => Initializer) | SerializedLike;

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
export function get(identifier: InitializerIdentifier, argument?: string): Initializer;
export function get(identifier: InitializerIdentifier | null | undefined, argument?: string): Initializer | null;
export function get(identifier: InitializerIdentifier | null | undefined, argument?: string): Initializer | null {
  return family.get(identifier, argument);
}

/** The config of an initializer. Source: `keras.initializers.serialize`. */
export function serialize(initializer: Initializer): Serialized {
  return family.serialize(initializer);
}

/** The initializer of what `serialize` gave. Errors: `ERR_INVALID_ARG`. Source: `keras.initializers.deserialize`. */
export function deserialize(config: SerializedLike, customObjects: CustomObjects<Initializer> = {}): Initializer {
  return family.deserialize(config, customObjects);
}
