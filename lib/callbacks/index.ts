export type { SaveFreq } from './batch_counter';
export {
  Callback,
  type CallbackHooks,
  type CallbackParams,
  type CallbackRun,
} from './callback';
export type { CallbackModel } from './callback_model';
export * from './classes';
export type { LayerSeries, LayerTable } from './layer_values';
export type { CallbackLogs, LogValue } from './logs';
export type { MonitorMode, MonitorOptions } from './monitor';
