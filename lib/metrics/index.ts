export * from './classes';
export type { MetricFunction } from './function_metric';
export { Metric, type MetricDirection, type MetricOptions, type MetricResult } from './metric';
export { deserialize, get, type MetricIdentifier, type MetricName, serialize } from './registry';
export type { Thresholds } from './threshold_metric';
