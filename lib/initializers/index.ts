export * from './classes';
export { Initializer, type RandomOptions } from './initializer';
export { deserialize, get, type InitializerIdentifier, type InitializerName, serialize } from './registry';
