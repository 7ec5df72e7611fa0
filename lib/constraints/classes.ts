// Every constraint by its class: the registry, the names and the library's entry follow from it.
export * from './non_neg';
export * from './norms';
