export { BackupAndRestore, type BackupAndRestoreOptions } from './backup_and_restore';
export {
  Callback,
  type CallbackHooks,
  type CallbackLogs,
  type CallbackModel,
  type CallbackOptimizer,
  type CallbackParams,
  type CallbackRun,
  LambdaCallback,
  type LogValue,
  type MonitoredMetric,
} from './callback';
export { CSVLogger, type CSVLoggerOptions } from './csv_logger';
export { EarlyStopping, type EarlyStoppingOptions } from './early_stopping';
export { History } from './history';
export {
  LearningRateScheduler,
  type LearningRateSchedulerOptions,
  type RateOfEpoch,
} from './learning_rate_scheduler';
export { ModelCheckpoint, type ModelCheckpointOptions, type SavableModel, type SaveFreq } from './model_checkpoint';
export type { MonitorMode, MonitorOptions } from './monitor';
export { ProgbarLogger, type ProgbarLoggerOptions, type ProgressStream } from './progbar_logger';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce_lr_on_plateau';
export { type AveragedModel, SwapEMAWeights, type SwapEMAWeightsOptions } from './swap_ema_weights';
export { type SummarizedModel, TensorBoard, type TensorBoardOptions } from './tensorboard';
export { TerminateOnNaN, type TerminateOnNaNOptions } from './terminate_on_nan';
