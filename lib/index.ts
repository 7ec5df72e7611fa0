// Every class by itself, and all of them in namespaces. Where a loss and a metric share a name, the loss is exported here
// and the metric is found in `metrics`; of both called Identity, the layer is found in `layers`.
export * as activations from './activations';
export * as callbacks from './callbacks';
export {
  BackupAndRestore,
  Callback,
  type CallbackHooks,
  type CallbackLogs,
  type CallbackModel,
  type CallbackParams,
  CSVLogger,
  EarlyStopping,
  History,
  LambdaCallback,
  LearningRateScheduler,
  type LogValue,
  ModelCheckpoint,
  ProgbarLogger,
  ReduceLROnPlateau,
  SwapEMAWeights,
  TensorBoard,
  TerminateOnNaN,
} from './callbacks';
export * as constraints from './constraints';
export { Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm } from './constraints';
export * from './data';
export * as datasets from './datasets';
export { type CodedError, ERROR_CODES, type ErrorCode, GemsbokError } from './errors';
export { getThreads, type Info, info, setThreads, version } from './info';
export * as initializers from './initializers';
export {
  Constant,
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  Identity,
  Initializer,
  LecunNormal,
  LecunUniform,
  Ones,
  Orthogonal,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
  Zeros,
} from './initializers';
export * as layers from './layers';
export {
  Activation,
  type ActivationLayerOptions,
  ActivityRegularization,
  Add,
  AlphaDropout,
  Average,
  BatchNormalization,
  type BatchNormalizationOptions,
  type BatchShape,
  CategoryEncoding,
  type CategoryEncodingOptions,
  Concatenate,
  type ConcatenateOptions,
  Dense,
  type DenseOptions,
  Discretization,
  type DiscretizationOptions,
  Dot,
  type DotOptions,
  Dropout,
  type DropoutOptions,
  ELU,
  Embedding,
  type EmbeddingOptions,
  Flatten,
  GaussianDropout,
  GaussianNoise,
  GroupNormalization,
  type GroupNormalizationOptions,
  Input,
  InputLayer,
  type InputOptions,
  Layer,
  LayerNormalization,
  type LayerNormalizationOptions,
  type LayerOptions,
  LeakyReLU,
  Masking,
  Maximum,
  Minimum,
  Multiply,
  type NoiseOptions,
  Normalization,
  type NormalizationOptions,
  Permute,
  PReLU,
  type PReLUOptions,
  ReLU,
  type ReLUOptions,
  RepeatVector,
  Rescaling,
  type RescalingOptions,
  Reshape,
  RMSNormalization,
  Softmax,
  Subtract,
  type SymbolicLike,
  SymbolicTensor,
  UnitNormalization,
} from './layers';
export * as losses from './losses';
export {
  type CheckGradientOptions,
  checkGradient,
  type GradientCheck,
  Loss,
  type LossOptions,
  type ValueAndGradient,
  type WeightOptions,
} from './losses';
export * from './losses/classes';
export * as metrics from './metrics';
export {
  Accuracy,
  AUC,
  BinaryAccuracy,
  BinaryIoU,
  CategoricalAccuracy,
  ConcordanceCorrelation,
  ConfusionMatrix,
  F1Score,
  FalseNegatives,
  FalsePositives,
  FBetaScore,
  IoU,
  LogCoshError,
  Mean,
  MeanIoU,
  Metric,
  type MetricResult,
  OneHotIoU,
  OneHotMeanIoU,
  PearsonCorrelation,
  Precision,
  PrecisionAtRecall,
  R2Score,
  Recall,
  RecallAtPrecision,
  RootMeanSquaredError,
  SensitivityAtSpecificity,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  SpecificityAtSensitivity,
  Sum,
  TopKCategoricalAccuracy,
  TrueNegatives,
  TruePositives,
} from './metrics';
export * from './models';
export * as optimizers from './optimizers';
export {
  Adadelta,
  Adafactor,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  Ftrl,
  Lamb,
  Lion,
  Muon,
  Nadam,
  Optimizer,
  RMSprop,
  ScheduleFreeAdamW,
  SGD,
} from './optimizers';
export { SeedGenerator, setRandomSeed } from './random';
export * as regularizers from './regularizers';
export { L1, L1L2, L2, OrthogonalRegularizer, Regularizer } from './regularizers';
export { jsonText } from './saving/json_text';
export * as schedules from './schedules';
export {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  LearningRateSchedule,
  PiecewiseConstantDecay,
  PolynomialDecay,
} from './schedules';
export {
  type Dtype,
  type NestedArray,
  Tensor,
  type TensorLike,
  type TensorOptions,
  type TypedArray,
  tensor,
} from './tensor';
export * as utils from './utils';
export { clearSession, epsilon, floatx, normalize, setEpsilon, toCategorical } from './utils';
