import { type Config, type CustomClasses, Family, type Serialized } from '../identifiers';
import { registeredNameOf } from '../serializable';
import { isNamed, nameClasses } from '../subclasses';
import * as classes from './classes';
import { Layer } from './layer';

nameClasses(Object.values(classes));

/** The registered names that stood in the configs of layers. */
const readNames = new WeakMap<Layer, string>();

/** Layers of custom classes keep the names under which they were read. */
class LayerFamily extends Family<Layer> {
  override nameOf({ className }: Layer): string {
    return className;
  }

  override serialize(layer: Layer): Serialized {
    const own = super.serialize(layer);
    const readName = registeredNameOf(layer.constructor) === undefined ? readNames.get(layer) : undefined;
    return { ...own, registered_name: readName ?? own.registered_name };
  }
}

const family = new LayerFamily({
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
  config: { readonly class_name: string; readonly config: Config; readonly registered_name?: string | null },
  customObjects: CustomClasses<Layer> = {},
): Layer {
  const layer = family.deserialize(config, customObjects);
  if (isNamed(layer.constructor)) return layer;
  // The caller's class may be called otherwise than the one that a file names, which its weights there are called after.
  Object.assign(layer, { className: config.class_name.replace(/^.*>/, '') });
  if (typeof config.registered_name === 'string') readNames.set(layer, config.registered_name);
  return layer;
}
