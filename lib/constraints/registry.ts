import { type CustomClasses, Family, type Serialized, type SerializedLike } from '../identifiers';
import type { AnyName, NameOf, RegisteredName } from '../names';
import * as classes from './classes';
import { Constraint } from './constraint';

const family = new Family<Constraint>({
  what: 'constraint',
  module: 'keras.constraints',
  base: Constraint,
  classes,
});

/** Everything that names a constraint. */
export type ConstraintName = NameOf<typeof classes> | RegisteredName;

/** Everything that stands for a constraint. */
export type ConstraintIdentifier = ConstraintName | Constraint | (new () => Constraint) | SerializedLike;

/**
 * The constraint of a name (`'max_norm'`, `'MaxNorm'`), a class or a config; null for null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names; they name `argument`. Source: `keras.constraints.get`.
 *
 * @example
 * ```ts
 * constraints.get('non_neg').apply([-1, 2]).toArray(); // [0, 2]
 * ```
 */
export function get(identifier: ConstraintIdentifier | AnyName, argument?: string): Constraint;
export function get(
  identifier: ConstraintIdentifier | AnyName | null | undefined,
  argument?: string,
): Constraint | null;
export function get(
  identifier: ConstraintIdentifier | AnyName | null | undefined,
  argument?: string,
): Constraint | null {
  return family.get(identifier, argument);
}

/** The config of a constraint. Source: `keras.constraints.serialize`. */
export function serialize(constraint: Constraint): Serialized {
  return family.serialize(constraint);
}

/** The constraint that `serialize` described. Errors: `ERR_INVALID_ARG`. Source: `keras.constraints.deserialize`. */
export function deserialize(config: SerializedLike, customObjects: CustomClasses<Constraint> = {}): Constraint {
  return family.deserialize(config, customObjects);
}
