import { type Config, type CustomObjects, Family, type Serialized } from '../identifiers';
import { Activation, ELU, LeakyReLU, ReLU, Softmax } from './activation';
import { ActivityRegularization, Permute, PReLU, RepeatVector } from './arranging';
import { BatchNormalization } from './batch_normalization';
import { Dense } from './dense';
import { AlphaDropout, Dropout, GaussianDropout, GaussianNoise } from './dropout';
import { Embedding, Masking } from './embedding';
import { CategoryEncoding, Discretization } from './encoding';
import { Flatten, Identity, Reshape } from './flatten';
import { Input } from './input';
import { Layer } from './layer';
import { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract } from './merge';
import { Normalization } from './normalization';
import { GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization } from './normalizing';
import { Rescaling } from './rescaling';

export { Activation, type ActivationLayerOptions, ELU, LeakyReLU, ReLU, type ReLUOptions, Softmax } from './activation';
export { ActivityRegularization, Permute, PReLU, type PReLUOptions, RepeatVector } from './arranging';
export { BatchNormalization, type BatchNormalizationOptions } from './batch_normalization';
export { Dense, type DenseOptions } from './dense';
export {
  AlphaDropout,
  Dropout,
  type DropoutOptions,
  GaussianDropout,
  GaussianNoise,
  type NoiseOptions,
} from './dropout';
export { Embedding, type EmbeddingOptions, Masking } from './embedding';
export {
  CategoryEncoding,
  type CategoryEncodingOptions,
  Discretization,
  type DiscretizationOptions,
} from './encoding';
export { Flatten, Identity, Reshape } from './flatten';
export { Input, Input as InputLayer, type InputOptions } from './input';
export { type BatchShape, Layer, type LayerOptions } from './layer';
export {
  Add,
  Average,
  add,
  average,
  Concatenate,
  type ConcatenateOptions,
  concatenate,
  Dot,
  type DotOptions,
  dot,
  Maximum,
  Minimum,
  Multiply,
  maximum,
  minimum,
  multiply,
  Subtract,
  subtract,
} from './merge';
export { Normalization, type NormalizationOptions } from './normalization';
export {
  GroupNormalization,
  type GroupNormalizationOptions,
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  UnitNormalization,
} from './normalizing';
export { Rescaling, type RescalingOptions } from './rescaling';
export { type SymbolicLike, SymbolicTensor } from './symbolic';
export type { Variable } from './variable';

const family = new Family<Layer>({
  what: 'layer',
  module: 'keras.layers',
  base: Layer,
  classes: {
    Activation,
    ActivityRegularization,
    Add,
    AlphaDropout,
    Average,
    BatchNormalization,
    CategoryEncoding,
    Concatenate,
    Dense,
    Discretization,
    Dot,
    Dropout,
    ELU,
    Embedding,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    GroupNormalization,
    Identity,
    InputLayer: Input,
    LayerNormalization,
    LeakyReLU,
    Masking,
    Maximum,
    Minimum,
    Multiply,
    Normalization,
    Permute,
    PReLU,
    ReLU,
    RepeatVector,
    Rescaling,
    Reshape,
    RMSNormalization,
    Softmax,
    Subtract,
    UnitNormalization,
  },
});

/** A layer as an object that {@link deserialize} takes. */
export function serialize(layer: Layer): Serialized {
  return family.serialize(layer);
}

/** A layer, not built, of what {@link serialize} gave, or of Keras' config of one. Errors: `ERR_INVALID_ARG`. */
export function deserialize(
  config: { readonly class_name: string; readonly config: Config },
  customObjects: CustomObjects<Layer> = {},
): Layer {
  return family.deserialize(config, customObjects);
}
