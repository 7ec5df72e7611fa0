// Every metric by its class: the registry, the names and the library's entry follow from it.
export * from './loss_metrics';
export * from './own_classes';
