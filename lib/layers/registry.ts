import { type Config, type CustomClasses, Family, type Serialized } from '../identifiers';
import { nameClasses } from '../subclasses';
import * as classes from './classes';
import { Layer } from './layer';

nameClasses(Object.values(classes));

const family = new Family<Layer>({
  what: 'layer',
  module: 'keras.layers',
  base: Layer,
  classes,
});

/** A layer as an object that {@link deserialize} takes. */
export function serialize(layer: Layer): Serialized {
  return family.serialize(layer);
}

/**
 * A layer, not built, from what {@link serialize} returned, or from Keras' config of one. Errors: `ERR_INVALID_ARG`.
 */
export function deserialize(
  config: { readonly class_name: string; readonly config: Config },
  customObjects: CustomClasses<Layer> = {},
): Layer {
  return family.deserialize(config, customObjects);
}
