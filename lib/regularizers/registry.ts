import { type CustomClasses, Family, type Serialized, type SerializedLike } from '../identifiers';
import type { AnyName, NameOf, RegisteredName } from '../names';
import * as classes from './classes';
import { Regularizer } from './regularizer';

const family = new Family<Regularizer>({
  what: 'regularizer',
  module: 'keras.regularizers',
  base: Regularizer,
  classes,
});

/** Everything that names a regularizer. */
export type RegularizerName = NameOf<typeof classes> | RegisteredName;

/** Everything that stands for a regularizer. */
export type RegularizerIdentifier = RegularizerName | Regularizer | (new () => Regularizer) | SerializedLike;

/**
 * The regularizer of a name (`'l2'`, `'L2'`), a class or a config; null for null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names; they name `argument`. Source: `keras.regularizers.get`.
 *
 * @example
 * ```ts
 * regularizers.get('l2').compute([1, 2]); // 0.05
 * ```
 */
export function get(identifier: RegularizerIdentifier | AnyName, argument?: string): Regularizer;
export function get(
  identifier: RegularizerIdentifier | AnyName | null | undefined,
  argument?: string,
): Regularizer | null;
export function get(
  identifier: RegularizerIdentifier | AnyName | null | undefined,
  argument?: string,
): Regularizer | null {
  if (typeof identifier === 'number') {
    throw family.unknown(identifier, {
      argument: argument ?? 'regularizer',
      fix: `Write new L2({ l2: ${identifier} }).`,
    });
  }
  return family.get(identifier, argument);
}

/** The config of a regularizer. Source: `keras.regularizers.serialize`. */
export function serialize(regularizer: Regularizer): Serialized {
  return family.serialize(regularizer);
}

/** The regularizer that `serialize` described. Errors: `ERR_INVALID_ARG`. Source: `keras.regularizers.deserialize`. */
export function deserialize(config: SerializedLike, customObjects: CustomClasses<Regularizer> = {}): Regularizer {
  return family.deserialize(config, customObjects);
}
