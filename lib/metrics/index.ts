export {
  Accuracy,
  BinaryAccuracy,
  type BinaryAccuracyOptions,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  type SparseTopKOptions,
  TopKCategoricalAccuracy,
  type TopKOptions,
} from './accuracy';
export { AUC, type AUCOptions } from './auc';
export {
  type ConfusionCountOptions,
  FalseNegatives,
  FalsePositives,
  TrueNegatives,
  TruePositives,
} from './confusion_counts';
export { ConfusionMatrix, type ConfusionMatrixOptions } from './confusion_matrix';
export { ConcordanceCorrelation, type CorrelationOptions, PearsonCorrelation } from './correlation';
export { type Average, F1Score, type F1ScoreOptions, FBetaScore, type FBetaScoreOptions } from './f_score';
export {
  BinaryIoU,
  type BinaryIoUOptions,
  IoU,
  type IoUOptions,
  MeanIoU,
  type MeanIoUOptions,
  OneHotIoU,
  type OneHotIoUOptions,
  OneHotMeanIoU,
  type OneHotMeanIoUOptions,
} from './iou';
export {
  BinaryCrossentropy,
  type BinaryCrossentropyMetricOptions,
  CategoricalCrossentropy,
  type CategoricalCrossentropyMetricOptions,
  CategoricalHinge,
  CosineSimilarity,
  type CosineSimilarityMetricOptions,
  Hinge,
  KLDivergence,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
  SparseCategoricalCrossentropy,
  type SparseCrossentropyMetricOptions,
  SquaredHinge,
} from './loss_metrics';
export { Metric, type MetricDirection, type MetricOptions, type MetricResult } from './metric';
export {
  PrecisionAtRecall,
  type PrecisionAtRecallOptions,
  RecallAtPrecision,
  type RecallAtPrecisionOptions,
  SensitivityAtSpecificity,
  type SensitivityAtSpecificityOptions,
  SpecificityAtSensitivity,
  type SpecificityAtSensitivityOptions,
} from './operating_points';
export { Precision, type PrecisionRecallOptions, Recall } from './precision_recall';
export { type ClassAggregation, R2Score, type R2ScoreOptions } from './r2_score';
export { Mean, Sum } from './reduction';
export { deserialize, get, type MetricIdentifier, serialize } from './registry';
export { RootMeanSquaredError } from './root_mean_squared_error';
export type { Thresholds } from './threshold_metric';
