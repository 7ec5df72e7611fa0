import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import type { CallbackModel } from './callback_model';
import type { ExaminerOptions, LayerExaminer, LayerRecord } from './layer_values';
import type { CallbackLogs } from './logs';

/** What every callback of a run is told at its beginning. */
export interface CallbackParams {
  /** 0 silent, 1 progress bar, 2 one line an epoch. */
  readonly verbose: number;
  /** Epochs to train, or to train until. */
  readonly epochs: number;
  /** Batches of an epoch; null while it is unknown, in the first pass over a stream. */
  readonly steps: number | null;
  /**
   * Whether the logs of this epoch, from 0, are without `val_` values that those of other epochs have. Default: none is
   */
  readonly skipsValidation?: ((epoch: number) => boolean) | undefined;
}

/** A run, for callbacks that save what it needs to continue. */
export interface CallbackRun {
  /** All that decides how the run continues, as structured cloning copies it. */
  save(): unknown;
  /** Continues from there; called in `onTrainBegin`. */
  restore(state: unknown): Promise<void>;
  /** @internal What was found out about the layers; null where that is not asked for. */
  readonly statistics?: LayerRecord | null;
  /** @internal What looks at the layers, from the beginning of an epoch on. */
  examiner?(options: ExaminerOptions): Promise<LayerExaminer>;
}

/**
 * A method of callbacks of the library that show where an epoch stands: called with the step and the logs so far, some
 * times a second, by a timer and without holding up the run.
 */
export const showProgress: unique symbol = Symbol('showProgress');

/** What has that method. */
export interface ProgressListener {
  [showProgress](step: number, logs: CallbackLogs): void;
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

/** Everything that may be called with what happens. */
export const HOOKS = [...PLAIN_HOOKS, ...INDEXED_HOOKS, 'onAbort'] as const;

export type PlainHookName = (typeof PLAIN_HOOKS)[number];
export type IndexedHookName = (typeof INDEXED_HOOKS)[number];
export type HookName = PlainHookName | IndexedHookName;

interface OtherHooks {
  /** @internal */
  readonly writes?: boolean;
  setModel?: (model: CallbackModel) => void;
  setParams?: (params: CallbackParams) => void;
  /** Called by `fit` only. */
  setRun?: (run: CallbackRun) => void;
  /** Called where an error or a signal ends `fit`, `evaluate` or `predict`: there is no other end then. */
  onAbort?: (error: unknown) => void | Promise<void>;
  /** The state of the callback in a run, as structured cloning copies it: it goes into backups. */
  getState?: () => unknown;
  setState?: (state: unknown) => void | Promise<void>;
}

/** What `callbacks` takes: an instance of {@link Callback} or any object with some of its hooks. */
export type CallbackHooks = { [name in PlainHookName]?: Hook } & {
  [name in IndexedHookName]?: IndexedHook;
} & OtherHooks;

/**
 * Base class of everything that listens to a run. Override the hooks that you need; they may be async, and the run
 * waits for them. An error that a hook throws ends the run and rejects its promise; all callbacks then get `onAbort` in
 * place of the hooks of its end, as they do where a signal ends the run.
 *
 * The hooks nest as their names say: train, epoch, batch; the test hooks of a validation come between the last batch of
 * an epoch and `onEpochEnd`. Only overridden hooks cost anything: a run without batch hooks crosses into native code
 * once an epoch. Source: `keras.callbacks.Callback`.
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
export class Callback implements Required<Omit<CallbackHooks, 'writes'>> {
  static {
    showOptionsInConsole(Callback, (callback) => ({ ...callback, cloning: null, model: null, params: null }));
  }

  /** @internal */
  protected readonly cloning = notCloneable('a callback', 'make it where the model is trained');
  // All hooks are called in a run, hence the types are without null.
  /** The model of the run; null before the first one, when no hook is called. */
  model: CallbackModel = null as unknown as CallbackModel;
  /** The parameters of the run; null before the first one, when no hook is called. */
  params: CallbackParams = null as unknown as CallbackParams;

  /** @internal Whether it writes or prints: of processes that train together the first alone has it. */
  get writes(): boolean {
    return false;
  }

  /** Called with the model before a run. */
  setModel(model: CallbackModel): void {
    this.model = model;
  }

  /** Called with what is known of a run before it begins. */
  setParams(params: CallbackParams): void {
    this.params = params;
  }

  /** Called before a `fit`, with what saves and restores it. */
  setRun(_run: CallbackRun): void {}

  /** The state of the callback in a run, as structured cloning copies it: it goes into backups. */
  getState(): unknown {
    return undefined;
  }

  /** Takes what `getState` returned, where a run continues from a backup. */
  setState(_state: unknown): void | Promise<void> {}

  /** Before the first epoch of `fit`. */
  onTrainBegin(_logs: CallbackLogs): void | Promise<void> {}
  /** In place of the end of a run, where an error or a signal ends it. */
  onAbort(_error: unknown): void | Promise<void> {}
  /** `logs`: those of the last epoch. */
  onTrainEnd(_logs: CallbackLogs): void | Promise<void> {}
  /** `epoch` counts from 0. */
  onEpochBegin(_epoch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** `logs`: loss and metrics of the epoch, with those of the validation as `val_*`. */
  onEpochEnd(_epoch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** Before a batch; `batch` counts from 0 in each epoch. */
  onTrainBatchBegin(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** `logs`: means over the epoch so far. */
  onTrainBatchEnd(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** Before `evaluate`, and before a validation in `fit`. */
  onTestBegin(_logs: CallbackLogs): void | Promise<void> {}
  /** `logs`: loss and metrics of all data. */
  onTestEnd(_logs: CallbackLogs): void | Promise<void> {}
  /** Before a batch; `batch` counts from 0. */
  onTestBatchBegin(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** `logs`: means over the data so far. */
  onTestBatchEnd(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** Before `predict`. */
  onPredictBegin(_logs: CallbackLogs): void | Promise<void> {}
  /** After the last batch of `predict`. */
  onPredictEnd(_logs: CallbackLogs): void | Promise<void> {}
  /** Before a batch; `batch` counts from 0. */
  onPredictBatchBegin(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
  /** After a batch. */
  onPredictBatchEnd(_batch: number, _logs: CallbackLogs): void | Promise<void> {}
}
