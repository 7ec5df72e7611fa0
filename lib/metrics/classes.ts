// Every metric by its class: the registry, the names and the library's entry follow from it.
export * from './crossentropy';
export * from './hinge';
export * from './own_classes';
export * from './probabilistic';
export * from './regression';
export * from './similarity';
