import { elementAt } from '../../check';
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

/** Numbers that are read to make sure: the event loop waits for a few milliseconds. */
const MOST_NUMBERS = 2 ** 22;
const BLOCK_NUMBERS = 2 ** 16;

/** An element that has one value in all rows that were looked at. */
export interface Constant {
  readonly element: number;
  readonly value: number;
}

export interface Constants {
  readonly found: readonly Constant[];
  /** How many rows were looked at; null where it was all of them. */
  readonly looked: number | null;
}

/** What stays the same in a sample, and in the rows outside it, where a flag may be set: these are read only if there is any. */
export function constantsOf(data: NativeData, column: number, sample: Sample, rows: number): Constants {
  const { columns } = sample;
  let found = Array.from({ length: columns }, (_, element) => ({ element, value: elementAt(sample.values, element) }));
  found = stillConstant(found, sample.values, columns);
  if (sample.isWhole) return { found, looked: null };
  const block = Math.ceil(BLOCK_NUMBERS / columns);
  const stride = block * Math.ceil((rows * columns) / MOST_NUMBERS);
  let looked = 0;
  for (let from = 0; from < rows && found.length > 0; from += stride) {
    const to = Math.min(rows, from + block);
    found = stillConstant(found, data.read(column, from, to), columns);
    looked += to - from;
  }
  return { found, looked: looked === rows ? null : looked };
}

function stillConstant(all: readonly Constant[], values: ArrayLike<number>, columns: number): Constant[] {
  return all.filter(({ element, value }) => {
    for (let i = element; i < values.length; i += columns) if (values[i] !== value) return false;
    return true;
  });
}

/** Whether a column holds bytes, which are pixels more often than not. */
export function isBytes(data: NativeData, column: number): boolean {
  return data.read(column, 0, 0) instanceof Uint8Array;
}
