export { type ApplyOptions, Constraint, type ConstraintView, NonNeg } from './constraint';
export { MaxNorm, type MaxNormOptions, MinMaxNorm, type MinMaxNormOptions, type NormOptions, UnitNorm } from './norms';
export { type ConstraintIdentifier, deserialize, get, serialize } from './registry';
