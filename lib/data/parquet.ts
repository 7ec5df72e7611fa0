import { checkOptions } from '../check';
import { checkFile } from './source';
import { openTable, TABLE_OPTIONS, type TableDataset, type TableOptions } from './table';
import { openTableFile } from './table_file';

/**
 * Reads a table of Apache Parquet as a data set: a row group at a time. Needs the package hyparquet, and
 * hyparquet-compressors for other compressions than Snappy.
 *
 * Shapes and defaults: as {@link readCsv}. Errors: `ERR_INVALID_ARG` for names that are not columns, `ERR_CORRUPT_FILE`,
 * `ERR_UNSUPPORTED` without the package.
 *
 * @example
 * ```ts
 * const load = () => readParquet('flowers.parquet', { target: 'kind', columns: { kind: 'category' } });
 * ```
 */
export async function readParquet(source: string | Uint8Array, options: TableOptions = {}): Promise<TableDataset> {
  checkOptions(options, TABLE_OPTIONS, 'readParquet');
  const where = checkFile(source, 'the Parquet data');
  return openTable(await openTableFile({ format: 'parquet', source, where }), options);
}
