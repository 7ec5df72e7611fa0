// Every schedule by its class: the registry, the names and the library's entry follow from it.
export * from './cosine';
export * from './decays';
