import { type FileHandle, open } from 'node:fs/promises';
import { corruptFile } from '../../errors';
import { importOptional, rethrow } from '../../optional';
import type { Block, OpenTable } from './table';

/** A bit is the least that a cell takes. */
const ROWS_PER_BYTE = 8;

/** A file or a stream of record batches. */
export async function openArrow(source: string | Uint8Array, where: string): Promise<OpenTable> {
  const { RecordBatchReader } = await importOptional('Arrow', 'apache-arrow', () =>
    import('apache-arrow').catch(rethrow),
  );
  const file = typeof source === 'string' ? await open(source) : null;
  const close = async (): Promise<void> => file?.close();
  try {
    const reader = await (file === null
      ? RecordBatchReader.from(source as Uint8Array)
      : RecordBatchReader.from(file as FileHandle));
    await reader.open();
    if (!reader.schema) throw new Error('no schema');
    const bytes = file === null ? source.length : (await file.stat()).size;
    const names = reader.schema.fields.map(({ name }) => name);
    return { names, blocks: blocksOf(reader, bytes * ROWS_PER_BYTE, where), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Batch {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly unknown[] };
  getChildAt(index: number): { get(row: number): unknown } | null;
}

/** A damaged batch may say that it has more rows than any file can hold. */
async function* blocksOf(
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  most: number,
  where: string,
): AsyncGenerator<Block> {
  let left = most;
  for await (const batch of batches) {
    const { numRows: rows, schema } = batch;
    left -= rows;
    if (!(rows >= 0 && left >= 0)) throw corruptFile(where, `at most ${most} rows`, `a batch of ${rows}`);
    const columns = async () => schema.fields.map((_, i) => cellsOf(batch.getChildAt(i)));
    yield { rows, columns };
  }
}

function cellsOf(column: { get(row: number): unknown } | null) {
  return (row: number): unknown => column?.get(row);
}
