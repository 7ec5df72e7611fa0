export type { BatchOptions, LossAndGradients, TrainOnBatchOptions } from './batch';
export type { ClassWeight } from './class_weight';
export type { CompileOptions } from './compile';
export type { CompiledMetric } from './compile_metrics';
export type { EvaluateOptions } from './evaluate';
export type { FitOptions, Verbosity } from './fit_options';
export type { PredictOptions } from './predict';
export { Sequential, type SequentialOptions, type SummaryOptions } from './sequential';
export type { ValidationData, ValidationFreq } from './validation';
