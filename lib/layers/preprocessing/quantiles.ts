import { elementAt } from '../../check';
/**
 * Some values of data, ascending, with how many each stands for: what Keras' `Discretization` keeps of what it has
 * seen.
 */
export interface Summary {
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

export function summarize(data: ArrayLike<number>, epsilon: number): Summary {
  const sorted = Float64Array.from(data).sort();
  const increment = sorted.length * epsilon;
  const step = Math.max(increment, 1);
  const values: number[] = [];
  for (let i = Math.trunc(increment); i < sorted.length; i += Math.trunc(step)) values.push(elementAt(sorted, i));
  return { values, weights: values.map(() => step) };
}

export function mergeSummaries(first: Summary, second: Summary, epsilon: number): Summary {
  const both = [first, second].flatMap(({ values, weights }) =>
    values.map((value, i) => [value, elementAt(weights, i)] as const),
  );
  both.sort(([a], [b]) => a - b);
  return compress({ values: both.map(([value]) => value), weights: both.map(([, weight]) => weight) }, epsilon);
}

/** The boundaries of bins that hold about as many values each. */
export function binBoundaries(summary: Summary, bins: number): number[] {
  return compress(summary, 1 / bins).values.slice(0, -1);
}

function compress({ values, weights }: Summary, epsilon: number): Summary {
  if (values.length * epsilon < 1) return { values, weights };
  const percents = Array.from({ length: Math.ceil(1 / epsilon - 1e-9) }, (_, i) => epsilon + i * epsilon);
  let sum = 0;
  const cumulated = weights.map((weight) => (sum += weight));
  const fractions = cumulated.map((weight) => weight / sum);
  const bins = percents.map((percent) => interpolate(percent, fractions, values));
  const totals = percents.map((percent) => interpolate(percent, fractions, cumulated));
  return {
    values: bins.map(Math.fround),
    weights: totals.map((total, i) => Math.fround(total - (totals[i - 1] ?? 0))),
  };
}

function interpolate(x: number, xs: readonly number[], ys: readonly number[]): number {
  const next = xs.findIndex((one) => one >= x);
  if (next === 0) return elementAt(ys, 0);
  if (next === -1) return elementAt(ys, ys.length - 1);
  const [x0, x1] = [elementAt(xs, next - 1), elementAt(xs, next)];
  const [y0, y1] = [elementAt(ys, next - 1), elementAt(ys, next)];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
