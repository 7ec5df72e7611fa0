import { elementAt } from '../check';
import { meanOf, sumOf } from './metric';
import { precisionOf, recallOf } from './rates';
import type { Counts } from './threshold_metric';

export const CURVES = ['ROC', 'PR', 'PRGAIN'] as const;
export const SUMMATION_METHODS = ['interpolation', 'minoring', 'majoring'] as const;

export type CurveName = (typeof CURVES)[number];
export type SummationMethod = (typeof SUMMATION_METHODS)[number];

interface Point {
  readonly x: number;
  readonly y: number;
}

const POINTS: Readonly<Record<CurveName, (counts: Counts) => Point>> = {
  ROC: (counts) => ({ x: meanOf(counts.fp, counts.fp + counts.tn), y: recallOf(counts) }),
  PR: (counts) => ({ x: recallOf(counts), y: precisionOf(counts) }),
  PRGAIN: gains,
};

const HEIGHTS: Readonly<Record<SummationMethod, (a: number, b: number) => number>> = {
  interpolation: (a, b) => (a + b) / 2,
  minoring: Math.min,
  majoring: Math.max,
};

/** The area under a curve through the points of falling counts. */
export function areaUnder(curve: CurveName, method: SummationMethod, counts: readonly Counts[]): number {
  if (curve === 'PR' && method === 'interpolation') return sumOf(pairs(counts).map(precisionBetween));
  const points = counts.map(POINTS[curve]);
  const height = HEIGHTS[method];
  return sumOf(pairs(points).map(([a, b]) => (a.x - b.x) * height(a.y, b.y)));
}

/**
 * The area between two thresholds, the lower first: true and all predicted positives are linear between them, their
 * quotient, the precision, is not (Davis and Goadrich 2006, section 4).
 */
function precisionBetween([low, high]: readonly [Counts, Counts]): number {
  const [more, fewer] = [low.tp + low.fp, high.tp + high.fp];
  const hits = low.tp - high.tp;
  const rise = meanOf(hits, Math.max(more - fewer, 0));
  const intercept = high.tp - rise * fewer;
  const logarithm = more > 0 && fewer > 0 ? Math.log(more / fewer) : 0;
  return meanOf(rise * (hits + intercept * logarithm), Math.max(high.tp + high.fn, 0));
}

/** Precision and recall as gains over the classifier that always says yes (Flach and Kull 2015). */
function gains({ tp, fp, tn, fn }: Counts): Point {
  if (tp === 0) return { x: 0, y: 1 };
  const odds = meanOf(tp + fn, fp + tn);
  return { x: Math.max(1 - (odds * fn) / tp, 0), y: 1 - (odds * fp) / tp };
}

function pairs<T>(values: readonly T[]): (readonly [T, T])[] {
  return values.slice(1).map((value, i) => [elementAt(values, i), value]);
}
