/**
 * A minimal float64 n-dimensional array for the oracle: row-major data, numpy's broadcasting, reductions over axes.
 * Written for plain correctness; nothing here is fast and nothing is imported from the library under test.
 */

export type Nd = { shape: number[]; data: Float64Array };

export type Nested = number | Nested[];

/** One array of the given shape. Throws when the number of values does not fit. */
export function nd(shape: number[], data: ArrayLike<number>): Nd {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`Expected ${sizeOf(shape)} values for shape [${shape}], received ${data.length}`);
  }
  return { shape: [...shape], data: Float64Array.from(data) };
}

export function scalar(value: number): Nd {
  return nd([], [value]);
}

export function full(shape: number[], value: number): Nd {
  return { shape: [...shape], data: new Float64Array(sizeOf(shape)).fill(value) };
}

export function sizeOf(shape: number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Element access that fails loudly, so that a wrong index cannot become NaN in a reference value. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`Index ${index} is outside 0..${values.length - 1}`);
  return value;
}

/** One number of a golden file: JSON has no NaN and no infinity, so these are strings there; masks hold booleans. */
export function decodeNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === 'NaN') return NaN;
  if (value === 'Infinity') return Infinity;
  if (value === '-Infinity') return -Infinity;
  throw new TypeError(
    `Expected a number, a boolean, "NaN", "Infinity" or "-Infinity", received ${JSON.stringify(value)}`,
  );
}

/** From nested arrays, a bare number, or a golden file's `{ shape }` (zeros of that shape). */
export function fromNested(value: unknown): Nd {
  if (isShapeOnly(value)) return full(value.shape, 0);
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0] as unknown) shape.push(level.length);
  const data: number[] = [];
  const collect = (part: unknown, axis: number): void => {
    if (axis === shape.length) {
      data.push(decodeNumber(part));
      return;
    }
    if (!Array.isArray(part) || part.length !== shape[axis]) throw new RangeError('Nested arrays are ragged');
    for (const item of part) collect(item, axis + 1);
  };
  collect(value, 0);
  return nd(shape, data);
}

function isShapeOnly(value: unknown): value is { shape: number[] } {
  return typeof value === 'object' && value !== null && 'shape' in value && !('data' in value);
}

export function toNested(x: Nd): Nested {
  const build = (axis: number, offset: number): Nested => {
    if (axis === x.shape.length) return at(x.data, offset);
    const stride = sizeOf(x.shape.slice(axis + 1));
    return Array.from({ length: at(x.shape, axis) }, (_, i) => build(axis + 1, offset + i * stride));
  };
  return build(0, 0);
}

export function sameShape(a: Nd, b: Nd): boolean {
  return a.shape.length === b.shape.length && a.shape.every((size, axis) => size === b.shape[axis]);
}

export function reshape(x: Nd, shape: number[]): Nd {
  return nd(shape, x.data);
}

/** Adds a last axis of size 1. */
export function expandLast(x: Nd): Nd {
  return reshape(x, [...x.shape, 1]);
}

/** Removes a last axis of size 1. */
export function squeezeLast(x: Nd): Nd {
  return reshape(x, x.shape.slice(0, -1));
}

/** Numpy's rule: shapes align at the right, sizes are equal or one of them is 1. */
export function broadcastShape(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[a.length - rank + axis] ?? 1;
    const sizeB = b[b.length - rank + axis] ?? 1;
    const fits = sizeA === sizeB || sizeA === 1 || sizeB === 1;
    if (!fits) throw new RangeError(`Shapes [${a}] and [${b}] do not broadcast`);
    return sizeA === 1 ? sizeB : sizeA;
  });
}

function stridesOf(shape: number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** The flat offset of every position of `shape` in row-major order, for an array with these strides. */
function offsetsOf(shape: number[], strides: number[]): Uint32Array {
  const offsets = new Uint32Array(sizeOf(shape));
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const end = inner * at(shape, axis);
    for (let i = inner; i < Math.min(end, offsets.length); i++) offsets[i] = at(offsets, i - inner) + at(strides, axis);
    inner = end;
  }
  return offsets;
}

function broadcastOffsets(x: Nd, shape: number[]): Uint32Array {
  const missing = shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  // A broadcast axis has stride 0: every position along it reads the same element.
  const strides = shape.map((_, axis) =>
    axis < missing || x.shape[axis - missing] === 1 ? 0 : at(own, axis - missing),
  );
  return offsetsOf(shape, strides);
}

export function map(x: Nd, f: (value: number) => number): Nd {
  return { shape: [...x.shape], data: x.data.map((value) => f(value)) };
}

/** Elementwise f(a, b) with broadcasting. */
export function map2(a: Nd, b: Nd, f: (a: number, b: number) => number): Nd {
  const shape = broadcastShape(a.shape, b.shape);
  const offsetsB = broadcastOffsets(b, shape);
  const data = new Float64Array(offsetsB.length);
  broadcastOffsets(a, shape).forEach((offset, i) => {
    data[i] = f(at(a.data, offset), at(b.data, at(offsetsB, i)));
  });
  return { shape, data };
}

export const add = (a: Nd, b: Nd): Nd => map2(a, b, (x, y) => x + y);
export const subtract = (a: Nd, b: Nd): Nd => map2(a, b, (x, y) => x - y);
export const multiply = (a: Nd, b: Nd): Nd => map2(a, b, (x, y) => x * y);
export const divide = (a: Nd, b: Nd): Nd => map2(a, b, (x, y) => x / y);

/** NaN stays NaN, as in every Keras backend. */
export function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** An axis counted from 0; negative ones count from the end. */
export function normalizeAxis(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new RangeError(`Expected an axis in -${rank}..${rank - 1}, received ${axis}`);
  }
  return axis < 0 ? axis + rank : axis;
}

export type Axes = number | readonly number[] | null;

function normalizeAxes(axes: Axes, rank: number): number[] {
  if (axes === null) return Array.from({ length: rank }, (_, axis) => axis);
  return (typeof axes === 'number' ? [axes] : [...axes]).map((axis) => normalizeAxis(axis, rank));
}

/** Folds over one axis, several, or all (null); `keepDims` leaves axes of size 1 in their place. */
export function reduce(
  x: Nd,
  axes: Axes,
  initial: number,
  f: (total: number, value: number) => number,
  keepDims = false,
): Nd {
  const reduced = new Set(normalizeAxes(axes, x.shape.length));
  const kept = x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
  const result = full(kept, initial);
  // Stride 0 along a reduced axis: all its elements meet in one entry of the result.
  const strides = stridesOf(kept).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
  offsetsOf(x.shape, strides).forEach((offset, i) => {
    result.data[offset] = f(at(result.data, offset), at(x.data, i));
  });
  if (keepDims) return result;
  const left = x.shape.filter((_, axis) => !reduced.has(axis));
  return reshape(result, left);
}

export function sum(x: Nd, axes: Axes = null, keepDims = false): Nd {
  return reduce(x, axes, 0, (total, value) => total + value, keepDims);
}

/** The mean over an axis of size 0 is NaN, as in numpy. */
export function mean(x: Nd, axes: Axes = null, keepDims = false): Nd {
  const count = normalizeAxes(axes, x.shape.length).reduce((product, axis) => product * at(x.shape, axis), 1);
  return map(sum(x, axes, keepDims), (total) => total / count);
}

export function max(x: Nd, axes: Axes = null, keepDims = false): Nd {
  return reduce(x, axes, -Infinity, Math.max, keepDims);
}

/** Replaces every vector along `axis` by f(vector), whose length may differ from the vector's. */
export function mapVectors(x: Nd, axis: number, f: (vector: number[]) => number[]): Nd {
  const along = normalizeAxis(axis, x.shape.length);
  const size = at(x.shape, along);
  const outer = sizeOf(x.shape.slice(0, along));
  const inner = sizeOf(x.shape.slice(along + 1));
  const results = Array.from({ length: outer * inner }, (_, k) => {
    const start = Math.floor(k / inner) * size * inner + (k % inner);
    return f(Array.from({ length: size }, (_unused, i) => at(x.data, start + i * inner)));
  });
  // Without vectors (an empty batch) a vector of zeros tells the new length.
  const newSize = (results[0] ?? f(Array.from({ length: size }, () => 0))).length;
  const shape = x.shape.map((old, i) => (i === along ? newSize : old));
  const result = full(shape, 0);
  results.forEach((vector, k) => {
    const start = Math.floor(k / inner) * newSize * inner + (k % inner);
    vector.forEach((value, i) => {
      result.data[start + i * inner] = value;
    });
  });
  return result;
}

/**
 * The gradient of sum(upstream * f(x)) by central differences (upstream null: all ones). The step is 1e-6 relative, with
 * a floor so that entries near 0 do not drown in rounding. Within one step of a kink the value means nothing.
 */
export function centralDifference(x: Nd, f: (x: Nd) => Nd, upstream: Nd | null = null): Nd {
  const shifted = (index: number, value: number): Nd => {
    const copy = { shape: x.shape, data: Float64Array.from(x.data) };
    copy.data[index] = value;
    return f(copy);
  };
  const gradient = full(x.shape, 0);
  x.data.forEach((value, i) => {
    const step = 1e-6 * Math.max(Math.abs(value), 0.1);
    const above = value + step;
    const below = value - step;
    // Output by output, not a difference of two sums: unchanged outputs then cancel exactly.
    const change = subtract(shifted(i, above), shifted(i, below));
    if (upstream !== null && !sameShape(upstream, change)) {
      throw new RangeError(`Expected upstream of shape [${change.shape}], received [${upstream.shape}]`);
    }
    const weighted = upstream === null ? change : multiply(change, upstream);
    gradient.data[i] = at(sum(weighted).data, 0) / (above - below);
  });
  return gradient;
}
