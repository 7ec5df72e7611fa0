import { elementAt } from '../check';
import { outOfRange } from '../errors';
import type { ClassScores } from './scores';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Curve {
  readonly points: readonly Point[];
  /** The area below it, the average precision, or the Brier score. */
  readonly area: number;
}

/** How many true and false samples score at least as high as each threshold, from the highest; without ties. */
function sweep({ positives, negatives }: ClassScores, visit: (hits: number, alarms: number) => void): void {
  let [p, n] = [positives.length, negatives.length];
  while (p > 0 || n > 0) {
    const score = Math.max(positives[p - 1] ?? Number.NEGATIVE_INFINITY, negatives[n - 1] ?? Number.NEGATIVE_INFINITY);
    while (p > 0 && positives[p - 1] === score) p--;
    while (n > 0 && negatives[n - 1] === score) n--;
    visit(positives.length - p, negatives.length - n);
  }
}

/** The distance of two points of a curve that is drawn: less than a pixel. */
const LEAST_STEP = 1e-3;

/** Points that are visible: not next to the last one, nor on the line between their neighbours. */
class Line {
  readonly #kept: Point[] = [];
  #last: Point | null = null;

  add(point: Point): void {
    const before = this.#kept.at(-1);
    const isFar =
      before === undefined || Math.max(Math.abs(point.x - before.x), Math.abs(point.y - before.y)) >= LEAST_STEP;
    this.#last = isFar ? null : point;
    if (isFar) this.#kept.push(point);
  }

  points(): Point[] {
    const all = this.#last === null ? this.#kept : [...this.#kept, this.#last];
    return all.filter(({ x, y }, i) => {
      const [a, b] = [all[i - 1], all[i + 1]];
      return a === undefined || b === undefined || (x - a.x) * (b.y - y) !== (b.x - x) * (y - a.y);
    });
  }
}

/** A curve from the origin, and the area below. */
function fromOrigin(scores: ClassScores, pointAt: (hits: number, alarms: number) => Point): Curve {
  const line = new Line();
  let before: Point = { x: 0, y: 0 };
  let area = 0;
  line.add(before);
  sweep(scores, (hits, alarms) => {
    const point = pointAt(hits, alarms);
    area += (point.x - before.x) * ((point.y + before.y) / 2);
    line.add(point);
    before = point;
  });
  return { points: line.points(), area };
}

/** True positives over false positives, and the area below. Source: `sklearn.metrics.roc_curve`. */
export function rocOf(scores: ClassScores): Curve {
  const { positives, negatives } = scores;
  return fromOrigin(scores, (hits, alarms) => ({ x: alarms / negatives.length, y: hits / positives.length }));
}

/** Positives that are found among the highest scores, over how many are looked at. */
export function gainsOf(scores: ClassScores): Curve {
  const { positives, negatives } = scores;
  const all = positives.length + negatives.length;
  return fromOrigin(scores, (hits, alarms) => ({ x: (hits + alarms) / all, y: hits / positives.length }));
}

/** Precision over recall, and the average precision. Source: `sklearn.metrics.precision_recall_curve`. */
export function prOf(scores: ClassScores): Curve {
  const line = new Line();
  let [x, area, isFirst] = [0, 0, true];
  sweep(scores, (hits, alarms) => {
    const point = { x: hits / scores.positives.length, y: hits / (hits + alarms) };
    if (isFirst) line.add({ x: 0, y: point.y });
    isFirst = false;
    area += (point.x - x) * point.y;
    x = point.x;
    line.add(point);
  });
  return { points: line.points(), area };
}

/** Parts of the probabilities from 0 to 1. */
const BINS = 10;

/** How often it is true over how probable it is said to be, in ten bins; and the mean squared error (Brier score). */
export function calibrationOf({ positives, negatives }: ClassScores): Curve {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, said: 0, found: 0 }));
  let squares = 0;
  for (const [scores, truth] of [
    [negatives, 0],
    [positives, 1],
  ] as const) {
    for (const score of scores) {
      if (score < 0 || score > 1) throw outOfRange('yPred', 'probabilities, from 0 to 1,', score);
      const bin = elementAt(bins, Math.min(BINS - 1, Math.floor(score * BINS)));
      bin.count++;
      bin.said += score;
      bin.found += truth;
      squares += (score - truth) ** 2;
    }
  }
  const filled = bins.filter(({ count }) => count > 0);
  const points = filled.map(({ count, said, found }) => ({ x: said / count, y: found / count }));
  return { points, area: squares / (positives.length + negatives.length) };
}
