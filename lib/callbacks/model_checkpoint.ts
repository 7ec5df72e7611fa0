import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkBoolean, checkNumber, checkOptions, checkPath } from '../check';
import { invalidArgument, onFile, unsupported } from '../errors';
import { BatchCounter, checkSaveFreq, type SaveFreq } from './batch_counter';
import { Callback } from './callback';
import type { CallbackLogs } from './logs';
import { checkCallbackVerbose, Monitor, type MonitorMode, say } from './monitor';
import { formatNumber, formatTemplate } from './python_text';

export interface ModelCheckpointOptions {
  /**
   * The file; `{epoch}` (from 1), `{batch}` and the names of the logs are filled in: 'm{epoch:02d}-{loss:.2f}.keras'
   */
  readonly filepath: string;
  /** A name in the logs. Default: 'val_loss' */
  readonly monitor?: string | undefined;
  /** 1 prints what it does. Default: 0 */
  readonly verbose?: number | boolean | undefined;
  /** Default: false */
  readonly saveBestOnly?: boolean | undefined;
  /** Default: false */
  readonly saveWeightsOnly?: boolean | undefined;
  /** Whether `monitor` is to fall or to rise. Default: 'auto' */
  readonly mode?: MonitorMode | undefined;
  /** When to save: after each epoch, or after so many batches. Default: 'epoch' */
  readonly saveFreq?: SaveFreq | undefined;
  /** What the first value must beat. Default: none */
  readonly initialValueThreshold?: number | null | undefined;
}

const NAMES = [
  'filepath',
  'monitor',
  'verbose',
  'saveBestOnly',
  'saveWeightsOnly',
  'mode',
  'saveFreq',
  'initialValueThreshold',
] as const satisfies readonly (keyof ModelCheckpointOptions)[];

interface State {
  readonly best: number | null;
  readonly epoch: number;
  readonly batches: number;
}

/**
 * Saves the model, or its weights, after each epoch or each so many batches; with `saveBestOnly` where a value of the
 * logs is better than in all saves before.
 *
 * Folders are made. Defaults: `monitor` 'val_loss', `mode` 'auto', `saveFreq` 'epoch', `saveBestOnly` and
 * `saveWeightsOnly` false. Errors: `ERR_INVALID_ARG` for options, for a path that does not end in `.keras` or `.h5`
 * (`.weights.h5` for weights) and for fields that the logs have not; `ERR_UNSUPPORTED` where the model cannot be saved.
 * Source: `keras.callbacks.ModelCheckpoint`.
 *
 * @example
 * ```ts
 * new ModelCheckpoint({ filepath: 'runs/{epoch:02d}-{val_loss:.2f}.keras', saveBestOnly: true });
 * ```
 */
export class ModelCheckpoint extends Callback {
  /** The value of the best model so far; null before there is one. */
  best: number | null;
  readonly #filepath: string;
  readonly #monitor: Monitor;
  readonly #verbose: number;
  readonly #bestOnly: boolean;
  readonly #weightsOnly: boolean;
  readonly #batches: BatchCounter | null;
  #epoch = 0;

  constructor(options: ModelCheckpointOptions) {
    super();
    const known = checkOptions(options, NAMES, 'ModelCheckpoint');
    this.#monitor = new Monitor('ModelCheckpoint', { monitor: options?.monitor, mode: options?.mode });
    this.#verbose = checkCallbackVerbose(known.verbose);
    this.#bestOnly = checkBoolean(known.saveBestOnly ?? false, 'saveBestOnly');
    this.#weightsOnly = checkBoolean(known.saveWeightsOnly ?? false, 'saveWeightsOnly');
    this.#filepath = checkEnding(known.filepath, this.#weightsOnly ? ['.weights.h5'] : ['.keras', '.h5']);
    const { initialValueThreshold = null } = options;
    this.best = initialValueThreshold === null ? null : checkNumber(initialValueThreshold, 'initialValueThreshold');
    const freq = checkSaveFreq(options.saveFreq);
    this.#batches = freq === 'epoch' ? null : new BatchCounter(freq);
    // Only who overrides a batch's hook is asked after each batch.
    if (this.#batches !== null) this.onTrainBatchEnd = this.#afterBatch;
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  override async onEpochEnd(epoch: number, logs: CallbackLogs): Promise<void> {
    if (this.#batches === null) await this.#save(epoch, { ...logs, epoch: epoch + 1 }, logs);
  }

  override getState(): unknown {
    return { best: this.best, epoch: this.#epoch, batches: this.#batches?.count ?? 0 } satisfies State;
  }

  override setState(state: unknown): void {
    const { best, epoch, batches } = state as State;
    this.best = best;
    this.#epoch = epoch;
    if (this.#batches !== null) this.#batches.count = batches;
  }

  async #afterBatch(batch: number, logs: CallbackLogs): Promise<void> {
    if (!this.#batches?.isDue()) return;
    await this.#save(this.#epoch, { batch: batch + 1, ...logs, epoch: this.#epoch + 1 }, logs);
  }

  async #save(epoch: number, fields: CallbackLogs, logs: CallbackLogs): Promise<void> {
    const path = formatTemplate(this.#filepath, fields, 'filepath');
    if (!this.#isWanted(epoch, logs, path)) return;
    this.#checkSavable();
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory()) throw invalidArgument('filepath', 'the path of a file', path, 'It is a folder.');
    await onFile(path, () => mkdir(dirname(path), { recursive: true }));
    await (this.#weightsOnly ? this.model.saveWeights(path) : this.model.save(path));
    say(this.#verbose, `\nEpoch ${epoch + 1}: finished saving model to ${path}`);
  }

  /** The model may be of another class, or have lost its method. */
  #checkSavable(): void {
    const method = this.#weightsOnly ? 'saveWeights' : 'save';
    if (typeof this.model[method] === 'function') return;
    throw unsupported('model', `a model with \`${method}\``, this.model, 'Models of this library have it.');
  }

  #isWanted(epoch: number, logs: CallbackLogs, path: string): boolean {
    const begin = `\nEpoch ${epoch + 1}:`;
    const value = this.#bestOnly ? this.#monitor.valueOf(logs, epoch, this.params) : null;
    if (value === null) {
      if (!this.#bestOnly) say(this.#verbose, `${begin} saving model to ${path}`);
      return true;
    }
    const { name } = this.#monitor;
    const before = this.best === null ? 'None' : formatNumber(this.best, '.5f');
    if (!this.#monitor.improves(value, this.best, this.model)) {
      say(this.#verbose, `${begin} ${name} did not improve from ${before}`);
      return false;
    }
    const now = formatNumber(value, '.5f');
    say(this.#verbose, `${begin} ${name} improved from ${before} to ${now}, saving model to ${path}`);
    this.best = value;
    return true;
  }
}

function checkEnding(path: unknown, endings: readonly string[]): string {
  const text = checkPath(path, 'filepath');
  if (endings.some((ending) => text.endsWith(ending))) return text;
  throw invalidArgument('filepath', `a path that ends in ${endings.join(' or ')}`, path);
}
