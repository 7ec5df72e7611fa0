import { join } from 'node:path';
import { checkBoolean, checkOptions, checkPath } from '../check';
import { encodeBackup, readBackup, removeBackup, writeBackup } from './backup_file';
import { BatchCounter, checkSaveFreq, type SaveFreq } from './batch_counter';
import { Callback, type CallbackRun } from './callback';

export interface BackupAndRestoreOptions {
  /** A folder for this run alone. */
  readonly backupDir: string;
  /** When to save: after each epoch, or after so many batches. Default: 'epoch' */
  readonly saveFreq?: SaveFreq | undefined;
  /** Whether the backup goes when the run has ended. Default: true */
  readonly deleteCheckpoint?: boolean | undefined;
}

/**
 * Continues a run that was killed: called again in the same way, `fit` begins where the last backup was made, and ends
 * with the same bits and the same history as if nothing had happened.
 *
 * A backup holds weights, optimizer, learning rate, position, the order of the samples, the history and what the other
 * callbacks save (see `getState`). It is written to a new file, which then replaces the old one at once; a run that
 * ends, by patience too, deletes it, and one that an error or a signal ends leaves it. This callback is called after
 * all others, wherever it stands. Defaults: `saveFreq` 'epoch', `deleteCheckpoint` true. Errors: `ERR_INVALID_ARG` and
 * `ERR_OUT_OF_RANGE` for options; in the run `ERR_CORRUPT_FILE` where the file is no backup or is damaged,
 * `ERR_INVALID_ARG` where it is one of another model or of other options. Source: `keras.callbacks.BackupAndRestore`.
 *
 * @example
 * ```ts
 * const backup = new BackupAndRestore({ backupDir: 'backup' });
 * const { epoch } = await model.fit(x, y, { epochs: 3, seed: 1, verbose: 0, callbacks: [backup] });
 * epoch; // [0, 1, 2]
 * ```
 */
export class BackupAndRestore extends Callback {
  readonly #path: string;
  readonly #deletes: boolean;
  readonly #batches: BatchCounter | null;
  #run: CallbackRun | null = null;

  constructor(options: BackupAndRestoreOptions) {
    super();
    checkOptions(options, ['backupDir', 'saveFreq', 'deleteCheckpoint'], 'BackupAndRestore');
    this.#path = join(checkPath(options?.backupDir, 'backupDir'), 'latest.backup');
    this.#deletes = checkBoolean(options.deleteCheckpoint ?? true, 'deleteCheckpoint');
    const freq = checkSaveFreq(options.saveFreq);
    this.#batches = freq === 'epoch' ? null : new BatchCounter(freq);
    // Only who overrides a batch's hook is asked after each batch.
    if (this.#batches !== null) this.onTrainBatchEnd = this.#afterBatch;
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  override setRun(run: CallbackRun): void {
    this.#run = run;
  }

  override async onTrainBegin(): Promise<void> {
    if (this.#batches !== null) this.#batches.count = 0;
    const state = await readBackup(this.#path);
    if (state !== undefined) await this.#run?.restore(state);
  }

  override async onEpochEnd(): Promise<void> {
    if (this.#batches === null) await this.#save();
  }

  override async onTrainEnd(): Promise<void> {
    if (this.#deletes) await removeBackup(this.#path);
  }

  override getState(): number {
    return this.#batches?.count ?? 0;
  }

  override setState(state: unknown): void {
    if (this.#batches !== null) this.#batches.count = state as number;
  }

  async #afterBatch(): Promise<void> {
    if (this.#batches?.isDue()) await this.#save();
  }

  async #save(): Promise<void> {
    if (this.#run !== null) await writeBackup(this.#path, encodeBackup(this.#run.save()));
  }
}
