import { type FileHandle, open } from 'node:fs/promises';
import { checkOptions } from '../check';
import { corruptFile, isPlain, naming } from '../errors';
import { importOptional, rethrow } from '../optional';
import { checkFile, type Open } from './source';
import { openTable, TABLE_OPTIONS, type TableDataset, type TableOptions } from './table';

/**
 * Reads a table of Apache Arrow (a file or a stream of record batches) as a data set: a record batch at a time. Needs the
 * package apache-arrow.
 *
 * Shapes and defaults: as {@link readCsv}. Errors: `ERR_INVALID_ARG` for names that are no columns, `ERR_CORRUPT_FILE`,
 * `ERR_UNSUPPORTED` without the package.
 *
 * @example
 * ```ts
 * const load = () => readArrow('flowers.arrow', { target: 'kind', columns: { kind: 'category' } });
 * ```
 */
export async function readArrow(source: string | Uint8Array, options: TableOptions = {}): Promise<TableDataset> {
  checkOptions(options, TABLE_OPTIONS, 'readArrow');
  const where = checkFile(source, 'the Arrow data');
  const arrow = await importOptional('Arrow', 'apache-arrow', () => import('apache-arrow').catch(rethrow));
  const { RecordBatchReader: Reader } = arrow;
  const reader = async (file: FileHandle | null) =>
    (file === null ? Reader.from(source as Uint8Array) : await Reader.from(file)).open();
  const rows: Open<readonly unknown[]> = async function* (signal) {
    const file = typeof source === 'string' ? await open(source) : null;
    try {
      for await (const batch of await reader(file)) {
        if (signal.aborted) return;
        const columns = batch.schema.fields.map((_, i) => batch.getChildAt(i));
        for (let row = 0; row < batch.numRows; row++) yield columns.map((column) => column?.get(row));
      }
    } catch (error) {
      throw asCorrupt(error, where);
    } finally {
      await file?.close();
    }
  };
  const file = typeof source === 'string' ? await open(source) : null;
  try {
    const { schema } = await reader(file);
    if (!schema) throw new Error('no schema');
    return await openTable({ where, names: schema.fields.map(({ name }) => name), rows, isRepeatable: true }, options);
  } catch (error) {
    throw asCorrupt(error, where);
  } finally {
    await file?.close();
  }
}

/** What a library says of a file that it cannot read; errors of ours and of the system pass. */
export function asCorrupt(error: unknown, where: string): unknown {
  if (isPlain(error)) return naming(where, error);
  const message = error instanceof Error ? error.message : String(error);
  return corruptFile(where, 'a readable table', message, { cause: error });
}
