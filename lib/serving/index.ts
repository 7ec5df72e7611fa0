export { Batcher, type BatcherOptions, type BatcherPredictOptions, type BatcherStats, type BatchInfo } from './batcher';
