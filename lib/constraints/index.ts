export * from './classes';
export { type ApplyOptions, Constraint, type ConstraintView } from './constraint';
export { type ConstraintIdentifier, type ConstraintName, deserialize, get, serialize } from './registry';
