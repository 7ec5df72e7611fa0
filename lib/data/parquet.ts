import { checkOptions } from '../check';
import { importOptional, rethrow } from '../optional';
import { asCorrupt } from './arrow';
import { checkFile, type Open } from './source';
import { openTable, TABLE_OPTIONS, type TableDataset, type TableOptions } from './table';

/**
 * Reads a table of Apache Parquet as a data set: a row group at a time. Needs the package hyparquet, and
 * hyparquet-compressors for other compressions than Snappy.
 *
 * Shapes and defaults: as {@link readCsv}. Errors: `ERR_INVALID_ARG` for names that are no columns, `ERR_CORRUPT_FILE`,
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
  const parquet = await importOptional('Parquet', 'hyparquet', () => import('hyparquet').catch(rethrow));
  const compressors = await optionalCompressors();
  const file = typeof source === 'string' ? await parquet.asyncBufferFromFile(source) : bufferOf(source);
  try {
    const metadata = await parquet.parquetMetadataAsync(file);
    const names = parquet.parquetSchema(metadata).children.map(({ element }) => element.name);
    const readGroup = (rowStart: number, rowEnd: number) =>
      parquet.parquetReadObjects({ file, metadata, rowStart, rowEnd, ...compressors });
    const rows = rowsOf(metadata, names, readGroup, where);
    return await openTable({ where, names, rows, isRepeatable: true }, options);
  } catch (error) {
    throw asCorrupt(error, where);
  }
}

function rowsOf(
  metadata: { readonly row_groups: readonly { readonly num_rows: bigint }[] },
  names: readonly string[],
  readGroup: (rowStart: number, rowEnd: number) => Promise<readonly Readonly<Record<string, unknown>>[]>,
  where: string,
): Open<readonly unknown[]> {
  const read = async (first: number, end: number) => {
    try {
      return await readGroup(first, end);
    } catch (error) {
      throw asCorrupt(error, where);
    }
  };
  return async function* (signal) {
    let first = 0;
    for (const { num_rows: count } of metadata.row_groups) {
      if (signal.aborted) return;
      const end = first + Number(count);
      for (const row of await read(first, end)) yield names.map((name) => row[name]);
      first = end;
    }
  };
}

function bufferOf(bytes: Uint8Array) {
  const { buffer } = new Uint8Array(bytes);
  return { byteLength: buffer.byteLength, slice: (start: number, end?: number) => buffer.slice(start, end) };
}

/** Files that need none are read without. */
async function optionalCompressors() {
  try {
    const { compressors } = await import('hyparquet-compressors');
    return { compressors };
  } catch {
    return {};
  }
}
