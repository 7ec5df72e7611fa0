export { checkDistributed, DataParallel, getDistribution, setDistribution } from './distribution';
export { mpi } from './mpi';
export { checksum, isSame, ProcessGroup } from './process_group';
