import { checkBoolean, checkInteger, checkNumber } from '../check';
import { shapeMismatch } from '../errors';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import type { Shape } from '../tensor';
import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

export interface CosineSimilarityOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** The axis of the vectors. Default: -1 */
  readonly axis?: number | undefined;
}

export interface CircleOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** How sharply hard pairs are preferred. Default: 80 */
  readonly gamma?: number | undefined;
  /** How far pairs of one label may be apart, and others must be. Default: 0.4 */
  readonly margin?: number | undefined;
  /** Whether a sample is no pair with itself. Default: true */
  readonly removeDiagonal?: boolean | undefined;
}

/**
 * Minus the cosine of the angle between targets and predictions: -1 where they point the same way.
 *
 * Formula: `-sum(l2(yTrue) l2(yPred))` over `axis`, with `l2(x) = x / max(norm(x), epsilon())`; a vector of zeros gives
 * 0. Shapes: equal. Defaults: axis -1, reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.CosineSimilarity`.
 *
 * @example
 * ```ts
 * new CosineSimilarity().compute([[0, 1], [1, 1]], [[1, 0], [1, 1]]); // -0.5
 * ```
 */
export class CosineSimilarity<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  override readonly axis: number;
  // A broadcast vector is longer than the one that came in.
  override readonly target = 'same';

  constructor(options: CosineSimilarityOptions<R> = {}) {
    super('cosine_similarity', options, ['axis']);
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  override ownConfig(): Config {
    return { axis: this.axis };
  }
}

/**
 * Draws embeddings of one label together and pushes the others apart; predictions are vectors of length 1, targets
 * their labels.
 *
 * Formula: `ln(1 + sum(exp(gamma n)) sum(exp(p gamma)))` over all pairs of a sample, with the distance `d = 1 -
 * cosine`, at least 0: `p = max(margin + d, 0) (d - margin)` of pairs with its label, `n = max(1 + margin - d, 0) (1 -
 * margin - d)` of the others. A sample without both kinds of pairs gives 0, and zeros count neither in the sum nor in
 * the divisor of a mean. Shapes: `yPred` `[batch, size]`, `yTrue` `[batch]` or `[batch, 1]`, integers. Defaults: gamma
 * 80, margin 0.4, removeDiagonal true, reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.Circle` (Sun et al. 2020).
 *
 * @example
 * ```ts
 * new Circle({ gamma: 1 }).compute([0, 0, 1], [[1, 0], [0, 1], [0, 1]]); // 1.4704
 * ```
 */
export class Circle<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  readonly gamma: number;
  readonly margin: number;
  readonly removeDiagonal: boolean;
  override readonly target = 'labels';
  override readonly masks = true;

  constructor(options: CircleOptions<R> = {}) {
    super('circle', options, ['gamma', 'margin', 'removeDiagonal']);
    this.gamma = checkNumber(options.gamma ?? 80, 'gamma');
    this.margin = checkNumber(options.margin ?? 0.4, 'margin');
    this.removeDiagonal = checkBoolean(options.removeDiagonal ?? true, 'removeDiagonal');
  }

  override parameters(): Spec['parameters'] {
    return { gamma: this.gamma, margin: this.margin, remove_diagonal: this.removeDiagonal };
  }

  override checkPredictions(shape: Shape): void {
    if (shape.length !== 2) throw shapeMismatch('yPred', 'embeddings of shape [batch, size]', shape);
  }
}
