/** Returns the value of a column in a row of a block. */
export type Cells = (row: number) => unknown;

/** Rows that a file holds together: a record batch, a row group. */
export interface Block {
  readonly rows: number;
  /** Reads and decodes it, where that is not done yet. */
  columns(): Promise<readonly Cells[]>;
}

/** A file of a table that is open. */
export interface OpenTable {
  readonly names: readonly string[];
  readonly blocks: AsyncIterable<Block>;
  close(): Promise<void>;
}
