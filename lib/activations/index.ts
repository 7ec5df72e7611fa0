export type { Activation, ActivationOptions } from './activation';
export { linear, type ReluOptions, relu, type SoftmaxOptions, sigmoid, softmax, tanh } from './functions';
export { type ActivationIdentifier, deserialize, get, gradient, serialize } from './registry';
