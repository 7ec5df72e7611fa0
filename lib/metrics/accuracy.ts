import { checkBoolean, checkInteger, checkNumber } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import type { TargetRule } from '../samples/rows';
import type { MetricOptions } from './metric';
import { NativeMean } from './native_metric';

export interface BinaryAccuracyOptions extends MetricOptions {
  /** What lies above it counts as 1; from 0 to 1. Default: 0.5 */
  readonly threshold?: number | undefined;
}

export interface TopKOptions extends MetricOptions {
  /** How many of the largest scores may hold the true class. Default: 5 */
  readonly k?: number | undefined;
}

export interface SparseTopKOptions extends TopKOptions {
  /** Whether predictions are the indices of the best classes, the best first, instead of scores. Default: false */
  readonly fromSortedIds?: boolean | undefined;
}

const ELEMENTS: TargetRule = { target: 'broadcast', axis: null, targetFix: '' };
const ONE_HOT: TargetRule = {
  target: 'same',
  axis: -1,
  targetFix: 'Class indices go with the metric of this name that begins with Sparse.',
};
const INDICES: TargetRule = {
  target: 'indices',
  axis: -1,
  targetFix: 'One-hot targets go with the metric of this name without Sparse.',
};

/** What the accuracies share: an entry of the native registry and its parameters. */
abstract class AccuracyMetric extends NativeMean {
  override readonly direction = 'up';
  /** @internal */
  protected abstract readonly entry: string;

  spec(): Spec {
    return { name: this.entry, parameters: this.parameters() };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.parameters() };
  }

  /** @internal */
  protected parameters(): Spec['parameters'] {
    return {};
  }
}

/**
 * The fraction of predictions that equal their target.
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
  override readonly rule = ELEMENTS;
}

/**
 * The fraction of binary predictions that are right.
 *
 * Formula: `mean((yPred > threshold) == yTrue)`. Shapes: they broadcast. Defaults: threshold 0.5. Errors:
 * `ERR_OUT_OF_RANGE` for a threshold outside of [0, 1]; as `updateState`. Source: `keras.metrics.BinaryAccuracy`.
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
  override readonly rule = ELEMENTS;

  constructor(options: BinaryAccuracyOptions = {}) {
    super(options, ['threshold']);
    const { threshold = 0.5 } = options;
    this.threshold = checkNumber(threshold, 'threshold', { min: 0, max: 1 });
  }

  protected override parameters(): Spec['parameters'] {
    return { threshold: this.threshold };
  }
}

/**
 * The fraction of samples whose largest prediction is that of the true class; targets are one-hot.
 *
 * Formula: `mean(argmax(yTrue) == argmax(yPred))`, the first of equal ones. Shapes: `[batch, ..., classes]` both.
 * Errors: as `updateState`. Source: `keras.metrics.CategoricalAccuracy`.
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
  override readonly rule = ONE_HOT;
}

/**
 * The fraction of samples whose largest prediction is that of the true class; targets are class indices.
 *
 * Formula: `mean(yTrue == argmax(yPred))`, the first of equal ones; an index that is not a class is a miss. Shapes:
 * `yPred` `[batch, ..., classes]`, `yTrue` `[batch, ...]` or `[batch, ..., 1]`. Errors: as `updateState`. Source:
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
  override readonly rule = INDICES;
}

/**
 * The fraction of samples whose true class is among the `k` with the largest predictions; targets are one-hot.
 *
 * Formula: `mean(count(yPred > yPred[true class]) < k)`, so that ties are hits. Shapes: `[batch, ..., classes]` both.
 * Defaults: k 5. Errors: `ERR_OUT_OF_RANGE` for a `k` below 1; as `updateState`. Source:
 * `keras.metrics.TopKCategoricalAccuracy`.
 *
 * @example
 * ```ts
 * const accuracy = new TopKCategoricalAccuracy({ k: 2 });
 * accuracy.updateState([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.3, 0.2, 0.5]]);
 * accuracy.result(); // 0.5
 * ```
 */
export class TopKCategoricalAccuracy extends AccuracyMetric {
  readonly k: number;
  protected override readonly entry = 'top_k_categorical_accuracy';
  override readonly rule = ONE_HOT;

  constructor(options: TopKOptions = {}) {
    super(options, ['k']);
    this.k = checkInteger(options.k ?? 5, 'k', { min: 1 });
  }

  protected override parameters(): Spec['parameters'] {
    return { k: this.k };
  }
}

/**
 * The fraction of samples whose true class is among the `k` with the largest predictions; targets are class indices.
 *
 * Formula: `mean(count(yPred > yPred[yTrue]) < k)`, so that ties are hits; an index that is not a class is a miss. With
 * `fromSortedIds`, `mean(yTrue in yPred[:k])`. Shapes: `yPred` `[batch, ..., classes]`, `yTrue` `[batch, ...]` or
 * `[batch, ..., 1]`. Defaults: k 5, scores. Errors: `ERR_OUT_OF_RANGE` for a `k` below 1; as `updateState`. Source:
 * `keras.metrics.SparseTopKCategoricalAccuracy`.
 *
 * @example
 * ```ts
 * const accuracy = new SparseTopKCategoricalAccuracy({ k: 2 });
 * accuracy.updateState([2, 1], [[0.1, 0.9, 0.8], [0.3, 0.2, 0.5]]);
 * accuracy.result(); // 0.5
 * ```
 */
export class SparseTopKCategoricalAccuracy extends AccuracyMetric {
  readonly k: number;
  readonly fromSortedIds: boolean;
  protected override readonly entry = 'sparse_top_k_categorical_accuracy';
  override readonly rule = INDICES;

  constructor(options: SparseTopKOptions = {}) {
    super(options, ['k', 'fromSortedIds']);
    this.k = checkInteger(options.k ?? 5, 'k', { min: 1 });
    this.fromSortedIds = checkBoolean(options.fromSortedIds ?? false, 'fromSortedIds');
  }

  protected override parameters(): Spec['parameters'] {
    return { k: this.k, from_sorted_ids: this.fromSortedIds };
  }
}
