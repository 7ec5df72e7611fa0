import { resolveAxes } from '../axes';
import { alignRanks, broadcastShape, moveAxesBack, moveAxesLast, sameShape, sumTo, tileTo } from '../broadcast';
import { elementAt } from '../check';
import { invalidArgument, outOfRange, shapeMismatch, showShape } from '../errors';
import { type FloatArray, native } from '../native';
import { type Shape, type ShapedArray, sizeOf, type TypedArray } from '../tensor';

/** What a loss or metric takes as target. */
export interface TargetRule {
  /**
   * An array that broadcasts with the predictions, one of just their shape, or one with half as many elements along the
   * last axis; indices of classes or labels of any kind: without the predictions' last axis, or with 1 in its place.
   */
  readonly target: 'broadcast' | 'same' | 'half' | 'indices' | 'labels';
  /** The axis that one value is computed from, or several; null where each element has a value of its own. */
  readonly axis: number | readonly number[] | 'all' | null;
  /** How to fix a target whose shape does not fit. */
  readonly targetFix: string;
}

/** Targets and predictions as native code takes them: rows of what one value is computed from. */
export interface SampleRows {
  /** Shape of the values, one for each row. */
  readonly values: Shape;
  readonly columns: number;
  readonly trueColumns: number;
  readonly yTrue: FloatArray;
  readonly yPred: FloatArray;
  /** A gradient of `yPred` above, as one of the predictions that came in. */
  readonly toPredictions: (gradient: FloatArray) => FloatArray;
}

interface Aligned {
  readonly yTrue: Shape;
  readonly yPred: Shape;
  /** The shape that both broadcast to. */
  readonly full: Shape;
}

/** Whether a row has one label, not a number for each prediction. */
export function isLabel({ target }: Pick<TargetRule, 'target'>): boolean {
  return target === 'indices' || target === 'labels';
}

/** How many numbers a row of the target holds. */
export function trueColumnsOf(rule: Pick<TargetRule, 'target'>, columns: number): number {
  if (isLabel(rule)) return 1;
  return rule.target === 'half' ? columns / 2 : columns;
}

/** Aligns the ranks of both shapes. Errors: `ERR_SHAPE_MISMATCH` where the target does not fit. */
export function alignShapes(rule: TargetRule, yTrue: Shape, yPred: Shape): Aligned {
  if (isLabel(rule)) return alignLabels(rule, yTrue, yPred);
  const [target, prediction] = alignRanks(yTrue, yPred);
  if (rule.target === 'half') return alignHalf(rule, target, prediction);
  const full = broadcastShape(target, prediction);
  const fits = rule.target === 'broadcast' || sameShape(target, prediction);
  if (full !== null && fits) return { yTrue: target, yPred: prediction, full };
  const wanted = rule.target === 'same' ? 'the shape' : 'a shape that broadcasts with that';
  throw shapeMismatch('yTrue', `${wanted} of yPred, [${yPred.join(', ')}],`, yTrue, rule.targetFix);
}

function alignLabels(rule: TargetRule, yTrue: Shape, yPred: Shape): Aligned {
  const flat = yTrue.length === yPred.length && yTrue.at(-1) === 1 ? yTrue.slice(0, -1) : yTrue;
  if (yPred.length > 0 && sameShape(flat, yPred.slice(0, -1))) return { yTrue: flat, yPred, full: yPred };
  const what = rule.target === 'indices' ? 'class indices' : 'labels';
  const wanted = `${what} of ${showShape(yPred.slice(0, -1))}, as yPred is of ${showShape(yPred)},`;
  throw shapeMismatch('yTrue', wanted, yTrue, rule.targetFix);
}

function alignHalf(rule: TargetRule, yTrue: Shape, yPred: Shape): Aligned {
  const columns = yPred.at(-1) ?? 0;
  if (columns === 0 || columns % 2 !== 0) {
    throw shapeMismatch('yPred', 'an even number of elements along the last axis', yPred, rule.targetFix);
  }
  const half = [...yPred.slice(0, -1), columns / 2];
  if (sameShape(yTrue, half)) return { yTrue, yPred, full: yPred };
  throw shapeMismatch('yTrue', `${showShape(half)}, as yPred is of ${showShape(yPred)},`, yTrue, rule.targetFix);
}

/** Aligns targets with predictions and cuts both into rows. */
export function sampleRows(
  rule: TargetRule,
  yTrue: ShapedArray<FloatArray>,
  yPred: ShapedArray<FloatArray>,
): SampleRows {
  const aligned = alignShapes(rule, yTrue.shape, yPred.shape);
  const { full } = aligned;
  const whole = isLabel(rule) || rule.target === 'half';
  const target = whole ? yTrue.data : tileTo(yTrue.data, aligned.yTrue, full);
  const axes = rowAxes(rule, full);
  const columns = sizeOf(axes.map((axis) => elementAt(full, axis)));
  if (columns === 0 && typeof rule.axis === 'number') {
    throw shapeMismatch('yPred', 'at least one element along the axis of the classes', full);
  }
  return {
    values: full.filter((_, axis) => !axes.includes(axis)),
    columns,
    trueColumns: trueColumnsOf(rule, columns),
    yTrue: whole ? target : moveAxesLast(target, full, axes),
    yPred: moveAxesLast(tileTo(yPred.data, aligned.yPred, full), full, axes),
    toPredictions: (gradient) => sumTo(moveAxesBack(gradient, full, axes), full, aligned.yPred),
  };
}

/** The axes that make a row, from 0 and in order. */
function rowAxes(rule: TargetRule, shape: Shape): readonly number[] {
  if (rule.axis === null) return [];
  if (rule.axis === 'all') return resolveAxes(null, shape, 'axis');
  if (shape.length === 0) throw shapeMismatch('yPred', 'at least one axis', shape);
  if (Array.isArray(rule.axis) && rule.axis.length === 0) return [];
  const axes = resolveAxes(rule.axis, shape, 'axis');
  if (isLabel(rule) && axes.some((axis) => axis !== shape.length - 1)) {
    throw outOfRange('axis', 'the last axis, where class indices are the targets,', rule.axis);
  }
  return axes;
}

/** Labels of any kind, or indices of classes, of which one may not count. */
export interface LabelRule extends Pick<TargetRule, 'target'> {
  readonly ignoreClass: number | null;
}

/**
 * Errors: `ERR_INVALID_ARG` for a label that is not an integer, `ERR_OUT_OF_RANGE` for one that is not a class; both name the
 * row.
 */
export function checkLabels(rule: LabelRule, labels: TypedArray, classes: number, argument: string): void {
  if (!isLabel(rule)) return;
  const [low, high] = rule.target === 'labels' ? [-Number.MAX_VALUE, Number.MAX_VALUE] : [0, classes - 1];
  const at = native.findOutside(labels, { low, high, whole: true, except: rule.ignoreClass ?? Number.NaN });
  if (at === -1) return;
  const label = Number(labels[at]);
  const where = `${argument}[${at}]`;
  if (!Number.isInteger(label)) throw invalidArgument(where, 'an integer, as labels are,', label);
  throw outOfRange(
    where,
    `a class index from 0 to ${classes - 1}`,
    label,
    'Classes are numbered from 0, and have an output each.',
  );
}
