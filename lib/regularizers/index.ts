export * from './classes';
export { deserialize, get, type RegularizerIdentifier, type RegularizerName, serialize } from './registry';
export { type ComputeOptions, Regularizer } from './regularizer';
