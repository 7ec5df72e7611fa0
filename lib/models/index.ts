export type { BatchOptions, LossAndGradients, TrainOnBatchOptions } from './batch';
export type { ClassWeight } from './class_weight';
export type { CompileOptions } from './compile';
export type { EvaluateOptions } from './evaluate';
export type { FitOptions, ValidationData } from './fit_options';
export type { PredictOptions } from './predict';
export { Sequential, type SequentialOptions, type SummaryOptions } from './sequential';
