// What users see of it.
export type { MpiOptions } from './mpi';
export { mpi } from './mpi';
export type { Backend, BroadcastOptions, Floats, ProcessFacts, ProcessGroup, ReduceOptions } from './process_group';
