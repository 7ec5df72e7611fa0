import { readFile, stat, truncate } from 'node:fs/promises';
import { checkBoolean, checkOptions, checkPath, checkString } from '../check';
import { invalidArgument } from '../errors';
import { appendWhole, writeAtomically } from '../files/atomic_file';
import { getValue } from '../records';
import { Callback } from './callback';
import { type CallbackLogs, foreignText, isLogValue, type LogValue } from './logs';
import { floatText } from './python_text';

export interface CSVLoggerOptions {
  /** The path of the file. */
  readonly filename: string;
  /** One character. Default: ',' */
  readonly separator?: string | undefined;
  /** Whether to append to what is there already. Default: false */
  readonly append?: boolean | undefined;
}

interface State {
  readonly keys: readonly string[] | null;
  readonly bytes: number;
}

/**
 * Writes the logs of each epoch as a row of a file: the epoch, from 0, and the values in the order of their names. The
 * first epoch tells the columns, with those of a validation; what an epoch does not have is `NA`.
 *
 * Defaults: `separator` ',', `append` false. Errors: `ERR_INVALID_ARG` for options; in the run those of the file
 * system. Source: `keras.callbacks.CSVLogger`.
 *
 * @example
 * ```ts
 * new CSVLogger({ filename: 'log.csv', append: true });
 * ```
 */
export class CSVLogger extends Callback {
  readonly #filename: string;
  readonly #separator: string;
  readonly #append: boolean;
  #keys: readonly string[] | null = null;
  #headed = false;
  /** Bytes of the file, up to the end of the last row. */
  #bytes = 0;

  constructor(options: CSVLoggerOptions) {
    super();
    checkOptions(options, ['filename', 'separator', 'append'], 'CSVLogger');
    this.#filename = checkPath(options?.filename, 'filename');
    this.#separator = checkString(options.separator ?? ',', 'separator');
    if (this.#separator.length !== 1) throw invalidArgument('separator', 'one character', this.#separator);
    this.#append = checkBoolean(options.append ?? false, 'append');
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  override async onTrainBegin(): Promise<void> {
    this.#keys = null;
    const before = this.#append ? await readFile(this.#filename, 'utf8').catch(() => '') : '';
    this.#headed = before !== '';
    // An old file stays until there is a row: the run may continue from a backup, and the rows with it.
    this.#bytes = Buffer.byteLength(before);
  }

  override async onEpochEnd(epoch: number, logs: CallbackLogs): Promise<void> {
    this.#keys ??= columnsOf(logs);
    const lines = this.#headed ? [] : [['epoch', ...this.#keys]];
    this.#headed = true;
    lines.push([String(epoch), ...this.#keys.map((key) => shown(getValue(logs, key)))]);
    const text = lines
      .map((fields) => `${fields.map((field) => this.#quoted(field)).join(this.#separator)}\r\n`)
      .join('');
    if (this.#bytes === 0) await writeAtomically(this.#filename, [Buffer.from(text)]);
    else await appendWhole(this.#filename, Buffer.from(text));
    this.#bytes += Buffer.byteLength(text);
  }

  override getState(): unknown {
    return { keys: this.#keys, bytes: this.#bytes } satisfies State;
  }

  /** Rows after the backup were written by the run that this one continues: they come once more. */
  override async setState(state: unknown): Promise<void> {
    const { keys, bytes } = state as State;
    this.#keys = keys;
    this.#headed = keys !== null;
    this.#bytes = 0;
    // Nothing was written yet: the file need not exist.
    if (bytes === 0) return;
    const { size } = await stat(this.#filename);
    if (size > bytes) await truncate(this.#filename, bytes);
    this.#bytes = Math.min(size, bytes);
  }

  /** As Python's module csv quotes. */
  #quoted(field: string): string {
    const quotes = [this.#separator, '"', '\r', '\n'].some((character) => field.includes(character));
    return quotes ? `"${field.replaceAll('"', '""')}"` : field;
  }
}

function columnsOf(logs: CallbackLogs): readonly string[] {
  const keys = Object.keys(logs).sort();
  const validated = keys.some((key) => key.startsWith('val_'));
  return validated ? keys : [...keys, ...keys.map((key) => `val_${key}`)];
}

/** As Keras, with quotes around several values, and what another callback put there as text. */
function shown(value: LogValue | undefined): string {
  if (value === undefined) return 'NA';
  if (!isLogValue(value)) return foreignText(value);
  if (typeof value === 'number') return floatText(value);
  // Not by `map`, which calls the array's `constructor`: that may be anything.
  const texts = Array.from<number | number[], string>(value, (each) =>
    typeof each === 'number' ? floatText(each) : `[${Array.from(each, floatText).join(' ')}]`,
  );
  return `"[${texts.join(', ')}]"`;
}
