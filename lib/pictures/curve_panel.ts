import { elementAt } from '../check';
import { COLOURS, seriesEncoding } from './colours';
import { type Panel, titled } from './panel';

/** A point of a curve. */
export interface CurvePoint {
  readonly at: number;
  readonly value: number;
  readonly series: string;
  /** A line is broken where it jumps. */
  readonly segment: number;
}

/** A prime number of steps: zero and one, where some gradients jump, are between two of them. */
const POINTS = 402;

export function positions(from: number, to: number): number[] {
  return Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
}

/** One curve through these values. */
export function curvePoints(series: string, at: readonly number[], values: readonly number[]): CurvePoint[] {
  const segments = segmentsOf(values);
  const points = values.map((value, i) => ({ at: elementAt(at, i), value, series, segment: elementAt(segments, i) }));
  // A value alone beyond a jump is no line: the gradient of a crossentropy at a probability of 1, which is clipped.
  return points.filter(({ segment }, i) => segments[i - 1] === segment || segments[i + 1] === segment);
}

/**
 * Numbers the pieces between jumps: steps that are far larger than both of their neighbours. Those at the ends have only
 * one, and must be larger still, as some curves are steep there.
 */
function segmentsOf(values: readonly number[]): number[] {
  const step = (i: number): number => Math.abs((values[i + 1] ?? Number.NaN) - (values[i] ?? Number.NaN)) || 0;
  // What most values differ by: some curves have poles, in sight of which nothing is a jump.
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const between = (from: number, to: number): number => (sorted.at(to) ?? 0) - (sorted[from] ?? 0);
  const tail = Math.floor(sorted.length / 20);
  const least = Math.max(1e-3 * between(tail, -1 - tail), 1e-6 * between(0, -1));
  let segment = 0;
  return values.map((_, i) => {
    const factor = i > 1 && i < values.length - 1 ? 10 : 100;
    if (i > 0 && step(i - 1) > least + factor * Math.max(step(i - 2), step(i))) segment++;
    return segment;
  });
}

/** The least and the largest of those that are finite. */
export function endsOf(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return [low, finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)];
}

/** Ends of an axis with a margin, but at zero. */
export function withMargin(low: number, high: number): [number, number] {
  const margin = 0.03 * (high - low || 1);
  return [low === 0 ? 0 : low - margin, high + margin];
}

/** A line at zero; with data of its own, as it would be drawn for each point of the others. */
export const ZERO: Panel = {
  data: { values: [{}] },
  mark: { type: 'rule', color: COLOURS.grey, strokeWidth: 1 },
  encoding: { y: { datum: 0 } },
};

interface Curves {
  readonly title: string;
  readonly axis: { readonly title: string; readonly from: number; readonly to: number };
  readonly values: readonly CurvePoint[];
  /** The ends of the axis of values. */
  readonly range: readonly [number, number];
}

/** Curves over one axis, and a line at zero. */
export function curvesPanel({ title, axis, values, range }: Curves): Panel {
  const ticks = { format: '.4~g', tickCount: 7 };
  const scale = { domain: [axis.from, axis.to], nice: false };
  const x = { field: 'at', type: 'quantitative', title: axis.title, scale, axis: ticks };
  const y = { field: 'value', type: 'quantitative', title: null, scale: { domain: range, nice: true }, axis: ticks };
  const series = [...new Set(values.map((point) => point.series))];
  return titled(title, '', {
    width: 340,
    height: 260,
    data: { values },
    layer: [
      ZERO,
      {
        mark: { type: 'line', strokeWidth: 2.5, clip: true },
        encoding: { x, y, ...seriesEncoding(series), detail: { field: 'segment' } },
      },
    ],
  });
}
