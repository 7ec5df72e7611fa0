// Every class by itself, and all of them in namespaces. What two families name alike is exported here from one of them, and
// is found in the namespace of the other: of a loss and a metric the loss, of both called Identity the initializer.
export * as activations from './activations';
export type { CallbackParams, LayerSeries, LayerTable, LogValue } from './callbacks';
export * as callbacks from './callbacks';
export { Callback, type CallbackHooks, type CallbackLogs, type CallbackModel } from './callbacks';
export * from './callbacks/classes';
export * as constraints from './constraints';
export { Constraint } from './constraints';
export * from './constraints/classes';
export * from './data';
export * as datasets from './datasets';
export { DataParallel, setDistribution } from './distributed';
export * as distributed from './distributed/public';
export * as distribution from './distribution';
export { type CodedError, ERROR_CODES, type ErrorCode, GemsbokError } from './errors';
export type { ConfigurableClass, Serialized, SerializedLike } from './identifiers';
export { getThreads, type Info, info, setThreads, version } from './info';
export * as initializers from './initializers';
export { Identity, Initializer } from './initializers';
export * from './initializers/classes';
export * as layers from './layers';
export { Average, type BatchShape, Input, Layer, type LayerOptions, type SymbolicLike, SymbolicTensor } from './layers';
export * from './layers/classes';
export * as losses from './losses';
export { Loss, type LossOptions, type LossOut, type ValueAndGradient, type WeightOptions } from './losses';
export * from './losses/classes';
export * as metrics from './metrics';
export { Metric, type MetricResult } from './metrics';
export * from './metrics/own_classes';
export * from './models';
export type { FloatArray } from './native_kernels';
export * as optimizers from './optimizers';
export { Optimizer } from './optimizers';
export * from './optimizers/classes';
export { SeedGenerator, setRandomSeed } from './random';
export * as regularizers from './regularizers';
export { Regularizer } from './regularizers';
export * from './regularizers/classes';
export { jsonText } from './saving/json_text';
export * as schedules from './schedules';
export { LearningRateSchedule } from './schedules';
export * from './schedules/classes';
export { registerSerializable } from './serializable';
export type { Shape, ShapedArray } from './shaped_array';
export type {
  ArrayOfShape,
  Dtype,
  FloatDtype,
  NestedArray,
  ShapeOf,
  TensorLike,
  TensorOptions,
  TypedArray,
} from './tensor';
export { Tensor, tensor } from './tensor';
export * as utils from './utils';
export { clearSession, epsilon, floatx, normalize, setEpsilon, toCategorical } from './utils';
