export { Constant, Identity, Ones, Zeros } from './constant';
export { Initializer, type RandomOptions } from './initializer';
export { Orthogonal, type OrthogonalOptions } from './orthogonal';
export {
  RandomNormal,
  type RandomNormalOptions,
  RandomUniform,
  type RandomUniformOptions,
  TruncatedNormal,
} from './random';
export { deserialize, get, type InitializerIdentifier, serialize } from './registry';
export {
  type FanAxes,
  type FanMode,
  type FanOptions,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  type ScalingDistribution,
  VarianceScaling,
  type VarianceScalingOptions,
} from './variance_scaling';
