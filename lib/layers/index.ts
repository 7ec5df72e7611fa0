import { type Config, type CustomObjects, Family, type Serialized } from '../identifiers';
import { Activation, ELU, LeakyReLU, ReLU, Softmax } from './activations/activation';
import { PReLU } from './activations/prelu';
import { Dense } from './core/dense';
import { Embedding } from './core/embedding';
import { Identity } from './core/identity';
import { Input } from './core/input';
import { Masking } from './core/masking';
import { Layer } from './layer';
import { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract } from './merging/merges';
import { BatchNormalization } from './normalization/batch_normalization';
import {
  GroupNormalization,
  LayerNormalization,
  RMSNormalization,
  UnitNormalization,
} from './normalization/sample_normalization';
import { CategoryEncoding, Discretization } from './preprocessing/encoding';
import { Normalization } from './preprocessing/normalization';
import { Rescaling } from './preprocessing/rescaling';
import { ActivityRegularization } from './regularization/activity_regularization';
import { AlphaDropout, Dropout, GaussianDropout, GaussianNoise } from './regularization/dropout';
import { Flatten, Reshape } from './reshaping/flatten';
import { Permute, RepeatVector } from './reshaping/permute';

export {
  Activation,
  type ActivationLayerOptions,
  ELU,
  LeakyReLU,
  ReLU,
  type ReLUOptions,
  Softmax,
} from './activations/activation';
export { PReLU, type PReLUOptions } from './activations/prelu';
export type { BatchShape } from './batch_shape';
export { Dense, type DenseOptions } from './core/dense';
export { Embedding, type EmbeddingOptions } from './core/embedding';
export { Identity } from './core/identity';
export { Input, Input as InputLayer, type InputOptions } from './core/input';
export { Masking } from './core/masking';
export { Layer, type LayerOptions, type SymbolicLike, SymbolicTensor } from './layer';
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
} from './merging/merges';
export { BatchNormalization, type BatchNormalizationOptions } from './normalization/batch_normalization';
export {
  GroupNormalization,
  type GroupNormalizationOptions,
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  UnitNormalization,
} from './normalization/sample_normalization';
export {
  CategoryEncoding,
  type CategoryEncodingOptions,
  Discretization,
  type DiscretizationOptions,
} from './preprocessing/encoding';
export { Normalization, type NormalizationOptions } from './preprocessing/normalization';
export { Rescaling, type RescalingOptions } from './preprocessing/rescaling';
export { ActivityRegularization } from './regularization/activity_regularization';
export {
  AlphaDropout,
  Dropout,
  type DropoutOptions,
  GaussianDropout,
  GaussianNoise,
  type NoiseOptions,
} from './regularization/dropout';
export { Flatten, Reshape } from './reshaping/flatten';
export { Permute, RepeatVector } from './reshaping/permute';
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
