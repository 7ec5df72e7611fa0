import {
  alignRanks,
  broadcastShape,
  moveAxisBack,
  moveAxisLast,
  resolveAxis,
  sameShape,
  sumTo,
  tileTo,
} from '../broadcast';
import { invalidArgument, outOfRange, shapeMismatch, showShape } from '../errors';
import type { FloatArray } from '../native';
import { type Shape, type ShapedArray, sizeOf } from '../tensor';

/** What a loss or metric takes as target. */
export interface TargetRule {
  /**
   * An array that broadcasts with the predictions, one of just their shape, or one with half as many elements along the
   * last axis; indices of classes or labels of any kind: without the predictions' last axis, or with 1 in its place.
   */
  readonly target: 'broadcast' | 'same' | 'half' | 'indices' | 'labels';
  /** The axis that one value is computed from, or several; null where each element gives a value. */
  readonly axis: number | readonly number[] | 'all' | null;
  /** How to mend a target whose shape does not fit. */
  readonly targetFix: string;
}

/** Targets and predictions as native code takes them: rows of what one value is computed from. */
export interface Rows {
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
  /** Of both, once they are stretched to each other. */
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

export function toRows(rule: TargetRule, yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): Rows {
  const aligned = alignShapes(rule, yTrue.shape, yPred.shape);
  const { full } = aligned;
  const whole = isLabel(rule) || rule.target === 'half';
  const target = whole ? yTrue.data : tileTo(yTrue.data, aligned.yTrue, full);
  const moves = movesOf(rule, full);
  const columns = sizeOf(moves.columns);
  if (columns === 0 && typeof rule.axis === 'number') {
    throw shapeMismatch('yPred', 'at least one element along the axis of the classes', full);
  }
  return {
    values: moves.values,
    columns,
    trueColumns: trueColumnsOf(rule, columns),
    yTrue: whole ? target : moves.forth(target),
    yPred: moves.forth(tileTo(yPred.data, aligned.yPred, full)),
    toPredictions: (gradient) => sumTo(moves.back(gradient), full, aligned.yPred),
  };
}

/** How data of one shape becomes rows. */
interface Moves {
  readonly values: Shape;
  /** The lengths of the axes that make a row. */
  readonly columns: Shape;
  readonly forth: (data: FloatArray) => FloatArray;
  readonly back: (data: FloatArray) => FloatArray;
}

function movesOf(rule: TargetRule, full: Shape): Moves {
  const axes = axesOf(rule, full.length);
  const first = full.length - axes.length;
  const steps: { readonly shape: Shape; readonly axis: number }[] = [];
  if (axes.some((axis, i) => axis !== first + i)) {
    let shape = full;
    for (const [moved, axis] of axes.entries()) {
      const at = axis - moved;
      steps.push({ shape, axis: at });
      shape = [...shape.slice(0, at), ...shape.slice(at + 1), shape[at] ?? 1];
    }
  }
  return {
    values: full.filter((_, axis) => !axes.includes(axis)),
    columns: axes.map((axis) => full[axis] ?? 1),
    forth: (data) => steps.reduce((moved, { shape, axis }) => moveAxisLast(moved, shape, axis), data),
    back: (data) => steps.reduceRight((moved, { shape, axis }) => moveAxisBack(moved, shape, axis), data),
  };
}

/** The axes that make a row, from 0 and in order. */
function axesOf(rule: TargetRule, rank: number): readonly number[] {
  if (rule.axis === null) return [];
  if (rule.axis === 'all') return Array.from({ length: rank }, (_, axis) => axis);
  if (rank === 0) throw shapeMismatch('yPred', 'at least one axis', []);
  const axes = [rule.axis].flat().map((axis) => checkAxis(rule, axis, rank));
  if (new Set(axes).size !== axes.length) throw invalidArgument('axis', 'axes that differ', rule.axis);
  return axes.sort((a, b) => a - b);
}

/** Labels of any kind, or indices of classes, of which one may not count. */
export interface LabelRule extends Pick<TargetRule, 'target'> {
  readonly ignoreClass: number | null;
}

/**
 * Errors: `ERR_INVALID_ARG` for a label that is no integer, `ERR_OUT_OF_RANGE` for one that is no class; both name the
 * row.
 */
export function checkLabels(
  rule: LabelRule,
  labels: ArrayLike<number | bigint>,
  classes: number,
  argument: string,
): void {
  if (!isLabel(rule)) return;
  for (let row = 0; row < labels.length; row++) {
    const label = Number(labels[row]);
    const where = `${argument}[${row}]`;
    if (!Number.isInteger(label)) throw invalidArgument(where, 'an integer, as labels are,', label);
    if (rule.target === 'labels' || (label >= 0 && label < classes) || label === rule.ignoreClass) continue;
    throw outOfRange(where, `a class index from 0 to ${classes - 1}`, label, 'There is one class for each prediction.');
  }
}

function checkAxis(rule: TargetRule, axis: number, rank: number): number {
  const resolved = resolveAxis(axis, rank);
  if (resolved === undefined) throw outOfRange('axis', `an axis of yPred, from ${-rank} to ${rank - 1},`, axis);
  if (isLabel(rule) && resolved !== rank - 1) {
    throw outOfRange('axis', 'the last axis, where class indices are the targets,', axis);
  }
  return resolved;
}
