export * from './classes';
export { Initializer, type RandomOptions } from './initializer';
export { deserialize, get, type InitializerIdentifier, serialize } from './registry';
