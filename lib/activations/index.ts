export type { Activation, ActivationOptions } from './activation';
export {
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardSilu as hardSwish,
  hardTanh,
  type LeakyReluOptions,
  leakyRelu,
  linear,
  type ReluOptions,
  relu,
  relu6,
  type ShrinkOptions,
  softShrink,
  sparsePlus,
  sparseSigmoid,
  type ThresholdOptions,
  threshold,
} from './piecewise';
export { type ActivationIdentifier, deserialize, get, gradient, serialize } from './registry';
export { type AxisOptions, glu, logSoftmax, type SoftmaxOptions, softmax, sparsemax } from './rows';
export { type GeluOptions, gelu, mish, sigmoid, silu, silu as swish, softsign, tanh } from './sigmoid';
export {
  celu,
  type EluOptions,
  elu,
  exponential,
  logSigmoid,
  type SquareplusOptions,
  selu,
  softplus,
  squareplus,
  tanhShrink,
} from './smooth';
