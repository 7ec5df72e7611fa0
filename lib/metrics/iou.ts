import { checkBoolean, checkInteger, checkNumber, elementAt } from '../check';
import { epsilon } from '../epsilon';
import { invalidArgument } from '../errors';
import type { Config } from '../identifiers';
import { type ClassPairs, ClassPairsMetric, checkClassCount, checkIgnored } from './class_pairs';
import { type MetricOptions, sumOf } from './metric';

export interface OneHotMeanIoUOptions extends MetricOptions {
  /** How many classes there are. */
  readonly numClasses: number;
  /** The label whose samples do not count. Default: null */
  readonly ignoreClass?: number | null | undefined;
  /**
   * Whether predictions are class indices, not a score for each class. Default: false with one-hot targets, else true
   */
  readonly sparseYPred?: boolean | undefined;
  /** The axis of the classes, where there is one. Default: -1 */
  readonly axis?: number | undefined;
}

export interface MeanIoUOptions extends OneHotMeanIoUOptions {
  /** Whether targets are class indices, not one-hot. Default: true */
  readonly sparseYTrue?: boolean | undefined;
}

export interface IoUOptions extends MeanIoUOptions {
  /** The classes whose mean is taken. */
  readonly targetClassIds: readonly number[];
}

export interface OneHotIoUOptions extends OneHotMeanIoUOptions {
  /** The classes whose mean is taken. */
  readonly targetClassIds: readonly number[];
}

export interface BinaryIoUOptions extends MetricOptions {
  /** Some of 0 and 1. Default: [0, 1] */
  readonly targetClassIds?: readonly number[] | undefined;
  /** Predictions of at least this are class 1. Default: 0.5 */
  readonly threshold?: number | undefined;
}

/** What a member of the family leaves no choice of. */
interface Fixed {
  readonly numClasses?: number;
  /** Whether class indices are the default. */
  readonly sparse: boolean;
}

/** What is smaller counts as no sample. */
const NOTHING = 1e-9;

/** What the family shares; a member names the options that it has. */
abstract class IoUMetric extends ClassPairsMetric<number> {
  override readonly direction = 'up';
  /** How many classes there are. */
  readonly numClasses: number;
  /** A class of the targets that does not count; null for none. */
  readonly ignoreClass: number | null;
  /** Whether targets are class indices. */
  readonly sparseYTrue: boolean;
  /** Whether predictions are class indices. */
  readonly sparseYPred: boolean;
  /** The axis of the classes, where there is one. */
  readonly axis: number;
  /** The classes whose mean it is. */
  abstract readonly targetClassIds: readonly number[];

  constructor(options: Partial<MeanIoUOptions>, own: readonly string[], { numClasses, sparse }: Fixed) {
    super(options, own);
    this.numClasses = numClasses ?? checkClassCount(options?.numClasses);
    this.ignoreClass = checkIgnored(options.ignoreClass);
    this.sparseYTrue = checkBoolean(options.sparseYTrue ?? sparse, 'sparseYTrue');
    this.sparseYPred = checkBoolean(options.sparseYPred ?? sparse, 'sparseYPred');
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  override resultOf(state: Float64Array): number {
    const { numClasses: size } = this;
    const rows = new Float64Array(size);
    const columns = new Float64Array(size);
    for (let row = 0, i = 0; row < size; row++) {
      for (let column = 0; column < size; column++, i++) {
        const count = elementAt(state, i);
        rows[row] = elementAt(rows, row) + count;
        columns[column] = elementAt(columns, column) + count;
      }
    }
    const classes = this.targetClassIds.map((id) => {
      const both = elementAt(state, id * size + id);
      const either = elementAt(rows, id) + elementAt(columns, id) - both;
      return { iou: both / (either + epsilon()), isThere: either > NOTHING };
    });
    const there = classes.filter(({ isThere }) => isThere).length;
    return sumOf(classes.map(({ iou }) => iou)) / (there + epsilon());
  }

  protected override get pairs(): ClassPairs {
    return this;
  }

  /** @internal Own options, with Keras' names. */
  protected configOf(...names: readonly string[]): Config {
    const all: Config = {
      num_classes: this.numClasses,
      target_class_ids: this.targetClassIds,
      ignore_class: this.ignoreClass,
      sparse_y_true: this.sparseYTrue,
      sparse_y_pred: this.sparseYPred,
      axis: this.axis,
    };
    return { ...super.getConfig(), ...Object.fromEntries(names.map((name) => [name, all[name]])) };
  }
}

/**
 * Intersection over union: how far predicted and true samples of some classes overlap.
 *
 * Formula: `TP / (TP + FP + FN)` per class, then the mean over those of `targetClassIds` that occur. Shapes: equal, of
 * class indices; with `sparseYTrue: false` or `sparseYPred: false` that one has an axis of the classes, of which the
 * largest counts. Indices that are not classes do not count. Defaults: class indices, axis -1, no class ignored. Errors:
 * `ERR_OUT_OF_RANGE` for class ids that do not exist; as `updateState`. Source: `keras.metrics.IoU`.
 *
 * @example
 * ```ts
 * const overlap = new IoU({ numClasses: 2, targetClassIds: [0] });
 * overlap.updateState([0, 0, 1, 1], [0, 1, 0, 1]);
 * overlap.result(); // 0.3333
 * ```
 */
export class IoU extends IoUMetric {
  override readonly targetClassIds: readonly number[];

  constructor(options: IoUOptions) {
    const own = ['numClasses', 'targetClassIds', 'ignoreClass', 'sparseYTrue', 'sparseYPred', 'axis'];
    super(options, own, { sparse: true });
    this.targetClassIds = checkClassIds(options.targetClassIds, this.numClasses);
  }

  override getConfig(): Config {
    return this.configOf('num_classes', 'target_class_ids', 'ignore_class', 'sparse_y_true', 'sparse_y_pred', 'axis');
  }
}

/**
 * Intersection over union of binary predictions.
 *
 * Formula: as {@link IoU} for the classes `yPred >= threshold`. Shapes: equal. Defaults: both classes, threshold 0.5.
 * Errors: `ERR_OUT_OF_RANGE` for class ids other than 0 and 1; as `updateState`. Source: `keras.metrics.BinaryIoU`.
 *
 * @example
 * ```ts
 * const overlap = new BinaryIoU({ threshold: 0.3 });
 * overlap.updateState([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]);
 * overlap.result(); // 0.3333
 * ```
 */
export class BinaryIoU extends IoUMetric {
  override readonly targetClassIds: readonly number[];
  readonly threshold: number;

  constructor(options: BinaryIoUOptions = {}) {
    super(options, ['targetClassIds', 'threshold'], { numClasses: 2, sparse: true });
    this.targetClassIds = checkClassIds(options.targetClassIds ?? [0, 1], 2);
    const { threshold = 0.5 } = options;
    this.threshold = checkNumber(threshold, 'threshold');
  }

  override getConfig(): Config {
    return { ...this.configOf('target_class_ids'), threshold: this.threshold };
  }
}

/**
 * Mean over all classes of the intersection over union.
 *
 * Formula and shapes: as {@link IoU}, with all classes. Defaults: class indices, axis -1, no class ignored. Errors: as
 * `updateState`. Source: `keras.metrics.MeanIoU`.
 *
 * @example
 * ```ts
 * const overlap = new MeanIoU({ numClasses: 2 });
 * overlap.updateState([0, 0, 1, 1], [0, 1, 0, 1]);
 * overlap.result(); // 0.3333
 * ```
 */
export class MeanIoU extends IoUMetric {
  override readonly targetClassIds = everyClass(this.numClasses);

  constructor(options: MeanIoUOptions) {
    super(options, ['numClasses', 'ignoreClass', 'sparseYTrue', 'sparseYPred', 'axis'], { sparse: true });
  }

  override getConfig(): Config {
    return this.configOf('num_classes', 'ignore_class', 'sparse_y_true', 'sparse_y_pred', 'axis');
  }
}

/**
 * Intersection over union of some classes, with one-hot targets.
 *
 * Formula and shapes: as {@link IoU} with `sparseYTrue: false`. Defaults: a score for each class, axis -1, no class
 * ignored. Errors: `ERR_OUT_OF_RANGE` for class ids that do not exist; as `updateState`. Source:
 * `keras.metrics.OneHotIoU`.
 *
 * @example
 * ```ts
 * const overlap = new OneHotIoU({ numClasses: 2, targetClassIds: [1] });
 * overlap.updateState([[1, 0], [0, 1], [0, 1]], [[0.8, 0.2], [0.6, 0.4], [0.1, 0.9]]);
 * overlap.result(); // 0.5
 * ```
 */
export class OneHotIoU extends IoUMetric {
  override readonly targetClassIds: readonly number[];

  constructor(options: OneHotIoUOptions) {
    super(options, ['numClasses', 'targetClassIds', 'ignoreClass', 'sparseYPred', 'axis'], { sparse: false });
    this.targetClassIds = checkClassIds(options.targetClassIds, this.numClasses);
  }

  override getConfig(): Config {
    return this.configOf('num_classes', 'target_class_ids', 'ignore_class', 'sparse_y_pred', 'axis');
  }
}

/**
 * Mean over all classes of the intersection over union, with one-hot targets.
 *
 * Formula and shapes: as {@link IoU} with `sparseYTrue: false` and all classes. Defaults: a score for each class, axis
 * -1, no class ignored. Errors: as `updateState`. Source: `keras.metrics.OneHotMeanIoU`.
 *
 * @example
 * ```ts
 * const overlap = new OneHotMeanIoU({ numClasses: 2 });
 * overlap.updateState([[1, 0], [0, 1], [0, 1]], [[0.8, 0.2], [0.6, 0.4], [0.1, 0.9]]);
 * overlap.result(); // 0.5
 * ```
 */
export class OneHotMeanIoU extends IoUMetric {
  override readonly targetClassIds = everyClass(this.numClasses);

  constructor(options: OneHotMeanIoUOptions) {
    super(options, ['numClasses', 'ignoreClass', 'sparseYPred', 'axis'], { sparse: false });
  }

  override getConfig(): Config {
    return this.configOf('num_classes', 'ignore_class', 'sparse_y_pred', 'axis');
  }
}

function everyClass(classes: number): number[] {
  return Array.from({ length: classes }, (_, id) => id);
}

function checkClassIds(ids: unknown, classes: number): number[] {
  if (!Array.isArray(ids) || ids.length === 0) {
    throw invalidArgument('targetClassIds', 'an array of class indices', ids);
  }
  return Array.from(ids, (id: unknown, i) => checkInteger(id, `targetClassIds[${i}]`, { min: 0, max: classes - 1 }));
}
