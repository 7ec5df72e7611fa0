import type { Spellings } from '../../names';
import { type Shape, sizeOf } from '../../tensor';

export const MODES = ['int', 'one_hot', 'multi_hot', 'count'] as const;
export type Mode = (typeof MODES)[number];
/** What an encoding layer returns for an integer, in either spelling. */
export type OutputMode = Spellings<Mode>;

/** The shape of the codes, and the rows and columns that native code encodes. */
export function encoded(mode: Mode, shape: Shape, codes: number): { shape: Shape; rows: number; columns: number } {
  const last = shape.at(-1) ?? 1;
  if (mode === 'int') return { shape, rows: sizeOf(shape), columns: 1 };
  if (mode === 'one_hot' && last !== 1) return { shape: [...shape, codes], rows: sizeOf(shape), columns: 1 };
  return { shape: [...shape.slice(0, -1), codes], rows: sizeOf(shape) / last, columns: last };
}
