import type { Cells } from './table';

/** What a column holds between threads: numbers move, texts are one; nothing of it takes time for each cell on arrival. */
export type Column =
  | { readonly kind: 'number'; readonly data: Float64Array; readonly missing: Uint8Array | null }
  | { readonly kind: 'integer'; readonly data: BigInt64Array; readonly missing: Uint8Array | null }
  /** `ends` count letters. */
  | { readonly kind: 'text'; readonly text: string; readonly ends: Float64Array; readonly missing: Uint8Array | null }
  | { readonly kind: 'mixed'; readonly cells: readonly unknown[] };

/** Letters in one text; JavaScript has about twice as many. */
const MOST_LETTERS = 2 ** 28;

/** What is no plain value: a list, a structure, bytes. */
class Composite {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

interface Sent {
  readonly composite: string;
}

/** The cells of some rows, for another thread. */
export function encodeColumn(cells: Cells, first: number, end: number): Column {
  const values = Array.from({ length: end - first }, (_, i) => cells(first + i) ?? null);
  const kinds = new Set(values.map(kindOf));
  const missing = kinds.delete('missing') ? Uint8Array.from(values, (value) => Number(value === null)) : null;
  const [kind = 'number', second] = kinds;
  if (second === undefined && kind === 'number') {
    return { kind, data: Float64Array.from(values, (value) => value as number), missing };
  }
  if (second === undefined && kind === 'integer') {
    return { kind, data: BigInt64Array.from(values, (value) => (value as bigint) ?? 0n), missing };
  }
  if (second === undefined && kind === 'text') return encodeTexts(values as (string | null)[], missing);
  return { kind: 'mixed', cells: values.map(sendable) };
}

/** The memory of columns, which can move to another thread. */
export function buffersIn(columns: readonly Column[]): ArrayBuffer[] {
  return columns.flatMap((column) => {
    if (column.kind === 'mixed') return [];
    const numbers = column.kind === 'text' ? column.ends : column.data;
    return [numbers, column.missing ?? []].flat().map(({ buffer }) => buffer as ArrayBuffer);
  });
}

/** The reverse of {@link encodeColumn}; rows count from 0. */
export function decodeColumn(column: Column): Cells {
  if (column.kind === 'mixed') return (row) => received(column.cells[row]);
  const { missing } = column;
  const present = presentIn(column);
  return missing === null ? present : (row) => (missing[row] === 1 ? null : present(row));
}

function presentIn(column: Exclude<Column, { kind: 'mixed' }>): Cells {
  if (column.kind !== 'text') return (row) => column.data[row];
  const { text, ends } = column;
  return (row) => text.slice(row === 0 ? 0 : ends[row - 1], ends[row]);
}

function kindOf(value: unknown): 'missing' | 'number' | 'integer' | 'text' | 'other' {
  if (value === null) return 'missing';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? 'integer' : 'other';
  return typeof value === 'string' ? 'text' : 'other';
}

function encodeTexts(values: readonly (string | null)[], missing: Uint8Array | null): Column {
  let end = 0;
  const ends = Float64Array.from(values, (value) => {
    end += value?.length ?? 0;
    return end;
  });
  if (end > MOST_LETTERS) return { kind: 'mixed', cells: values };
  return { kind: 'text', text: values.join(''), ends, missing };
}

function sendable(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return null;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return { composite: String(value) } satisfies Sent;
}

function received(cell: unknown): unknown {
  const isPlain = typeof cell !== 'object' || cell === null || cell instanceof Date;
  return isPlain ? cell : new Composite((cell as Sent).composite);
}
