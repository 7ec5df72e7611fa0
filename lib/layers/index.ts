export type { WeightOptions } from './add_weight';
export type { BatchShape } from './batch_shape';
export * from './classes';
export { Input } from './core/input';
export type { ForwardInfo, LayerGradients } from './custom_layer';
export { type Ends, Layer, type LayerOptions, type SingleEnds, type SymbolicLike, SymbolicTensor } from './layer';
export * from './merging/functions';
export { deserialize, serialize } from './registry';
export type { Variable } from './variable';
