import { corruptFile } from '../../errors';
import { openBytes } from '../../files/bytes';
import { importOptional, rethrow } from '../../optional';
import type { Block, Cells, OpenTable } from './table';

type Library = Awaited<ReturnType<typeof load>>;
type Metadata = Awaited<ReturnType<Library['parquetMetadataAsync']>>;
type Compressors = NonNullable<Parameters<Library['parquetRead']>[0]['compressors']>;

// Pages are decompressed whole, to the size that they promise: constant ones shrink a thousandfold, hence so do bombs.
const MOST_GROWTH = 16;
const MOST_ANYWAY = 64 * 2 ** 20;

function load() {
  return importOptional('Parquet', 'hyparquet', () => import('hyparquet').catch(rethrow));
}

export async function openParquet(source: string | Uint8Array, where: string): Promise<OpenTable> {
  const parquet = await load();
  const bytes = await openBytes(source, where);
  try {
    const slice = (start: number, end?: number): Promise<ArrayBuffer> => {
      const part = bytes.slice(start, end);
      // The library asks for several parts at once and forgets the others when one fails.
      part.catch(() => {});
      return part;
    };
    const file = { byteLength: bytes.size, slice };
    const metadata = await parquet.parquetMetadataAsync(file);
    const names = parquet.parquetSchema(metadata).children.map(({ element }) => element.name);
    const compressors = await boundedCompressors(parquet, where);
    const read = (rowStart: number, rowEnd: number) => {
      return columnsOf(parquet, { file, metadata, compressors, rowStart, rowEnd }, names, where);
    };
    return { names, blocks: blocksOf(metadata, read, where), close: bytes.close };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function* blocksOf(
  { row_groups: groups }: Metadata,
  read: (start: number, end: number) => Promise<readonly Cells[]>,
  where: string,
): AsyncGenerator<Block> {
  let start = 0;
  for (const { num_rows: count } of groups) {
    const [first, rows] = [start, Number(count)];
    start += rows;
    if (!(rows >= 0 && Number.isSafeInteger(start))) throw corruptFile(where, 'groups of rows', `one of ${count}`);
    yield { rows, columns: () => read(first, first + rows) };
  }
}

/** The columns of a row group, each as the pieces in which it comes. */
async function columnsOf(
  { parquetRead }: Library,
  options: Parameters<Library['parquetRead']>[0] & { readonly rowStart: number; readonly rowEnd: number },
  names: readonly string[],
  where: string,
): Promise<readonly Cells[]> {
  const pieces = new Map<string, unknown[]>(names.map((name) => [name, []]));
  const onChunk = ({ columnName, columnData }: { columnName: string; columnData: ArrayLike<unknown> }): void => {
    const cells = pieces.get(columnName);
    for (let i = 0; cells !== undefined && i < columnData.length; i++) cells.push(columnData[i]);
  };
  await parquetRead({ ...options, onChunk });
  const rows = options.rowEnd - options.rowStart;
  return names.map((name) => {
    const cells = pieces.get(name) ?? [];
    if (cells.length !== rows) throw corruptFile(where, `${rows} rows of \`${name}\``, String(cells.length));
    return (row) => cells[row];
  });
}

/** All that are installed; Snappy always is. */
async function boundedCompressors({ snappyUncompress }: Library, where: string): Promise<Compressors> {
  const snappy = (input: Uint8Array, size: number): Uint8Array => {
    const page = new Uint8Array(size);
    snappyUncompress(input, page);
    return page;
  };
  const more = await import('hyparquet-compressors').catch(() => ({ compressors: {} }));
  const all: Compressors = { SNAPPY: snappy, ...more.compressors };
  // Without a place to write to it goes by what the page says of itself.
  if ('decompressZstd' in more) all.ZSTD = (input, size) => more.decompressZstd(input, new Uint8Array(size));
  const bounded = Object.entries(all).map(([codec, decompress]): [string, typeof snappy] => [
    codec,
    (input, size) => {
      if (size <= MOST_ANYWAY + MOST_GROWTH * input.length) return decompress(input, size);
      throw corruptFile(where, 'pages of the size of a table', `one of ${size} bytes in ${input.length}`);
    },
  ]);
  return Object.fromEntries(bounded);
}
