export {
  Callback,
  type CallbackHooks,
  type CallbackLogs,
  type CallbackModel,
  type CallbackParams,
  LambdaCallback,
  type LogValue,
} from './callback';
export { History } from './history';
export { ProgbarLogger, type ProgressStream } from './progbar_logger';
