// Every optimizer by its class: the registry, the names and the library's entry follow from it.
export * from './adadelta';
export * from './adafactor';
export * from './adagrad';
export * from './adam';
export * from './adamax';
export * from './adamw';
export * from './ftrl';
export * from './lamb';
export * from './lion';
export * from './muon';
export * from './nadam';
export * from './rmsprop';
export * from './schedule_free_adamw';
export * from './sgd';
