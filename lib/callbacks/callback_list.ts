import { invalidArgument } from '../errors';
import {
  Callback,
  type CallbackHooks,
  type CallbackLogs,
  type CallbackModel,
  type CallbackParams,
  type HookName,
  INDEXED_HOOKS,
  type IndexedHookName,
  PLAIN_HOOKS,
  type PlainHookName,
} from './callback';

/** The callbacks of one run, called in their order. */
export class CallbackList {
  readonly #callbacks: readonly CallbackHooks[];

  constructor(callbacks: readonly CallbackHooks[], model: CallbackModel, params: CallbackParams) {
    this.#callbacks = callbacks;
    for (const callback of callbacks) {
      callback.setModel?.(model);
      callback.setParams?.(params);
    }
  }

  /** Whether one of these hooks does anything: it decides how often a run comes back from native code. */
  listens(...hooks: readonly HookName[]): boolean {
    return this.#callbacks.some((callback) => hooks.some((hook) => listensTo(callback, hook)));
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
}

/** The argument `callbacks`: one callback or a list of them. */
export function checkCallbacks(callbacks: unknown): CallbackHooks[] {
  if (callbacks === undefined || callbacks === null) return [];
  return (Array.isArray(callbacks) ? callbacks : [callbacks]).map((callback: unknown) => checkCallback(callback));
}

function checkCallback(callback: unknown): CallbackHooks {
  if (typeof callback !== 'object' || callback === null) {
    throw invalidArgument('callbacks', 'instances of Callback or objects with its hooks', callback);
  }
  const hooks = callback as CallbackHooks;
  const names = [...PLAIN_HOOKS, ...INDEXED_HOOKS];
  if (!names.some((name) => hooks[name] !== undefined)) {
    throw invalidArgument('callbacks', 'objects with at least one hook', callback, `Hooks are: ${names.join(', ')}.`);
  }
  for (const name of names) {
    const hook: unknown = hooks[name];
    if (hook !== undefined && typeof hook !== 'function') throw invalidArgument(name, 'a function', hook);
  }
  return hooks;
}

function listensTo(callback: CallbackHooks, hook: HookName): boolean {
  return callback[hook] !== undefined && callback[hook] !== Callback.prototype[hook];
}
