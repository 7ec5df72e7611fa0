import { checkBoolean, checkOptions } from '../check';
import { GemsbokError } from '../errors';
import { Callback } from './callback';
import type { CallbackLogs } from './logs';
import { floatText } from './python_text';

export interface TerminateOnNaNOptions {
  /** Whether to reject instead of ending early; then callbacks do not see an end. Default: false */
  readonly raiseError?: boolean | undefined;
}

/**
 * Ends training after the first batch that makes the loss NaN or infinite.
 *
 * Defaults: `raiseError` false. Errors: `ERR_NOT_FINITE` in the run, with `raiseError`. Source:
 * `keras.callbacks.TerminateOnNaN`.
 *
 * @example
 * ```ts
 * await model.fit(x, y, { verbose: 0, callbacks: [new TerminateOnNaN()] });
 * ```
 */
export class TerminateOnNaN extends Callback {
  readonly #raises: boolean;

  constructor(options: TerminateOnNaNOptions = {}) {
    super();
    checkOptions(options, ['raiseError'], 'TerminateOnNaN');
    this.#raises = checkBoolean(options.raiseError ?? false, 'raiseError');
  }

  /** @internal An error, though, is thrown in all processes. */
  override get writes(): boolean {
    return !this.#raises;
  }

  override onTrainBatchEnd(batch: number, { loss }: CallbackLogs): void {
    if (loss === undefined || Number.isFinite(loss)) return;
    if (this.#raises) {
      const found = `received ${floatText(loss)} at batch ${batch}`;
      throw new GemsbokError('ERR_NOT_FINITE', `Expected a finite loss, ${found}. Try a smaller learning rate.`);
    }
    console.log(`Batch ${batch}: Invalid loss, terminating training`);
    this.model.stopTraining = true;
  }
}
