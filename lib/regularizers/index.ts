export * from './classes';
export { deserialize, get, type RegularizerIdentifier, serialize } from './registry';
export { type ComputeOptions, Regularizer } from './regularizer';
