// Every loss by its class; the library's entry exports all of this.
export type { CrossentropyOptions } from './crossentropy';
export * from './focal';
export * from './hinge';
export * from './likelihood';
export * from './overlap';
export * from './probabilistic';
export * from './regression';
export * from './similarity';
