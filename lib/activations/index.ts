export type { Activation, ActivationOptions } from './activation';
export * from './functions';
export { type ActivationIdentifier, type ActivationName, deserialize, get, gradient, serialize } from './registry';
