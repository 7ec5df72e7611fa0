import { instanceFix } from '../check';
import { invalidArgument } from '../errors';
import { onAbort } from '../signals';
import {
  Callback,
  type CallbackHooks,
  type CallbackParams,
  type CallbackRun,
  HOOKS,
  type HookName,
  type IndexedHookName,
  type PlainHookName,
  type ProgressListener,
  showProgress,
} from './callback';
import type { CallbackModel } from './callback_model';
import { History } from './history';
import { LambdaCallback } from './lambda_callback';
import type { CallbackLogs } from './logs';
import { SwapEMAWeights } from './swap_ema_weights';

/** The state of a callback, under the name of its class. */
interface SavedState {
  readonly owner: string;
  readonly state: unknown;
}

/** Callbacks that a run has now. */
const inUse = new WeakSet<CallbackHooks>();
/** After these nothing follows that an abort could save. */
const LAST_HOOKS: readonly HookName[] = ['onTrainEnd', 'onTestEnd', 'onPredictEnd'];

/** The callbacks of one run, called in their order. */
export class CallbackList {
  readonly #callbacks: readonly CallbackHooks[];
  readonly #model: CallbackModel;
  readonly #params: { -readonly [name in keyof CallbackParams]: CallbackParams[name] };
  #hold: ((error: unknown) => void) | null = null;
  readonly #signal: AbortSignal | undefined;

  constructor(
    callbacks: readonly CallbackHooks[],
    model: CallbackModel,
    params: CallbackParams,
    signal: AbortSignal | undefined,
  ) {
    this.#callbacks = callbacks;
    this.#model = model;
    this.#params = { ...params };
    this.#signal = signal;
  }

  /** Whether evaluations and predictions are of the running means of the weights. */
  get averages(): boolean {
    return this.#callbacks.some((callback) => callback instanceof SwapEMAWeights && callback.isDue);
  }

  /** A stream has been counted: all callbacks see it in their `params`. */
  setSteps(steps: number): void {
    this.#params.steps = steps;
  }

  setRun(run: CallbackRun): void {
    for (const callback of this.#callbacks) callback.setRun?.(run);
  }

  /** Whether one of these hooks must be called in time: it decides how often a run comes back from native code. */
  listens(...hooks: readonly HookName[]): boolean {
    return this.#callbacks.some((callback) => !isRecord(callback) && hooks.some((hook) => listensTo(callback, hook)));
  }

  /** Whether any of them shows where an epoch stands. */
  get showProgress(): boolean {
    return this.#callbacks.some((callback) => showProgress in callback);
  }

  progress(step: number, logs: CallbackLogs): void {
    for (const callback of this.#callbacks) (callback as Partial<ProgressListener>)[showProgress]?.(step, logs);
  }

  /** `hold` is told what the hooks throw before the run's end, which then continues to where it ends. */
  holdErrors(hold: (error: unknown) => void): void {
    this.#hold = hold;
  }

  /** Calls a hook of all; where one of them aborted the run, it ends here. */
  async emit(hook: PlainHookName, logs: CallbackLogs = {}): Promise<void> {
    await this.#each(hook, (callback) => callback[hook]?.(logs));
    if (!LAST_HOOKS.includes(hook)) this.#signal?.throwIfAborted();
  }

  async emitAt(hook: IndexedHookName, index: number, logs: CallbackLogs = {}): Promise<void> {
    await this.#each(hook, (callback) => callback[hook]?.(index, logs));
    this.#signal?.throwIfAborted();
  }

  async #each(hook: HookName, call: (callback: CallbackHooks) => unknown): Promise<void> {
    try {
      for (const callback of this.#callbacks) {
        if (listensTo(callback, hook)) await this.#ended(call(callback));
      }
    } catch (error) {
      if (this.#hold === null || hook === 'onTrainEnd') throw error;
      this.#hold(error);
    }
  }

  /** Waits for what a hook returned, which may take for ever, no longer than until the run is aborted. */
  async #ended(returned: unknown): Promise<void> {
    const signal = this.#signal;
    if (signal === undefined) {
      await returned;
      return;
    }
    let forget = (): void => {};
    const aborted = new Promise<void>((resolve) => {
      forget = onAbort(signal, resolve);
    });
    await Promise.race([returned, aborted]).finally(forget);
  }

  /** The end of an epoch, where none but records listen: without a wait. */
  record(epoch: number, logs: CallbackLogs): void {
    for (const callback of this.#callbacks) if (isRecord(callback)) callback.onEpochEnd?.(epoch, logs);
  }

  /**
   * Does the work of a run, which has its callbacks to itself meanwhile. Tells all of an error that ends it; a further
   * one would only hide it. `together` is there for processes that begin it together.
   */
  async through<Result>(
    work: () => Promise<Result>,
    together: ((begin: () => void) => Promise<void>) | null = null,
  ): Promise<Result> {
    let own: ReadonlySet<CallbackHooks> = new Set();
    const begin = (): void => {
      own = claim(this.#callbacks);
      for (const callback of this.#callbacks) {
        callback.setModel?.(this.#model);
        callback.setParams?.(this.#params);
      }
    };
    try {
      if (together === null) begin();
      else await together(begin);
      return await this.#through(work);
    } finally {
      for (const callback of own) inUse.delete(callback);
    }
  }

  async #through<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      for (const callback of this.#callbacks) {
        try {
          await callback.onAbort?.(error);
        } catch {}
      }
      throw error;
    }
  }

  getStates(): SavedState[] {
    const saved = this.#callbacks.map((callback) => ({ owner: ownerOf(callback), state: callback.getState?.() }));
    return saved.filter(({ state }) => state !== undefined);
  }

  /** Returns each callback its state; several of one class get theirs in order. */
  async setStates(saved: readonly SavedState[]): Promise<void> {
    const left = [...saved];
    for (const callback of this.#callbacks) {
      const index = left.findIndex(({ owner }) => owner === ownerOf(callback));
      if (index === -1) continue;
      const [found] = left.splice(index, 1);
      await callback.setState?.(found?.state);
    }
  }
}

/** The argument `callbacks`: one callback or a list of them. */
export function checkCallbacks(callbacks: unknown): CallbackHooks[] {
  if (callbacks === undefined || callbacks === null) return [];
  return Array.from<unknown, CallbackHooks>(Array.isArray(callbacks) ? callbacks : [callbacks], checkCallback);
}

function checkCallback(callback: unknown): CallbackHooks {
  if (typeof callback !== 'object' || callback === null) {
    const expected = 'instances of Callback or objects with its hooks';
    throw invalidArgument('callbacks', expected, callback, instanceFix(callback));
  }
  const hooks = callback as CallbackHooks;
  if (!HOOKS.some((name) => hooks[name] !== undefined)) {
    throw invalidArgument('callbacks', 'objects with at least one hook', callback, `Hooks are: ${HOOKS.join(', ')}.`);
  }
  for (const name of HOOKS) {
    const hook: unknown = hooks[name];
    if (hook !== undefined && typeof hook !== 'function') throw invalidArgument(name, 'a function', hook);
  }
  return hooks;
}

function listensTo(callback: CallbackHooks, hook: HookName): boolean {
  return callback[hook] !== undefined && callback[hook] !== Callback.prototype[hook];
}

/** Reserves the callbacks that have a state for one run. */
function claim(callbacks: readonly CallbackHooks[]): ReadonlySet<CallbackHooks> {
  const own = new Set(callbacks.filter(hasMemory));
  for (const callback of own) {
    if (!inUse.has(callback)) continue;
    const fix = 'Another run has it: make one for each run, or wait for the other to end.';
    throw invalidArgument('callbacks', 'callbacks of this run alone', callback, fix);
  }
  for (const callback of own) inUse.add(callback);
  return own;
}

/** Plain objects of hooks may serve several runs. */
function hasMemory(callback: CallbackHooks): boolean {
  if (Object.getPrototypeOf(callback) === LambdaCallback.prototype) return false;
  return callback instanceof Callback || callback.getState !== undefined;
}

/** A plain History only writes down: it can do so afterwards. */
function isRecord(callback: CallbackHooks): boolean {
  return Object.getPrototypeOf(callback) === History.prototype;
}

function ownerOf(callback: CallbackHooks): string {
  return callback.constructor.name;
}
