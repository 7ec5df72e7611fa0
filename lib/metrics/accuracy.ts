import { checkNumber } from '../check';
import type { Config } from '../identifiers';
import { type Rows, type TargetRule, toRows } from '../losses/rows';
import type { FloatArray, Spec } from '../native';
import type { Dense } from '../tensor';
import type { MetricOptions } from './metric';
import { NativeMetric } from './native_metric';

export interface BinaryAccuracyOptions extends MetricOptions {
  /** What lies above it counts as 1. Default: 0.5 */
  readonly threshold?: number | undefined;
}

const ELEMENTS: TargetRule = { target: 'broadcast', axis: null, targetFix: '' };
const ONE_HOT: TargetRule = {
  target: 'same',
  axis: -1,
  targetFix: 'Class indices go with SparseCategoricalAccuracy.',
};
const INDICES: TargetRule = {
  target: 'indices',
  axis: -1,
  targetFix: 'One-hot targets go with CategoricalAccuracy.',
};

/** What the accuracies share: an entry of the native registry and a rule for targets. */
abstract class AccuracyMetric extends NativeMetric {
  protected abstract readonly entry: string;
  protected abstract readonly rule: TargetRule;

  spec(): Spec {
    return { name: this.entry, parameters: {} };
  }

  protected override toRows(yTrue: Dense<FloatArray>, yPred: Dense<FloatArray>): Rows {
    return toRows(this.rule, yTrue, yPred);
  }
}

/**
 * Share of predictions that equal their target.
 *
 * Formula: `mean(yTrue == yPred)`. Shapes: they broadcast. Errors: as `updateState`. Source: `keras.metrics.Accuracy`.
 *
 * @example
 * ```ts
 * const accuracy = new Accuracy();
 * accuracy.updateState([1, 2, 3, 4], [0, 2, 3, 4]);
 * accuracy.result(); // 0.75
 * ```
 */
export class Accuracy extends AccuracyMetric {
  protected override readonly entry = 'accuracy';
  protected override readonly rule = ELEMENTS;
}

/**
 * Share of yes/no decisions that are right.
 *
 * Formula: `mean((yPred > threshold) == yTrue)`. Shapes: they broadcast. Defaults: threshold 0.5. Errors: as
 * `updateState`. Source: `keras.metrics.BinaryAccuracy`.
 *
 * @example
 * ```ts
 * const accuracy = new BinaryAccuracy();
 * accuracy.updateState([[1], [0]], [[0.9], [0.6]]);
 * accuracy.result(); // 0.5
 * ```
 */
export class BinaryAccuracy extends AccuracyMetric {
  readonly threshold: number;
  protected override readonly entry = 'binary_accuracy';
  protected override readonly rule = ELEMENTS;

  constructor(options: BinaryAccuracyOptions = {}) {
    super(options, ['threshold']);
    this.threshold = checkNumber(options.threshold ?? 0.5, 'threshold');
  }

  override spec(): Spec {
    return { name: this.entry, parameters: { threshold: this.threshold } };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), threshold: this.threshold };
  }
}

/**
 * Share of samples whose largest prediction is that of the true class; targets are one-hot.
 *
 * Formula: `mean(argmax(yTrue) == argmax(yPred))`, the first of equal ones. Shapes: `[batch, ..., classes]` both. Errors:
 * as `updateState`. Source: `keras.metrics.CategoricalAccuracy`.
 *
 * @example
 * ```ts
 * const accuracy = new CategoricalAccuracy();
 * accuracy.updateState([[0, 1]], [[0.2, 0.8]]);
 * accuracy.result(); // 1
 * ```
 */
export class CategoricalAccuracy extends AccuracyMetric {
  protected override readonly entry = 'categorical_accuracy';
  protected override readonly rule = ONE_HOT;
}

/**
 * Share of samples whose largest prediction is that of the true class; targets are class indices.
 *
 * Formula: `mean(yTrue == argmax(yPred))`, the first of equal ones; an index that is no class is a miss. Shapes: `yPred`
 * `[batch, ..., classes]`, `yTrue` `[batch, ...]` or `[batch, ..., 1]`. Errors: as `updateState`. Source:
 * `keras.metrics.SparseCategoricalAccuracy`.
 *
 * @example
 * ```ts
 * const accuracy = new SparseCategoricalAccuracy();
 * accuracy.updateState([1], [[0.2, 0.8]]);
 * accuracy.result(); // 1
 * ```
 */
export class SparseCategoricalAccuracy extends AccuracyMetric {
  protected override readonly entry = 'sparse_categorical_accuracy';
  protected override readonly rule = INDICES;
}
