import { checkOptions } from '../check';
import { checkFile } from './source';
import { openTable, TABLE_OPTIONS, type TableDataset, type TableOptions } from './table';
import { openTableFile } from './table_file';

/**
 * Reads a table of Apache Arrow (a file or a stream of record batches) as a data set: a record batch at a time. Needs the
 * package apache-arrow.
 *
 * Shapes and defaults: as {@link readCsv}. Errors: `ERR_INVALID_ARG` for names that are not columns, `ERR_CORRUPT_FILE`,
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
  return openTable(await openTableFile({ format: 'arrow', source, where }), options);
}
