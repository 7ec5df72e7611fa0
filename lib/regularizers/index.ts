export { L1, L1L2, L2, OrthogonalRegularizer, type OrthogonalRegularizerOptions } from './penalties';
export { deserialize, get, type RegularizerIdentifier, serialize } from './registry';
export { type ComputeOptions, Regularizer } from './regularizer';
