import { type CustomObjects, Family, type Serialized, type SerializedLike } from '../identifiers';
import { Adam } from './adam';
import { Optimizer } from './optimizer';
import { RMSprop } from './rmsprop';
import { SGD } from './sgd';

const family = new Family<Optimizer>({
  what: 'optimizer',
  module: 'keras.optimizers',
  base: Optimizer,
  classes: { SGD, RMSprop, Adam },
  ignoreCase: true,
});

/** Everything that stands for an optimizer. */
export type OptimizerIdentifier = string | Optimizer | (new () => Optimizer) | SerializedLike;

/**
 * The optimizer of a name in any case (`'adam'`), a class or a config; null for null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names. Source: `keras.optimizers.get`.
 *
 * @example
 * ```ts
 * optimizers.get('rmsprop');
 * ```
 */
export function get(identifier: OptimizerIdentifier): Optimizer;
export function get(identifier: OptimizerIdentifier | null | undefined): Optimizer | null;
export function get(identifier: OptimizerIdentifier | null | undefined): Optimizer | null {
  return family.get(identifier);
}

/** The config of an optimizer. Source: `keras.optimizers.serialize`. */
export function serialize(optimizer: Optimizer): Serialized {
  return family.serialize(optimizer);
}

/** The optimizer of what `serialize` gave. Errors: `ERR_INVALID_ARG`. Source: `keras.optimizers.deserialize`. */
export function deserialize(config: SerializedLike, customObjects: CustomObjects<Optimizer> = {}): Optimizer {
  return family.deserialize(config, customObjects);
}
