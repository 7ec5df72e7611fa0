export {
  binaryCrossentropy,
  categoricalCrossentropy,
  type LossFunction,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from './functions';
export { type AnyLoss, Loss, type LossOptions, type LossValue, type ReductionName } from './loss';
export {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  type CrossentropyOptions,
  SparseCategoricalCrossentropy,
  type SparseCrossentropyOptions,
} from './probabilistic';
export { type CustomLossFunction, deserialize, get, type LossIdentifier, serialize } from './registry';
export { MeanAbsoluteError, MeanSquaredError } from './regression';
export type { WeightOptions } from './weighting';
