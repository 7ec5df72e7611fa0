export { Constant, Ones, Zeros } from './constant';
export { Initializer, type RandomOptions } from './initializer';
export {
  RandomNormal,
  type RandomNormalOptions,
  RandomUniform,
  type RandomUniformOptions,
  TruncatedNormal,
} from './random';
export { deserialize, get, type InitializerIdentifier, serialize } from './registry';
export {
  type FanMode,
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
