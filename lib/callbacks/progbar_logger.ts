import { checkFunction, checkOptions } from '../check';
import { Callback, showProgress } from './callback';
import { liveLineOf, type ProgressStream, writeTo } from './live_line';
import type { CallbackLogs } from './logs';
import { epochLine, finishedBar, movingBar, type ProgressState } from './progress_text';

export type { ProgressStream };

export interface ProgbarLoggerOptions {
  /** Default: process.stdout */
  readonly stream?: ProgressStream | undefined;
}

/**
 * Prints the progress of `fit`, which adds one itself unless `verbose` is 0: a moving bar on a terminal, elsewhere (and
 * with `verbose: 2`) one line an epoch. `evaluate` and `predict` add one where `verbose` is given; it prints their end.
 *
 * What the program prints while a bar moves goes above it. Metrics for which a line has no room are left out, and `...`
 * stands for them; the line at the end of an epoch has them all.
 *
 * Defaults: `stream` process.stdout. Errors: `ERR_INVALID_ARG` for a stream that cannot be written to. Source: `keras.callbacks.ProgbarLogger`.
 *
 * @example
 * ```ts
 * new ProgbarLogger({ stream: process.stderr });
 * ```
 */
export class ProgbarLogger extends Callback {
  readonly #stream: ProgressStream;
  #begun = 0;
  #title = '';
  /** A validation within `fit` is silent. */
  #fits = false;

  constructor(options: ProgbarLoggerOptions = {}) {
    super();
    checkOptions(options, ['stream'], 'ProgbarLogger');
    this.#stream = options.stream ?? process.stdout;
    checkFunction(this.#stream.write, 'stream.write');
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  override onTrainBegin(): void {
    this.#fits = true;
  }

  override onTrainEnd(): void {
    this.#fits = false;
  }

  override onAbort(): void {
    this.#fits = false;
    if (this.#moves) liveLineOf(this.#stream).leave();
  }

  override onTestBegin(): void {
    if (!this.#fits) this.onPredictBegin();
  }

  override onTestEnd(logs: CallbackLogs): void {
    if (!this.#fits) this.#finish(logs);
  }

  override onPredictBegin(): void {
    this.#begun = performance.now();
    this.#title = '';
  }

  override onPredictEnd(): void {
    this.#finish({});
  }

  override onEpochBegin(epoch: number): void {
    const { epochs = 1 } = this.params ?? {};
    this.#begun = performance.now();
    this.#title = epochs > 1 ? `Epoch ${epoch + 1}/${epochs}` : '';
    if (!this.#moves) return;
    if (this.#title !== '') writeTo(this.#stream, `${this.#title}\n`);
    liveLineOf(this.#stream).begin();
  }

  /** @internal */
  [showProgress](step: number, logs: CallbackLogs): void {
    this.update(step, logs);
  }

  /** Draws the bar as it stands within an epoch; nothing where it does not move. */
  update(step: number, logs: CallbackLogs): void {
    if (!this.#moves || step === 0) return;
    // Some terminals say that they have no columns.
    const columns = this.#stream.columns || Number.POSITIVE_INFINITY;
    const colours = this.#stream.hasColors?.() ?? false;
    liveLineOf(this.#stream).draw(movingBar(this.#state(step, logs), { columns, colours }));
  }

  override onEpochEnd(_epoch: number, logs: CallbackLogs): void {
    this.#finish(logs);
  }

  #finish(logs: CallbackLogs): void {
    const { verbose = 1 } = this.params ?? {};
    if (verbose === 0) return;
    const state = this.#state(this.params?.steps ?? 1, logs);
    if (this.#moves) {
      liveLineOf(this.#stream).finish(finishedBar(state));
      return;
    }
    const title = this.#title === '' ? '' : `${this.#title} - `;
    writeTo(this.#stream, `${title}${epochLine(state)}\n`);
  }

  get #moves(): boolean {
    return this.params?.verbose === 1 && this.#stream.isTTY === true;
  }

  #state(step: number, logs: CallbackLogs): ProgressState {
    return { step, steps: this.params?.steps ?? null, seconds: (performance.now() - this.#begun) / 1000, logs };
  }
}
