import { checkFunction, checkOptions } from '../check';
import { Callback, type CallbackLogs } from './callback';
import { epochLine, finishedBar, movingBar, type ProgressState } from './progress_text';

/** Where a bar is drawn: `process.stdout`, or anything that can be written to. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
  write(text: string): unknown;
}

export interface ProgbarLoggerOptions {
  /** Default: process.stdout */
  readonly stream?: ProgressStream | undefined;
}

/**
 * Prints the progress of `fit`, which adds one itself unless `verbose` is 0: a moving bar on a terminal, elsewhere (and
 * with `verbose: 2`) one line an epoch. `evaluate` and `predict` add one where `verbose` is given; it prints their end.
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
    if (this.#moves && this.#title !== '') this.#stream.write(`${this.#title}\n`);
  }

  /** Draws the bar as it stands within an epoch; nothing where it does not move. */
  update(step: number, logs: CallbackLogs): void {
    if (!this.#moves || step === 0) return;
    const state = this.#state(step, logs);
    const plain = movingBar(state, false);
    const { columns = Number.POSITIVE_INFINITY } = this.#stream;
    // A line that wraps could not be drawn over.
    if (plain.length >= columns) this.#redraw(plain.slice(0, columns - 1));
    else this.#redraw(this.#stream.hasColors?.() ? movingBar(state, true) : plain);
  }

  override onEpochEnd(_epoch: number, logs: CallbackLogs): void {
    this.#finish(logs);
  }

  #finish(logs: CallbackLogs): void {
    const { verbose = 1 } = this.params ?? {};
    if (verbose === 0) return;
    const state = this.#state(this.params?.steps ?? 1, logs);
    if (this.#moves) {
      this.#redraw(finishedBar(state));
      this.#stream.write('\n');
      return;
    }
    const title = this.#title === '' ? '' : `${this.#title} - `;
    this.#stream.write(`${title}${verbose === 2 ? epochLine(state) : finishedBar(state)}\n`);
  }

  get #moves(): boolean {
    return this.params?.verbose === 1 && this.#stream.isTTY === true;
  }

  #state(step: number, logs: CallbackLogs): ProgressState {
    return { step, steps: this.params?.steps ?? null, seconds: (performance.now() - this.#begun) / 1000, logs };
  }

  #redraw(line: string): void {
    this.#stream.write(`\r${line}\x1b[K`);
  }
}
