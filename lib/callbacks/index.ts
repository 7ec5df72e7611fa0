export type { SaveFreq } from './batch_counter';
export {
  Callback,
  type CallbackHooks,
  type CallbackLogs,
  type CallbackModel,
  type CallbackOptimizer,
  type CallbackParams,
  type CallbackRun,
  type LogValue,
  type MonitoredMetric,
} from './callback';
export * from './classes';
export type { LayerSeries, LayerTable } from './layer_values';
export type { MonitorMode, MonitorOptions } from './monitor';
