export type { FileLike, SourceOptions } from '../files/source';
export type { CheckGradientOptions, GradientCheck } from '../losses';
export type {
  LayoutOptions,
  LossAndGradients,
  ModelData,
  PassOptions,
  SampleWeightOption,
  SummaryOptions,
  Verbosity,
} from '../model_options';
export type { BytesOf, FormatName } from '../saving/format';
export type { Layout } from '../saving/named_weights';
export { type AverageWeightsOptions, averageWeights, type WeightsOf } from './average_weights';
export type { BaseModel } from './base_model';
export { checkGradient, type LayerGradientCheck, type PartCheck } from './check_gradient';
export { cloneModel } from './clone_model';
export type { ByName, CompileOptions, GivenMetrics } from './compile/compilation';
export type { CompiledMetric } from './compile/metrics';
export type { ClassWeight } from './data/class_weight';
export type { ValidationData, ValidationFreq } from './data/validation';
export type { LoadWeightsOptions, OpenOptions } from './files/load_weights';
export { type LoadedModel, type LoadModelOptions, loadModel } from './load_model';
export { Model, type ModelOptions, type Predicted, type SymbolicTensors } from './model';
export type { EvaluateOptions } from './run/evaluate';
export type { FitOptions } from './run/fit_options';
export type { BatchOptions, InputGradients, TrainOnBatchOptions } from './run/on_batch';
export type { PredictOptions } from './run/predict';
export { Sequential, type SequentialOptions } from './sequential';
export type { FromSharedOptions, ModelHandle } from './shared_model';
export { toFunction } from './to_function';
