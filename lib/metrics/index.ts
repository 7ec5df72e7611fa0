export * from './classes';
export { Metric, type MetricDirection, type MetricOptions, type MetricResult } from './metric';
export { deserialize, get, type MetricIdentifier, serialize } from './registry';
export type { Thresholds } from './threshold_metric';
