export { CosineDecay, type CosineDecayOptions, CosineDecayRestarts, type CosineDecayRestartsOptions } from './cosine';
export {
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  type PiecewiseConstantDecayOptions,
  PolynomialDecay,
  type PolynomialDecayOptions,
  type RateDecayOptions,
} from './decays';
export { deserialize, serialize } from './registry';
export { type DecayOptions, LearningRateSchedule } from './schedule';
