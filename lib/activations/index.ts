export type { Activation, ActivationOptions } from './activation';
export * from './functions';
export { type ActivationIdentifier, deserialize, get, gradient, serialize } from './registry';
