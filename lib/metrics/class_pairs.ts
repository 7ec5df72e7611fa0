import { resolveAxis } from '../axes';
import { moveAxisLast } from '../broadcast';
import { checkInteger, elementAt } from '../check';
import { outOfRange, shapeMismatch } from '../errors';
import type { FloatArray, Spec } from '../native';
import { alignShapes, type SampleRows, sampleRows, type TargetRule } from '../samples/rows';
import type { Shape, ShapedArray } from '../tensor';
import type { MetricResult } from './metric';
import { NativeMetric } from './native_metric';

/** There is a number for each pair of classes, of which a result reads them all. */
const MOST_CLASSES = 8192;

/** The option `numClasses`. */
export function checkClassCount(count: unknown): number {
  return checkInteger(count, 'numClasses', { min: 1, max: MOST_CLASSES });
}

/** The option `ignoreClass`. */
export function checkIgnored(ignored: number | null | undefined): number | null {
  return ignored === null || ignored === undefined ? null : checkInteger(ignored, 'ignoreClass');
}

/** How pairs of a label and a prediction are read from the data. */
export interface ClassPairs {
  readonly numClasses: number;
  readonly ignoreClass?: number | null;
  /** Whether targets are indices of classes; else the largest along `axis` tells the class. */
  readonly sparseYTrue: boolean;
  /** The same for predictions. */
  readonly sparseYPred: boolean;
  readonly axis?: number;
  /** Predictions of at least this are class 1, others class 0. */
  readonly threshold?: number;
}

/** A metric of the matrix of weights of labels and predictions, `[numClasses, numClasses]`. */
export abstract class ClassPairsMetric<R extends MetricResult> extends NativeMetric<R> {
  /** @internal */
  protected abstract readonly pairs: ClassPairs;

  override get rule(): TargetRule {
    const { sparseYTrue, sparseYPred, axis = -1 } = this.pairs;
    if (sparseYTrue && sparseYPred) return { target: 'same', axis: null, targetFix: '' };
    const targetFix = `Targets are ${sparseYTrue ? 'class indices: see `sparseYTrue`' : 'one-hot'}.`;
    return { target: sparseYTrue === sparseYPred ? 'same' : 'indices', axis, targetFix };
  }

  override spec(): Spec {
    const { numClasses, ignoreClass, sparseYTrue, sparseYPred, threshold } = this.pairs;
    return {
      name: 'confusion_matrix',
      parameters: {
        num_classes: numClasses,
        ignore_class: ignoreClass ?? Number.NaN,
        sparse_y_true: sparseYTrue,
        sparse_y_pred: sparseYPred,
        threshold: threshold ?? Number.NaN,
      },
    };
  }

  override checkShapes(yTrue: Shape, yPred: Shape): void {
    const [target, prediction] = [this.#withClassesLast(yTrue, true), this.#withClassesLast(yPred, false)];
    if (this.#isTurned) alignShapes(this.#movedRule, prediction, target);
    else alignShapes(this.#movedRule, target, prediction);
    const { numClasses, sparseYTrue, sparseYPred } = this.pairs;
    const classes = (sparseYPred ? target : prediction).at(-1) ?? 0;
    if ((sparseYTrue && sparseYPred) || classes <= numClasses) return;
    throw shapeMismatch(sparseYPred ? 'yTrue' : 'yPred', `at most the ${numClasses} classes of \`numClasses\``, yPred);
  }

  protected override toRows(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): SampleRows {
    const [target, prediction] = [this.#moved(yTrue, true), this.#moved(yPred, false)];
    if (!this.#isTurned) return sampleRows(this.#movedRule, target, prediction);
    const rows = sampleRows(this.#movedRule, prediction, target);
    return { ...rows, columns: 1, trueColumns: rows.columns, yTrue: rows.yPred, yPred: rows.yTrue };
  }

  /** One-hot targets and indices as predictions: each takes the other's place while shapes are aligned. */
  get #isTurned(): boolean {
    return !this.pairs.sparseYTrue && this.pairs.sparseYPred;
  }

  /** The rule once the classes are moved to the last axis. */
  get #movedRule(): TargetRule {
    return { ...this.rule, axis: this.rule.axis === null ? null : -1 };
  }

  #moved({ data, shape }: ShapedArray<FloatArray>, isTarget: boolean): ShapedArray<FloatArray> {
    const axis = this.#axisOf(shape, isTarget);
    return {
      data: axis === null ? data : moveAxisLast(data, shape, axis),
      shape: this.#withClassesLast(shape, isTarget),
    };
  }

  #withClassesLast(shape: Shape, isTarget: boolean): Shape {
    const axis = this.#axisOf(shape, isTarget);
    return axis === null ? shape : [...shape.filter((_, i) => i !== axis), elementAt(shape, axis)];
  }

  /** The axis of the classes; null for class indices, which have none. */
  #axisOf(shape: Shape, isTarget: boolean): number | null {
    const { sparseYTrue, sparseYPred, axis = -1 } = this.pairs;
    if (isTarget ? sparseYTrue : sparseYPred) return null;
    const found = resolveAxis(axis, shape.length);
    const argument = isTarget ? 'yTrue' : 'yPred';
    if (found === undefined) throw outOfRange('axis', `an axis of ${argument}, whose rank is ${shape.length},`, axis);
    return found;
  }
}
