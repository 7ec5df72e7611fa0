import type { ShapedArray, TypedArray } from './shaped_array';

/** An axis that is longer shows its first and its last three elements. */
const MOST_SHOWN = 8;
const EDGE = 3;

/** Nested brackets, a line for each row; of long axes both ends. */
export function showNumbers({ data, shape }: ShapedArray): string {
  const show = (axis: number, start: number, step: number): string => {
    const length = shape[axis];
    if (length === undefined) return showNumber(data, start);
    const inner = length === 0 ? 0 : step / length;
    const item = (i: number): string => show(axis + 1, start + i * inner, inner);
    const head = Array.from({ length: length > MOST_SHOWN ? EDGE : length }, (_, i) => item(i));
    const tail = length > MOST_SHOWN ? Array.from({ length: EDGE }, (_, i) => item(length - EDGE + i)) : [];
    const separator = axis === shape.length - 1 ? ', ' : `,\n${' '.repeat(axis + 1)}`;
    return `[${(tail.length === 0 ? head : [...head, '...', ...tail]).join(separator)}]`;
  };
  return show(0, 0, data.length);
}

/** The shortest text that reads as the same float32. */
function showNumber(data: TypedArray, index: number): string {
  const value = data[index] as number | bigint;
  const isSingle = data[Symbol.toStringTag] === 'Float32Array';
  if (typeof value !== 'number' || !isSingle || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
