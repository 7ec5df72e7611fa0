import { stat } from 'node:fs/promises';
import { onFile } from '../errors';
import { Lane, runJob } from '../files/pool';
import { type Open, passesOver } from './source';
import type { Table } from './table';
import { decodeColumn } from './tables/cells';
import type { Chunk, TableInput } from './tables/sessions';

let passes = 0;

/** A file of a table, which is read in a thread of the pool: some rows at a time, as they are asked for. */
export async function openTableFile({ format, source, where }: TableInput): Promise<Table> {
  const bytes = typeof source === 'string' ? (await onFile(source, () => stat(source))).size : source.length;
  const file = new TableFile({ format, source, where }, bytes);
  const chunks = passesOver(() => file.chunks());
  const rows: Open<readonly unknown[]> = async function* (signal) {
    for await (const chunk of chunks(signal)) for (const row of rowsOf(chunk)) yield row;
  };
  return { where, names: await file.names(), rows, isRepeatable: true };
}

class TableFile {
  readonly #input: TableInput;
  readonly #subject: { readonly where: string; readonly bytes: number };

  constructor(input: TableInput, bytes: number) {
    this.#input = input;
    this.#subject = { where: input.where, bytes };
  }

  names(): Promise<readonly string[]> {
    const { source, moved } = this.#sent();
    return runJob('tableNames', { ...this.#input, source }, { subject: this.#subject, moved });
  }

  /** One pass, from the first row to the last. */
  async *chunks(): AsyncGenerator<Chunk> {
    const [id, lane] = [passes++, new Lane()];
    try {
      for (let row = 0; ; ) {
        const chunk = (await this.#next(id, row, lane, false)) ?? (await this.#next(id, row, lane, true));
        if (chunk === null || chunk.rows === 0) return;
        row += chunk.rows;
        yield chunk;
      }
    } finally {
      // A thread that is gone took all with it.
      if (!lane.isLost) await runJob('tableEnd', id, { subject: null, lane });
    }
  }

  /** Null where the thread does not know the pass: it is a new one, as the one before rested too long or was stopped. */
  async #next(id: number, row: number, lane: Lane, isNew: boolean): Promise<Chunk | null> {
    const { format, where } = this.#input;
    const { source, moved } = isNew ? this.#sent() : { source: null, moved: [] };
    return runJob('tableRows', { id, row, format, where, source }, { subject: this.#subject, moved, lane });
  }

  /** Bytes as a copy that moves: what the caller does to them meanwhile has no effect. */
  #sent(): { readonly source: string | Uint8Array; readonly moved: readonly ArrayBuffer[] } {
    const { source } = this.#input;
    if (typeof source === 'string') return { source, moved: [] };
    const copy = new Uint8Array(source);
    return { source: copy, moved: [copy.buffer] };
  }
}

function* rowsOf({ rows, columns }: Chunk): Generator<readonly unknown[]> {
  const cells = columns.map(decodeColumn);
  for (let row = 0; row < rows; row++) yield cells.map((cell) => cell(row));
}
