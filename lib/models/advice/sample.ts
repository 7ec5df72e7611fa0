import type { NativeData } from '../../native';

/** Rows of one array, in their order. */
export interface Sample {
  readonly values: ArrayLike<number>;
  readonly columns: number;
  readonly rows: number;
  readonly isWhole: boolean;
}

/** Rows that are read together. */
const BLOCK = 64;

/** About `most` of the rows `[from, to)` of a column, evenly spread in blocks; all where there are no more. */
export function sampleOf(
  data: NativeData,
  column: number,
  [from, to]: readonly [number, number],
  most: number,
): Sample {
  const first = data.read(column, from, Math.min(to, from + 1));
  const columns = first.length;
  const rows = to - from;
  if (rows <= most || columns === 0) return { values: data.read(column, from, to), columns, rows, isWhole: true };
  const blocks = Math.ceil(most / BLOCK);
  const values = new Float32Array(blocks * BLOCK * columns);
  for (let i = 0; i < blocks; i++) {
    const start = from + Math.floor((i * (rows - BLOCK)) / (blocks - 1));
    values.set(data.read(column, start, start + BLOCK), i * BLOCK * columns);
  }
  return { values, columns, rows: blocks * BLOCK, isWhole: false };
}

/** Whether a column holds bytes, which are pixels more often than not. */
export function isBytes(data: NativeData, column: number): boolean {
  return data.read(column, 0, 0) instanceof Uint8Array;
}
