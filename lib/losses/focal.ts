import { resolveAxis } from '../axes';
import { checkBoolean, checkNumber } from '../check';
import { invalidArgument, shapeMismatch, unsupported } from '../errors';
import type { Spec } from '../native';
import type { Shape } from '../tensor';
import { Crossentropy, type CrossentropyOptions, ONE_HOT_FIX, warnOfOneClass } from './base_crossentropy';
import type { ReductionName } from './loss';

export interface BinaryFocalCrossentropyOptions<R extends ReductionName = ReductionName>
  extends CrossentropyOptions<R> {
  /** Whether targets 1 weigh `alpha` and targets 0 `1 - alpha`. Default: false */
  readonly applyClassBalancing?: boolean | undefined;
  /** Default: 0.25 */
  readonly alpha?: number | undefined;
  /** How much less what is predicted well counts. Default: 2 */
  readonly gamma?: number | undefined;
}

export interface CategoricalFocalCrossentropyOptions<R extends ReductionName = ReductionName>
  extends CrossentropyOptions<R> {
  /** The weight of all classes, or of each. Default: 0.25 */
  readonly alpha?: number | readonly number[] | undefined;
  /** How much less what is predicted well counts. Default: 2 */
  readonly gamma?: number | undefined;
}

/**
 * The crossentropy of independent binary predictions, of which the easy ones count less.
 *
 * Formula: `mean((1 - q)^gamma bce)` over `axis`, with bce that of `BinaryCrossentropy` and `q = t p + (1 - t) (1 -
 * p)`; with `applyClassBalancing` times `t alpha + (1 - t) (1 - alpha)`; with `fromLogits` p is the sigmoid, clipped
 * all the same. Shapes: equal. Defaults: no balancing, alpha 0.25, gamma 2, no logits, no smoothing, axis -1, reduction
 * 'sum_over_batch_size'. Errors: as `compute`. Source: `keras.losses.BinaryFocalCrossentropy` (Lin et al. 2018).
 *
 * @example
 * ```ts
 * new BinaryFocalCrossentropy().compute([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]); // 0.2678
 * ```
 */
export class BinaryFocalCrossentropy<R extends ReductionName = 'sum_over_batch_size'> extends Crossentropy<R> {
  readonly applyClassBalancing: boolean;
  readonly alpha: number;
  readonly gamma: number;

  constructor(options: BinaryFocalCrossentropyOptions<R> = {}) {
    super('binary_focal_crossentropy', options, ['applyClassBalancing', 'alpha', 'gamma']);
    this.applyClassBalancing = checkBoolean(options.applyClassBalancing ?? false, 'applyClassBalancing');
    this.alpha = checkNumber(options.alpha ?? 0.25, 'alpha');
    this.gamma = checkNumber(options.gamma ?? 2, 'gamma');
  }

  override parameters(): Spec['parameters'] {
    const { gamma, applyClassBalancing, alpha } = this;
    return { ...super.parameters(), gamma, apply_class_balancing: applyClassBalancing, alpha };
  }
}

/**
 * Crossentropy of one class out of several, of which well predicted samples count less; targets are probabilities of
 * the classes (one-hot).
 *
 * Formula: `-sum(alpha (1 - p)^gamma t ln p)` over `axis`, p as in `CategoricalCrossentropy`, but clipped with
 * `fromLogits` too. A list of alphas goes with the last axis. Shapes: equal. Defaults: alpha 0.25, gamma 2, no logits,
 * no smoothing, axis -1, reduction 'sum_over_batch_size'. Errors: as `compute`; `ERR_SHAPE_MISMATCH` for a list of
 * another length than there are classes, `ERR_UNSUPPORTED` for a list where the classes are not last. Source:
 * `keras.losses.CategoricalFocalCrossentropy` (Lin et al. 2018).
 *
 * @example
 * ```ts
 * new CategoricalFocalCrossentropy().compute([[0, 1, 0]], [[0.05, 0.9, 0.05]]); // 0.000263
 * ```
 */
export class CategoricalFocalCrossentropy<R extends ReductionName = 'sum_over_batch_size'> extends Crossentropy<R> {
  readonly alpha: number | readonly number[];
  readonly gamma: number;
  override readonly targetFix = ONE_HOT_FIX;

  constructor(options: CategoricalFocalCrossentropyOptions<R> = {}) {
    super('categorical_focal_crossentropy', options, ['alpha', 'gamma']);
    this.alpha = checkAlpha(options.alpha ?? 0.25);
    this.gamma = checkNumber(options.gamma ?? 2, 'gamma');
  }

  override parameters(): Spec['parameters'] {
    return { ...super.parameters(), gamma: this.gamma, alpha: this.alpha };
  }

  override checkPredictions(shape: Shape): void {
    warnOfOneClass(this, shape);
    if (typeof this.alpha === 'number' || this.alpha.length === 1) return;
    if (resolveAxis(this.axis, shape.length) !== shape.length - 1) {
      throw unsupported('alpha', 'one number where the classes are not along the last axis', this.alpha);
    }
    if (this.alpha.length === shape.at(-1)) return;
    const wanted = `a number, or one for each of the ${shape.at(-1)} classes,`;
    throw shapeMismatch('alpha', wanted, [this.alpha.length]);
  }
}

function checkAlpha(alpha: unknown): number | readonly number[] {
  if (!Array.isArray(alpha)) return checkNumber(alpha, 'alpha');
  if (alpha.length === 0) throw invalidArgument('alpha', 'a number, or one for each class,', alpha);
  return Array.from(alpha, (weight, index) => checkNumber(weight, `alpha[${index}]`));
}
