// Every layer by its class: the registry, the names and the library's entry follow from it.
export * from './activations/activation';
export * from './activations/prelu';
export * from './core/dense';
export * from './core/embedding';
export * from './core/identity';
export { Input as InputLayer, type InputOptions } from './core/input';
export * from './core/lambda';
export * from './core/masking';
export * from './merging/merges';
export * from './normalization/batch_normalization';
export * from './normalization/sample_normalization';
export * from './preprocessing/encoding';
export * from './preprocessing/normalization';
export * from './preprocessing/rescaling';
export * from './regularization/activity_regularization';
export * from './regularization/dropout';
export * from './reshaping/flatten';
export * from './reshaping/permute';
