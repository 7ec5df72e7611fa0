import { elementAt } from '../check';
import { invalidArgument, outOfRange, shapeMismatch } from '../errors';
import type { FloatArray } from '../native';
import { type ShapedArray, type TensorLike, toFloats } from '../tensor';

/** For one class: who belongs to it, and how sure the model is of it. */
export interface ClassScores {
  readonly label: string;
  readonly isTrue: readonly boolean[];
  readonly scores: readonly number[];
}

/** Class indices of targets or predictions: as given, or the place of the largest of each row. */
export function toClasses(value: TensorLike, argument: string): number[] {
  const { data, shape } = toFloats(value, 'float64', argument);
  const [rows = 0, columns = 1] = shape;
  if (shape.length === 0 || shape.length > 2 || rows === 0) {
    throw shapeMismatch(argument, 'class indices, or a row of classes for each sample,', shape);
  }
  if (columns === 1) return Array.from(data, (label, i) => checkClass(label, `${argument}[${i}]`));
  return Array.from({ length: rows }, (_, row) => {
    const values = Array.from(data.subarray(row * columns, (row + 1) * columns));
    return values.indexOf(Math.max(...values.map((value, i) => checkScore(value, `${argument}[${row}][${i}]`))));
  });
}

/** Where a binary model is taken to say yes. */
export const USUAL_THRESHOLD = 0.5;

/** What was predicted: class indices, the largest of each row, or for scores of a binary model what is above the threshold. */
export interface Predicted {
  readonly classes: readonly number[];
  /** Null where there was nothing to compare with one. */
  readonly threshold: number | null;
}

export function predictedClasses(yPred: TensorLike, threshold: number | undefined): Predicted {
  const { data, shape } = toFloats(yPred, 'float64', 'yPred');
  const [rows = 0, columns = 1] = shape;
  const isIndex = (score: number): boolean => Number.isSafeInteger(score) && score >= 0;
  const areScores = threshold !== undefined || (columns === 1 && shape.length <= 2 && !data.every(isIndex));
  if (!areScores) return { classes: toClasses(yPred, 'yPred'), threshold: null };
  if (columns > 2 || shape.length === 0 || shape.length > 2) {
    throw shapeMismatch(
      'yPred',
      'a score for each sample, or one for each of two classes, where `threshold` is given,',
      shape,
    );
  }
  const limit = threshold ?? USUAL_THRESHOLD;
  const scores = Array.from({ length: rows }, (_, row) => Number(data[row * columns + columns - 1]));
  const classes = scores.map((score, row) => Number(checkScore(score, `yPred[${row}]`) > limit));
  return { classes, threshold: limit };
}

function checkClass(label: number, argument: string): number {
  if (!Number.isSafeInteger(label)) throw invalidArgument(argument, 'a class index', label);
  if (label < 0) throw outOfRange(argument, 'a class index of at least 0', label);
  return label;
}

function checkScore(score: number, argument: string): number {
  if (Number.isNaN(score)) throw invalidArgument(argument, 'a number', score);
  return score;
}

/** Whether targets tell of each label by itself if it is true: rows of zeros and ones with none, or several ones. */
export function areMultiLabel({ data, shape }: ShapedArray<FloatArray>): boolean {
  const [rows = 0, columns = 1] = shape;
  if (shape.length !== 2 || columns === 1 || !data.every((value) => value === 0 || value === 1)) return false;
  const ones = (row: number): number => data.subarray(row * columns, (row + 1) * columns).filter(Boolean).length;
  return Array.from({ length: rows }, (_, row) => ones(row)).some((count) => count !== 1);
}

/** Each label by itself. */
function scoresByLabel(
  truth: ShapedArray<FloatArray>,
  predicted: ShapedArray<FloatArray>,
  labels: readonly string[] | null,
): ClassScores[] {
  const [rows = 0, columns = 1] = truth.shape;
  if (predicted.shape.join() !== truth.shape.join()) {
    throw shapeMismatch('yPred', `a score for each of the ${columns} labels of the ${rows} samples`, predicted.shape);
  }
  if (labels !== null && columns > labels.length) {
    throw outOfRange('labels', `a name for each of the ${columns} labels`, labels.length);
  }
  const column = <T>(values: FloatArray, label: number, read: (value: number, row: number) => T): T[] =>
    Array.from({ length: rows }, (_, row) => read(elementAt(values, row * columns + label), row));
  return Array.from({ length: columns }, (_, label) => ({
    label: labels?.[label] ?? `label ${label}`,
    isTrue: column(truth.data, label, (value) => value === 1),
    scores: column(predicted.data, label, (score, row) => checkScore(score, `yPred[${row}][${label}]`)),
  }));
}

/**
 * One class against all others, for each; of two classes, or one score a sample, the second alone. Labels of which a
 * sample may have several are each by itself.
 */
export function scoresByClass(yTrue: TensorLike, yPred: TensorLike, labels: readonly string[] | null): ClassScores[] {
  const targets = toFloats(yTrue, 'float64', 'yTrue');
  if (areMultiLabel(targets)) return scoresByLabel(targets, toFloats(yPred, 'float64', 'yPred'), labels);
  const truth = toClasses(yTrue, 'yTrue');
  const predicted = toFloats(yPred, 'float64', 'yPred');
  checkRows(truth.length, predicted);
  const [, columns = 1] = predicted.shape;
  const single = columns <= 2;
  const classes = single ? [1] : Array.from({ length: columns }, (_, label) => label);
  return classes.map((label) => ({
    label: labels?.[label] ?? (single ? 'model' : `class ${label}`),
    isTrue: truth.map((own) => own === label),
    scores: truth.map((_, row) =>
      checkScore(Number(predicted.data[row * columns + (columns === 1 ? 0 : label)]), `yPred[${row}]`),
    ),
  }));
}

function checkRows(rows: number, { shape }: ShapedArray): void {
  if (shape[0] === rows && shape.length <= 2) return;
  throw shapeMismatch('yPred', `a score, or one for each class, for each of the ${rows} samples`, shape);
}

/** How many true and false samples score at least as high as each threshold, from the highest; without ties. */
function countsOf({ isTrue, scores }: ClassScores): { readonly hits: number; readonly alarms: number }[] {
  const order = scores.map((_, i) => i).sort((a, b) => elementAt(scores, b) - elementAt(scores, a));
  const counts: { readonly hits: number; readonly alarms: number }[] = [];
  let hits = 0;
  let alarms = 0;
  for (const [rank, i] of order.entries()) {
    if (isTrue[i]) hits++;
    else alarms++;
    const next = order[rank + 1];
    if (next === undefined || scores[next] !== scores[i]) counts.push({ hits, alarms });
  }
  return counts;
}

/** The distance of two points of a curve that is drawn: less than a pixel. */
const LEAST_STEP = 1e-3;

export interface Curve {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The area below it, the average precision, or the Brier score. */
  readonly area: number;
}

/** True positives over false positives, and the area below. Source: `sklearn.metrics.roc_curve`. */
export function rocOf(scores: ClassScores): Curve {
  const counts = countsOf(scores);
  const { hits: positives = 0, alarms: negatives = 0 } = counts.at(-1) ?? {};
  const points = [
    { x: 0, y: 0 },
    ...counts.map(({ hits, alarms }) => ({ x: alarms / negatives, y: hits / positives })),
  ];
  return { points: thinned(points), area: areaBelow(points) };
}

function areaBelow(points: Curve['points']): number {
  return points.slice(1).reduce((sum, { x, y }, i) => {
    const before = elementAt(points, i);
    return sum + (x - before.x) * ((y + before.y) / 2);
  }, 0);
}

/** Precision over recall, and the average precision. Source: `sklearn.metrics.precision_recall_curve`. */
export function prOf(scores: ClassScores): Curve {
  const counts = countsOf(scores);
  const positives = counts.at(-1)?.hits ?? 0;
  const points = counts.map(({ hits, alarms }) => ({ x: hits / positives, y: hits / (hits + alarms) }));
  const area = points.reduce((sum, { x, y }, i) => sum + (x - (points[i - 1]?.x ?? 0)) * y, 0);
  return { points: thinned([{ x: 0, y: points[0]?.y ?? 1 }, ...points]), area };
}

/** Positives that are found among the highest scores, over how many are looked at. */
export function gainsOf(scores: ClassScores): Curve {
  const counts = countsOf(scores);
  const { hits: positives = 0, alarms: negatives = 0 } = counts.at(-1) ?? {};
  const points = [
    { x: 0, y: 0 },
    ...counts.map(({ hits, alarms }) => ({ x: (hits + alarms) / (positives + negatives), y: hits / positives })),
  ];
  return { points: thinned(points), area: areaBelow(points) };
}

/** Parts of the probabilities from 0 to 1. */
const BINS = 10;

/** How often it is true over how probable it is said to be, in ten bins; and the mean squared error (Brier score). */
export function calibrationOf({ isTrue, scores }: ClassScores): Curve {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, said: 0, found: 0 }));
  let squares = 0;
  for (const [i, score] of scores.entries()) {
    if (score < 0 || score > 1) throw outOfRange('yPred', 'probabilities, from 0 to 1,', score);
    const bin = elementAt(bins, Math.min(BINS - 1, Math.floor(score * BINS)));
    bin.count++;
    bin.said += score;
    bin.found += Number(isTrue[i]);
    squares += (score - Number(isTrue[i])) ** 2;
  }
  const filled = bins.filter(({ count }) => count > 0);
  const points = filled.map(({ count, said, found }) => ({ x: said / count, y: found / count }));
  return { points, area: squares / scores.length };
}

/** Drops points that would not be visible: those on the line between their neighbours, or next to the last one. */
function thinned(all: Curve['points']): Curve['points'] {
  let last = all[0];
  const points = all.filter((point, i) => {
    const isFar = last === undefined || Math.max(Math.abs(point.x - last.x), Math.abs(point.y - last.y)) >= LEAST_STEP;
    if (!isFar && i > 0 && i < all.length - 1) return false;
    last = point;
    return true;
  });
  return points.filter(({ x, y }, i) => {
    const [a, b] = [points[i - 1], points[i + 1]];
    return a === undefined || b === undefined || (x - a.x) * (b.y - y) !== (b.x - x) * (y - a.y);
  });
}
