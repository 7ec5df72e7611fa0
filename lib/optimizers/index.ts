export * as schedules from '../schedules';
export { Adam, type AdamOptions } from './adam';
export { Optimizer, type OptimizerOptions } from './optimizer';
export { deserialize, get, type OptimizerIdentifier, serialize } from './registry';
export { RMSprop, type RMSpropOptions } from './rmsprop';
export { SGD, type SGDOptions } from './sgd';
export type { VariableLike } from './variables';
