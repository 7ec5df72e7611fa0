// What users see of it.
export type { Floats } from './exchanged';
export type { MpiOptions } from './mpi';
export { mpi } from './mpi';
export type { Backend, BroadcastOptions, ProcessFacts, ProcessGroup, ReduceOptions } from './process_group';
