export {
  Accuracy,
  BinaryAccuracy,
  type BinaryAccuracyOptions,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
} from './accuracy';
export {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  type CrossentropyMetricOptions,
  MeanAbsoluteError,
  MeanSquaredError,
  RootMeanSquaredError,
  SparseCategoricalCrossentropy,
  type SparseCrossentropyMetricOptions,
} from './loss_metrics';
export { Metric, type MetricOptions } from './metric';
export { Mean, Sum } from './reduction';
export { deserialize, get, type MetricIdentifier, serialize } from './registry';
