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
import type { Dense, Shape } from '../tensor';

/** What a loss or metric takes as target. */
export interface TargetRule {
  /**
   * An array that broadcasts with the predictions, one of just their shape, or indices of classes: without the
   * predictions' last axis, or with 1 in its place.
   */
  readonly target: 'broadcast' | 'same' | 'indices';
  /** The axis that one value is computed from; null where each element gives a value. */
  readonly axis: number | null;
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

/** Aligns the ranks of both shapes. Errors: `ERR_SHAPE_MISMATCH` where the target does not fit. */
export function alignShapes(rule: TargetRule, yTrue: Shape, yPred: Shape): Aligned {
  if (rule.target === 'indices') {
    const flat = yTrue.length === yPred.length && yTrue.at(-1) === 1 ? yTrue.slice(0, -1) : yTrue;
    if (yPred.length > 0 && sameShape(flat, yPred.slice(0, -1))) return { yTrue: flat, yPred, full: yPred };
    const wanted = `class indices of ${showShape(yPred.slice(0, -1))}, as yPred is of ${showShape(yPred)},`;
    throw shapeMismatch('yTrue', wanted, yTrue, rule.targetFix);
  }
  const [target, prediction] = alignRanks(yTrue, yPred);
  const full = broadcastShape(target, prediction);
  const fits = rule.target === 'broadcast' || sameShape(target, prediction);
  if (full !== null && fits) return { yTrue: target, yPred: prediction, full };
  const wanted = rule.target === 'same' ? 'the shape' : 'a shape that broadcasts with that';
  throw shapeMismatch('yTrue', `${wanted} of yPred, [${yPred.join(', ')}],`, yTrue, rule.targetFix);
}

export function toRows(rule: TargetRule, yTrue: Dense<FloatArray>, yPred: Dense<FloatArray>): Rows {
  const aligned = alignShapes(rule, yTrue.shape, yPred.shape);
  const { full } = aligned;
  const stretched = tileTo(yPred.data, aligned.yPred, full);
  const target = rule.target === 'indices' ? yTrue.data : tileTo(yTrue.data, aligned.yTrue, full);
  if (rule.axis === null) {
    const toPredictions = (gradient: FloatArray): FloatArray => sumTo(gradient, full, aligned.yPred);
    return { values: full, columns: 1, trueColumns: 1, yTrue: target, yPred: stretched, toPredictions };
  }
  const axis = checkAxis(rule, full);
  const columns = full[axis] ?? 0;
  if (columns === 0) throw shapeMismatch('yPred', 'at least one element along the axis of the classes', full);
  const values = full.filter((_, index) => index !== axis);
  return {
    values,
    columns,
    trueColumns: rule.target === 'indices' ? 1 : columns,
    yTrue: rule.target === 'indices' ? target : moveAxisLast(target, full, axis),
    yPred: moveAxisLast(stretched, full, axis),
    toPredictions: (gradient) => sumTo(moveAxisBack(gradient, full, axis), full, aligned.yPred),
  };
}

/**
 * Errors: `ERR_INVALID_ARG` for a label that is no integer, `ERR_OUT_OF_RANGE` for one that is no class; both name the
 * row. The label `ignored` always passes.
 */
export function checkClassIndices(
  labels: ArrayLike<number | bigint>,
  classes: number,
  ignored: number | null,
  argument: string,
): void {
  for (let row = 0; row < labels.length; row++) {
    const label = Number(labels[row]);
    if ((label >= 0 && label < classes && Number.isInteger(label)) || label === ignored) continue;
    const where = `${argument}[${row}]`;
    if (!Number.isInteger(label)) throw invalidArgument(where, 'a class index', label, 'Class indices are integers.');
    throw outOfRange(where, `a class index from 0 to ${classes - 1}`, label, 'There is one class for each prediction.');
  }
}

function checkAxis(rule: TargetRule, full: Shape): number {
  const rank = full.length;
  if (rank === 0) throw shapeMismatch('yPred', 'at least one axis', full);
  const axis = resolveAxis(rule.axis ?? -1, rank);
  if (axis === undefined) throw outOfRange('axis', `an axis of yPred, from ${-rank} to ${rank - 1},`, rule.axis);
  const inner = rule.target !== 'indices' || axis === rank - 1;
  if (!inner) throw outOfRange('axis', 'the last axis, where class indices are the targets,', rule.axis);
  return axis;
}
