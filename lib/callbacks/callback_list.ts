import { invalidArgument } from '../errors';
import {
  Callback,
  type CallbackHooks,
  type CallbackLogs,
  type CallbackModel,
  type CallbackParams,
  type CallbackRun,
  HOOKS,
  type HookName,
  type IndexedHookName,
  type PlainHookName,
} from './callback';
import { History } from './history';

/** What a callback remembers, under the name of its class. */
interface SavedState {
  readonly owner: string;
  readonly state: unknown;
}

/** The callbacks of one run, called in their order. */
export class CallbackList {
  readonly #callbacks: readonly CallbackHooks[];
  readonly #params: { steps: number | null };

  constructor(callbacks: readonly CallbackHooks[], model: CallbackModel, params: CallbackParams) {
    this.#callbacks = callbacks;
    const own = { ...params };
    this.#params = own;
    for (const callback of callbacks) {
      callback.setModel?.(model);
      callback.setParams?.(own);
    }
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

  async emit(hook: PlainHookName, logs: CallbackLogs = {}): Promise<void> {
    for (const callback of this.#callbacks) {
      if (listensTo(callback, hook)) await callback[hook]?.(logs);
    }
  }

  async emitAt(hook: IndexedHookName, index: number, logs: CallbackLogs = {}): Promise<void> {
    for (const callback of this.#callbacks) {
      if (listensTo(callback, hook)) await callback[hook]?.(index, logs);
    }
  }

  /** Does the work of a run, and tells all of an error that ends it; a further one would only hide it. */
  async through<Result>(work: () => Promise<Result>): Promise<Result> {
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

  /** Of several callbacks of one class, each gets the state of its counterpart. */
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
    throw invalidArgument('callbacks', 'instances of Callback or objects with its hooks', callback);
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

/** A plain History only writes down: it can do so afterwards. */
function isRecord(callback: CallbackHooks): boolean {
  return Object.getPrototypeOf(callback) === History.prototype;
}

function ownerOf(callback: CallbackHooks): string {
  return callback.constructor.name;
}
