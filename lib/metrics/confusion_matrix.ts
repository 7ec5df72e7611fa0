import { checkBoolean, checkOneOf, elementAt } from '../check';
import type { Config } from '../identifiers';
import type { Tensor } from '../tensor';
import { type ClassPairs, ClassPairsMetric, checkClassCount, checkIgnored } from './class_pairs';
import { type MetricOptions, meanOf, tensorOf } from './metric';

const NORMALIZED = ['true', 'pred', 'all'] as const;

/** The cells that are divided by one sum: a row, a column, all. */
const GROUPS = {
  true: (cell: number, size: number) => Math.floor(cell / size),
  pred: (cell: number, size: number) => cell % size,
  all: () => 0,
};

export interface ConfusionMatrixOptions extends MetricOptions {
  /** How many classes there are. */
  readonly numClasses: number;
  /** Divides by the sum of each row ('true'), of each column ('pred') or of everything ('all'). Default: null, no */
  readonly normalize?: (typeof NORMALIZED)[number] | null | undefined;
  /** The label whose samples do not count. Default: null */
  readonly ignoreClass?: number | null | undefined;
  /** Whether targets are class indices, not one-hot. Default: true */
  readonly sparseYTrue?: boolean | undefined;
  /** Whether predictions are class indices, not a score for each class. Default: false */
  readonly sparseYPred?: boolean | undefined;
}

/**
 * How often each class was predicted for each class: a row for each label, a column for each prediction.
 *
 * Formula: the sum of the weights of the samples of a label and a prediction, the largest of the scores; with
 * `normalize` divided by the sums of the rows, the columns or all, 0 where that is 0. Shapes: `yTrue` `[batch, ...]`,
 * `yPred` `[batch, ..., classes]`; the result is `[numClasses, numClasses]`. Indices that are not classes do not count.
 * Defaults: counts; class indices as targets, scores as predictions; no class ignored. Errors: `ERR_INVALID_ARG`,
 * `ERR_OUT_OF_RANGE` for options; as `updateState`. Not in Keras.
 *
 * @example
 * ```ts
 * const matrix = new ConfusionMatrix({ numClasses: 2 });
 * matrix.updateState([0, 1, 1], [[0.8, 0.2], [0.6, 0.4], [0.1, 0.9]]);
 * matrix.result().toArray(); // [[1, 0], [1, 1]]
 * ```
 */
export class ConfusionMatrix extends ClassPairsMetric<Tensor> {
  readonly numClasses: number;
  readonly normalize: (typeof NORMALIZED)[number] | null;
  readonly ignoreClass: number | null;
  readonly sparseYTrue: boolean;
  readonly sparseYPred: boolean;

  constructor(options: ConfusionMatrixOptions) {
    super(options, ['numClasses', 'normalize', 'ignoreClass', 'sparseYTrue', 'sparseYPred']);
    this.numClasses = checkClassCount(options?.numClasses);
    const normalize = options.normalize ?? null;
    this.normalize = normalize === null ? null : checkOneOf(normalize, 'normalize', NORMALIZED);
    this.ignoreClass = checkIgnored(options.ignoreClass);
    this.sparseYTrue = checkBoolean(options.sparseYTrue ?? true, 'sparseYTrue');
    this.sparseYPred = checkBoolean(options.sparseYPred ?? false, 'sparseYPred');
  }

  override resultOf(state: Float64Array): Tensor {
    const cells = Array.from(state);
    const shown = this.normalize === null ? cells : fractions(cells, this.numClasses, GROUPS[this.normalize]);
    return tensorOf(shown, this.dtype, [this.numClasses, this.numClasses]);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      num_classes: this.numClasses,
      normalize: this.normalize,
      ignore_class: this.ignoreClass,
      sparse_y_true: this.sparseYTrue,
      sparse_y_pred: this.sparseYPred,
    };
  }

  protected override get pairs(): ClassPairs {
    return this;
  }
}

function fractions(cells: readonly number[], size: number, groupOf: (cell: number, size: number) => number): number[] {
  const sums = new Float64Array(size);
  for (const [i, cell] of cells.entries()) {
    const group = groupOf(i, size);
    sums[group] = elementAt(sums, group) + cell;
  }
  return cells.map((cell, i) => meanOf(cell, elementAt(sums, groupOf(i, size))));
}
