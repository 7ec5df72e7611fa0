import { elementAt } from '../check';
import { invalidArgument, outOfRange, shapeMismatch } from '../errors';
import type { FloatArray } from '../native';
import { type ShapedArray, type TensorLike, toFloats } from '../tensor';

/** For one class: how sure the model is of it, where it is right to be and where not. */
export interface ClassScores {
  readonly label: string;
  /** The scores of the samples of the class, from the lowest. */
  readonly positives: Float64Array;
  /** Those of all others, likewise. */
  readonly negatives: Float64Array;
}

/** Class indices of targets or predictions: as given, or the place of the largest of each row. */
export function toClasses(value: TensorLike, argument: string): Float64Array {
  const { data, shape } = toFloats(value, 'float64', argument);
  const [rows = 0, columns = 1] = shape;
  if (shape.length === 0 || shape.length > 2 || rows === 0) {
    throw shapeMismatch(argument, 'class indices, or a row of classes for each sample,', shape);
  }
  if (columns === 1) return Float64Array.from(data, (label, i) => checkClass(label, argument, i));
  const classes = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < columns; column++) {
      const score = elementAt(data, row * columns + column);
      if (Number.isNaN(score)) throw notANumber(`yPred[${row}][${column}]`.replace('yPred', argument));
      if (score <= most) continue;
      most = score;
      classes[row] = column;
    }
  }
  return classes;
}

/** Where a binary model is taken to say yes. */
export const USUAL_THRESHOLD = 0.5;

/** What was predicted: class indices, the largest of each row, or for scores of a binary model what is above the threshold. */
export interface Predicted {
  readonly classes: ArrayLike<number>;
  /** Null where there was nothing to compare with one. */
  readonly threshold: number | null;
}

export function predictedClasses(yPred: TensorLike, threshold: number | undefined): Predicted {
  const { data, shape } = toFloats(yPred, 'float64', 'yPred');
  const [rows = 0, columns = 1] = shape;
  const areScores = threshold !== undefined || (columns === 1 && shape.length <= 2 && !data.every(isClass));
  if (!areScores) return { classes: toClasses(yPred, 'yPred'), threshold: null };
  if (columns > 2 || shape.length === 0 || shape.length > 2) {
    throw shapeMismatch(
      'yPred',
      'a score for each sample, or one for each of two classes, where `threshold` is given,',
      shape,
    );
  }
  const limit = threshold ?? USUAL_THRESHOLD;
  const classes = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const score = elementAt(data, row * columns + columns - 1);
    if (Number.isNaN(score)) throw notANumber(`yPred[${row}]`);
    classes[row] = Number(score > limit);
  }
  return { classes, threshold: limit };
}

function isClass(label: number): boolean {
  return Number.isSafeInteger(label) && label >= 0;
}

function checkClass(label: number, argument: string, row: number): number {
  if (!Number.isSafeInteger(label)) throw invalidArgument(`${argument}[${row}]`, 'a class index', label);
  if (label < 0) throw outOfRange(`${argument}[${row}]`, 'a class index of at least 0', label);
  return label;
}

function notANumber(argument: string): Error {
  return invalidArgument(argument, 'a number', Number.NaN);
}

/** Whether targets tell of each label by itself if it is true: rows of zeros and ones with none, or several ones. */
export function areMultiLabel({ data, shape }: ShapedArray<FloatArray>): boolean {
  const [rows = 0, columns = 1] = shape;
  if (shape.length !== 2 || columns === 1 || !data.every((value) => value === 0 || value === 1)) return false;
  for (let row = 0; row < rows; row++) {
    let ones = 0;
    for (let column = 0; column < columns; column++) ones += elementAt(data, row * columns + column);
    if (ones !== 1) return true;
  }
  return false;
}

/** The scores in a column of predictions, by whether their rows are of the class. */
function scoresOf(
  label: string,
  predicted: ShapedArray<FloatArray>,
  column: number,
  isTrue: (row: number) => boolean,
): ClassScores {
  const [rows = 0, columns = 1] = predicted.shape;
  const scores = new Float64Array(rows);
  // Those of the class from the front, the others from the back.
  let [front, back] = [0, rows];
  for (let row = 0; row < rows; row++) {
    const score = elementAt(predicted.data, row * columns + column);
    if (Number.isNaN(score)) throw notANumber(columns === 1 ? `yPred[${row}]` : `yPred[${row}][${column}]`);
    scores[isTrue(row) ? front++ : --back] = score;
  }
  return { label, positives: scores.subarray(0, front).sort(), negatives: scores.subarray(front).sort() };
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
  return Array.from({ length: columns }, (_, label) =>
    scoresOf(
      labels?.[label] ?? `label ${label}`,
      predicted,
      label,
      (row) => elementAt(truth.data, row * columns + label) === 1,
    ),
  );
}

/**
 * One class against all others, for each; of two classes, or one score a sample, the second alone. Labels of which a
 * sample may have several are each by itself.
 */
export function scoresByClass(yTrue: TensorLike, yPred: TensorLike, labels: readonly string[] | null): ClassScores[] {
  const targets = toFloats(yTrue, 'float64', 'yTrue');
  const predicted = toFloats(yPred, 'float64', 'yPred');
  if (areMultiLabel(targets)) return scoresByLabel(targets, predicted, labels);
  const truth = toClasses(targets, 'yTrue');
  checkRows(truth.length, predicted);
  const [, columns = 1] = predicted.shape;
  const single = columns <= 2;
  const classes = single ? [1] : Array.from({ length: columns }, (_, label) => label);
  return classes.map((label) =>
    scoresOf(
      labels?.[label] ?? (single ? 'model' : `class ${label}`),
      predicted,
      columns === 1 ? 0 : label,
      (row) => truth[row] === label,
    ),
  );
}

function checkRows(rows: number, { shape }: ShapedArray): void {
  if (shape[0] === rows && shape.length <= 2) return;
  throw shapeMismatch('yPred', `a score, or one for each class, for each of the ${rows} samples`, shape);
}
