// Every initializer by its class: the registry, the names and the library's entry follow from it.
export * from './constant';
export * from './orthogonal';
export * from './random';
export * from './variance_scaling';
