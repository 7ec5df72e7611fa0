// Keras' names for what `distributed` does.
export { DataParallel, getDistribution as distribution, mpi as initialize, setDistribution } from '../distributed';
