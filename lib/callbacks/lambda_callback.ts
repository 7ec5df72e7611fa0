import { checkFunction, checkOptions } from '../check';
import { Callback, type CallbackHooks, HOOKS, type HookName } from './callback';

/**
 * A callback made of functions: the options are hooks by their names.
 *
 * Errors: `ERR_INVALID_ARG` for a name that is not a hook and for what is not a function. Source:
 * `keras.callbacks.LambdaCallback`.
 *
 * @example
 * ```ts
 * new LambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) });
 * ```
 */
export class LambdaCallback extends Callback {
  constructor(hooks: Pick<CallbackHooks, HookName | 'onAbort'> = {}) {
    super();
    checkOptions(hooks, HOOKS, 'LambdaCallback');
    for (const [name, hook] of Object.entries(hooks)) {
      if (hook !== undefined && hook !== null) Object.assign(this, { [name]: checkFunction(hook, name) });
    }
  }
}
