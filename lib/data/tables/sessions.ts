import { defined } from '../../check';
import { corruptFile, isPlain, naming } from '../../errors';
import { openArrow } from './arrow';
import { buffersIn, type Column, encodeColumn } from './cells';
import { openParquet } from './parquet';
import type { OpenTable } from './table';

// Runs in a thread of the pool: see table_file.ts.

const OPENERS = { arrow: openArrow, parquet: openParquet };

/** Cells of a message. Reading a row takes no turn of the event loop, reading a message does. */
const CELLS_AT_ONCE = 2 ** 14;

export interface TableInput {
  readonly format: keyof typeof OPENERS;
  /** A path, or bytes. */
  readonly source: string | Uint8Array;
  /** Names the file in errors. */
  readonly where: string;
}

/** The next rows of a pass. */
export interface RowsInput extends Omit<TableInput, 'source'> {
  /** Names the pass. */
  readonly id: number;
  /** Rows that it had already. */
  readonly row: number;
  /** Null while the thread should know it. */
  readonly source: string | Uint8Array | null;
}

/** Some rows; none at the end. */
export interface Chunk {
  readonly rows: number;
  readonly columns: readonly Column[];
}

interface Session {
  /** Rows that it has yielded. */
  row: number;
  readonly chunks: AsyncGenerator<Chunk>;
}

/** Passes that are under way in this thread. */
const sessions = new Map<number, Session>();

/** The names of the columns. */
export async function tableNames(input: TableInput) {
  const value = await reading(input.where, async () => {
    const { names, close } = await OPENERS[input.format](input.source, input.where);
    await close();
    if (names.some((name) => typeof name !== 'string')) throw new Error('a column without a name');
    return names;
  });
  return { value, moved: [] };
}

/** The next rows of a pass, or null where the thread does not know the pass, for which it needs the source then. */
export async function tableRows({ id, row, source, format, where }: RowsInput) {
  if (sessions.get(id)?.row !== row) {
    await tableEnd(id);
    if (source === null) return { value: null, moved: [] };
    sessions.set(id, { row, chunks: chunksOf({ format, source, where }, row) });
  }
  const session = defined(sessions.get(id));
  try {
    const { value, done } = await reading(where, () => session.chunks.next());
    if (done === true) sessions.delete(id);
    const chunk: Chunk = done === true ? { rows: 0, columns: [] } : value;
    session.row += chunk.rows;
    return { value: chunk, moved: buffersIn(chunk.columns) };
  } catch (error) {
    sessions.delete(id);
    throw error;
  }
}

/** Ends a pass. */
export async function tableEnd(id: number) {
  const session = sessions.get(id);
  sessions.delete(id);
  await session?.chunks.return(undefined);
  return { value: null, moved: [] };
}

async function* chunksOf({ format, source, where }: TableInput, skipped: number): AsyncGenerator<Chunk> {
  const table = await OPENERS[format](source, where);
  try {
    yield* chunksIn(table, skipped);
  } finally {
    await table.close();
  }
}

async function* chunksIn({ names, blocks }: OpenTable, skipped: number): AsyncGenerator<Chunk> {
  const most = Math.max(1, Math.floor(CELLS_AT_ONCE / Math.max(1, names.length)));
  let skip = skipped;
  for await (const block of blocks) {
    const columns = skip < block.rows ? await block.columns() : [];
    for (let first = skip; first < block.rows; first += most) {
      const end = Math.min(block.rows, first + most);
      yield { rows: end - first, columns: columns.map((cells) => encodeColumn(cells, first, end)) };
    }
    skip = Math.max(0, skip - block.rows);
  }
}

/**
 * What libraries say of a file that they cannot read, whatever codes they have; errors of ours and of the system pass.
 */
async function reading<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isPlain(error)) throw naming(where, error);
    const message = error instanceof Error ? error.message : String(error);
    throw corruptFile(where, 'a readable table', message, { cause: error });
  }
}
