export type { WeightOptions } from '../samples/weighting';
export { type CheckGradientOptions, checkGradient, type GradientCheck } from './check_gradient';
export * from './classes';
export * from './functions';
export {
  type AnyLoss,
  Loss,
  type LossOptions,
  type LossValue,
  type ReductionName,
  type ValueAndGradient,
} from './loss';
export type { LossOut } from './loss_out';
export type { LossFunction } from './per_sample';
export { type CustomLossFunction, deserialize, get, type LossIdentifier, type LossName, serialize } from './registry';
