export { checksum, isSame } from './checksum';
export { checkDistributed, DataParallel, getDistribution, setDistribution } from './distribution';
export { mpi } from './mpi';
export { ProcessGroup } from './process_group';
