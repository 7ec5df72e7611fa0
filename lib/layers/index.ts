import { type Config, Family, type Serialized } from '../identifiers';
import { Dense } from './dense';
import { Flatten } from './flatten';
import { Input } from './input';
import { Layer } from './layer';

export { Dense, type DenseOptions } from './dense';
export { Flatten } from './flatten';
export { Input, Input as InputLayer, type InputOptions } from './input';
export { type BatchShape, Layer, type LayerOptions } from './layer';
export type { Variable } from './variable';

const family = new Family<Layer>({
  what: 'layer',
  module: 'keras.layers',
  base: Layer,
  classes: { Dense, Flatten, InputLayer: Input },
});

/** A layer as an object that {@link deserialize} takes. */
export function serialize(layer: Layer): Serialized {
  return family.serialize(layer);
}

/** A layer, not built, of what {@link serialize} gave, or of Keras' config of one. Errors: `ERR_INVALID_ARG`. */
export function deserialize(config: { readonly class_name: string; readonly config: Config }): Layer {
  return family.deserialize(config);
}
