import { checkFunction, checkOptions } from '../check';
import type { Tensor, TensorLike } from '../tensor';

/** What is logged: a number, or the numbers of a metric that has one for each class, label or threshold. */
export type LogValue = number | number[] | number[][];

/**
 * Names and values of an epoch so far, or of a whole epoch. A hook may add entries: they reach {@link History}. Typed as
 * numbers, which all are but the metrics whose result is a tensor: those who compile with such a one say
 * `CallbackLogs<LogValue>`.
 */
export type CallbackLogs<V extends LogValue = number> = Record<string, V>;

/** What every callback of a run is told at its beginning. */
export interface CallbackParams {
  /** 0 silent, 1 progress bar, 2 one line an epoch. */
  readonly verbose: number;
  readonly epochs: number;
  /** Batches of an epoch. */
  readonly steps: number;
}

/** The model as callbacks see it. */
export interface CallbackModel {
  /** Set to true to end training after the batch that runs. */
  stopTraining: boolean;
  getWeights(): Tensor<Float32Array>[];
  setWeights(weights: readonly TensorLike[]): void;
}

type Hook = (logs: CallbackLogs) => void | Promise<void>;
type IndexedHook = (index: number, logs: CallbackLogs) => void | Promise<void>;

export const PLAIN_HOOKS = [
  'onTrainBegin',
  'onTrainEnd',
  'onTestBegin',
  'onTestEnd',
  'onPredictBegin',
  'onPredictEnd',
] as const;
export const INDEXED_HOOKS = [
  'onEpochBegin',
  'onEpochEnd',
  'onTrainBatchBegin',
  'onTrainBatchEnd',
  'onTestBatchBegin',
  'onTestBatchEnd',
  'onPredictBatchBegin',
  'onPredictBatchEnd',
] as const;

export type PlainHookName = (typeof PLAIN_HOOKS)[number];
export type IndexedHookName = (typeof INDEXED_HOOKS)[number];
export type HookName = PlainHookName | IndexedHookName;

/** What `callbacks` takes: an instance of {@link Callback} or any object with some of its hooks. */
export type CallbackHooks = { [name in PlainHookName]?: Hook } & { [name in IndexedHookName]?: IndexedHook } & {
  setModel?: (model: CallbackModel) => void;
  setParams?: (params: CallbackParams) => void;
};

/**
 * Base class of everything that listens to a run. Override the hooks that you need; they may be async, and the run waits
 * for them. An error that a hook throws ends the run and rejects its promise.
 *
 * The hooks nest as their names say: train, epoch, batch; the test hooks of a validation come between the last batch of
 * an epoch and `onEpochEnd`. Only overridden hooks cost anything: a run without batch hooks crosses into native code once
 * an epoch. Source: `keras.callbacks.Callback`.
 *
 * @example
 * ```ts
 * class Print extends Callback {
 *   override onEpochEnd(epoch: number, logs: CallbackLogs): void {
 *     console.log(epoch, logs.loss);
 *   }
 * }
 * ```
 */
export class Callback implements Required<CallbackHooks> {
  /** The model of the run; null before one begins. */
  model: CallbackModel | null = null;
  /** Of the run; null before one begins. */
  params: CallbackParams | null = null;

  setModel(model: CallbackModel): void {
    this.model = model;
  }

  setParams(params: CallbackParams): void {
    this.params = params;
  }

  onTrainBegin(_logs: CallbackLogs): void | Promise<void> {}
  onTrainEnd(_logs: CallbackLogs): void | Promise<void> {}
  /** `epoch` counts from 0. */
  onEpochBegin(_epoch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** `logs`: loss and metrics of the epoch, with those of the validation as `val_*`. */
  onEpochEnd(_epoch: number, _logs: CallbackLogs): void | Promise<void> {}
  onTrainBatchBegin(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** `logs`: means over the epoch so far. */
  onTrainBatchEnd(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  onTestBegin(_logs: CallbackLogs): void | Promise<void> {}
  onTestEnd(_logs: CallbackLogs): void | Promise<void> {}
  onTestBatchBegin(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  onTestBatchEnd(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  onPredictBegin(_logs: CallbackLogs): void | Promise<void> {}
  onPredictEnd(_logs: CallbackLogs): void | Promise<void> {}
  onPredictBatchBegin(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  onPredictBatchEnd(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
}

/**
 * A callback made of functions: the options are hooks by their names.
 *
 * Errors: `ERR_INVALID_ARG` for a name that is no hook and for what is no function. Source:
 * `keras.callbacks.LambdaCallback`.
 *
 * @example
 * ```ts
 * new LambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) });
 * ```
 */
export class LambdaCallback extends Callback {
  constructor(hooks: Omit<CallbackHooks, 'setModel' | 'setParams'> = {}) {
    super();
    checkOptions(hooks, [...PLAIN_HOOKS, ...INDEXED_HOOKS], 'LambdaCallback');
    for (const hook of Object.values(hooks)) checkFunction(hook, 'hooks');
    Object.assign(this, hooks);
  }
}
