// Every loss by its class: the registry, the names and the library's entry follow from it.
export type { CrossentropyOptions } from './base_crossentropy';
export * from './crossentropy';
export * from './focal';
export * from './hinge';
export * from './overlap';
export * from './probabilistic';
export * from './regression';
export * from './similarity';
