import { elementAt } from './check';
import type { FloatArray } from './native';
import { type ArrayType, allocated, floatDtypeOf, type Shape, sizeOf } from './tensor';

/** The shape that both broadcast to by NumPy's rule; null where they do not fit. */
export function broadcastShape(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Repeats elements until `data` has the shape `target`; returns `data` itself where there is nothing to repeat. */
export function tileTo<A extends FloatArray | Uint8Array>(data: A, shape: Shape, target: Shape): A {
  if (data.length === sizeOf(target)) return data;
  const tiled = allocated(data.constructor as ArrayType<A>, target);
  const sources = sourceIndices(shape, target);
  for (let i = 0; i < tiled.length; i++) tiled[i] = elementAt(data, elementAt(sources, i));
  return tiled;
}

/** The reverse for gradients: adds up what {@link tileTo} repeated. */
export function sumTo(data: FloatArray, shape: Shape, target: Shape): FloatArray {
  const size = sizeOf(target);
  if (data.length === size) return data;
  const sums = allocated(Float64Array, target);
  const sources = sourceIndices(target, shape);
  for (let i = 0; i < data.length; i++) {
    const at = elementAt(sources, i);
    sums[at] = elementAt(sums, at) + elementAt(data, i);
  }
  return floatDtypeOf(data) === 'float64' ? sums : new Float32Array(sums);
}

/** Copies so that `axis` comes last. */
export function moveAxisLast(data: FloatArray, shape: Shape, axis: number): FloatArray {
  return swapInner(data, sizeOf(shape.slice(0, axis)), elementAt(shape, axis), sizeOf(shape.slice(axis + 1)));
}

/** The reverse: `shape` is the one that is wanted back. */
export function moveAxisBack(data: FloatArray, shape: Shape, axis: number): FloatArray {
  return swapInner(data, sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1)), elementAt(shape, axis));
}

/** Copies so that the axes, in ascending order, come last. */
export function moveAxesLast(data: FloatArray, shape: Shape, axes: readonly number[]): FloatArray {
  return moves(shape, axes).reduce((moved, one) => moveAxisLast(moved, one.shape, one.axis), data);
}

/** The reverse: `shape` is the one that is wanted back. */
export function moveAxesBack(data: FloatArray, shape: Shape, axes: readonly number[]): FloatArray {
  return moves(shape, axes).reduceRight((moved, one) => moveAxisBack(moved, one.shape, one.axis), data);
}

/** The shape before each axis is moved to the end, and where that axis then is; none where they are last already. */
function moves(shape: Shape, axes: readonly number[]): { readonly shape: Shape; readonly axis: number }[] {
  const first = shape.length - axes.length;
  if (axes.every((axis, i) => axis === first + i)) return [];
  let current = [...shape];
  return axes.map((axis, moved) => {
    const move = { shape: current, axis: axis - moved };
    current = [...current.slice(0, move.axis), ...current.slice(move.axis + 1), elementAt(current, move.axis)];
    return move;
  });
}

/** `[outer, rows, columns]` -> `[outer, columns, rows]` */
function swapInner(data: FloatArray, outer: number, rows: number, columns: number): FloatArray {
  if (rows === 1 || columns === 1) return data;
  const moved = data.slice();
  const block = rows * columns;
  for (let start = 0; start < outer * block; start += block) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        moved[start + column * rows + row] = elementAt(data, start + row * columns + column);
      }
    }
  }
  return moved;
}

/** For each element of `target`, the index in an array of `shape` that it comes from. */
function sourceIndices(shape: Shape, target: Shape): Uint32Array {
  const indices = allocated(Uint32Array, target);
  const lead = target.length - shape.length;
  let stride = 1;
  let repeat = 1;
  for (let axis = target.length - 1; axis >= 0; axis--) {
    const length = elementAt(target, axis);
    const own = shape[axis - lead] ?? 1;
    if (own !== 1) {
      for (let i = 0; i < indices.length; i++) {
        indices[i] = elementAt(indices, i) + (Math.floor(i / repeat) % length) * stride;
      }
    }
    stride *= own;
    repeat *= length;
  }
  return indices;
}

/**
 * Keras' rule for ranks that differ by one where the longer shape ends in 1: a vector gets a last axis too, otherwise
 * the longer one loses it. Sizes stay, so that data need not move.
 */
export function alignRanks(a: Shape, b: Shape): readonly [Shape, Shape] {
  if (b.length === a.length + 1) {
    const [longer, shorter] = alignRanks(b, a);
    return [shorter, longer];
  }
  if (a.length !== b.length + 1 || a.at(-1) !== 1) return [a, b];
  return b.length === 1 ? [a, [...b, 1]] : [a.slice(0, -1), b];
}
