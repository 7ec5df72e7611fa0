export * as schedules from '../schedules';
export * from './classes';
export type { ExcludeOptions } from './exclusion';
export type { MomentOptions } from './moments';
export { Optimizer } from './optimizer';
export type { LearningRate, OptimizerOptions } from './options';
export { deserialize, get, type OptimizerIdentifier, type OptimizerName, serialize } from './registry';
export type { VariableLike } from './variables';
