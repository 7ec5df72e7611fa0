import { checkAxes } from '../axes';
import { checkNumber } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import type { TargetRule } from '../samples/rows';
import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

export interface DiceOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** The axes that one value is computed from; null stands for all, the batch's too. Default: null */
  readonly axis?: number | readonly number[] | null | undefined;
}

export interface TverskyOptions<R extends ReductionName = ReductionName> extends DiceOptions<R> {
  /** The weight of false positives. Default: 0.5 */
  readonly alpha?: number | undefined;
  /** The weight of false negatives. Default: 0.5 */
  readonly beta?: number | undefined;
}

/** What both share: sums over any axes. */
abstract class Overlap<R extends ReductionName> extends NativeLoss<R> {
  override readonly axis: Exclude<TargetRule['axis'], null>;

  constructor(entry: string, options: DiceOptions<R>, own: readonly string[]) {
    super(entry, options, own);
    const axis: unknown = options.axis ?? 'all';
    this.axis = axis === 'all' ? axis : checkAxes(axis, 'axis', 0);
  }

  override ownConfig(): Config {
    return { ...this.parameters(), axis: this.axis === 'all' ? null : this.axis };
  }
}

/**
 * One minus the Dice coefficient, the overlap of two sets.
 *
 * Formula: `1 - 2 sum(yTrue yPred) / (sum(yTrue) + sum(yPred) + epsilon())` over `axis`. Shapes: equal. Defaults: axis null,
 * which makes one value of a whole batch; reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.Dice`.
 *
 * @example
 * ```ts
 * new Dice().compute([[1, 1], [0, 0]], [[1, 0], [1, 0]]); // 0.5
 * ```
 */
export class Dice<R extends ReductionName = 'sum_over_batch_size'> extends Overlap<R> {
  // A side that is broadcast would count more than once in the sum of one side alone.
  override readonly target = 'same';

  constructor(options: DiceOptions<R> = {}) {
    super('dice', options, ['axis']);
  }
}

/**
 * One minus the Tversky index: as `Dice`, with weights for both kinds of errors.
 *
 * Formula: `1 - I / (I + alpha sum((1 - yTrue) yPred) + beta sum(yTrue (1 - yPred)) + epsilon())` with `I = sum(yTrue yPred)`,
 * over `axis`. Shapes: `[batch, ...]` both; they broadcast. Defaults: alpha 0.5, beta 0.5, axis null, which makes one
 * value of a whole batch; reduction 'sum_over_batch_size'. Errors: as `compute`. Source: `keras.losses.Tversky` (Salehi
 * et al. 2017).
 *
 * @example
 * ```ts
 * new Tversky({ alpha: 0, beta: 1 }).compute([[1, 1], [0, 0]], [[1, 0], [1, 0]]); // 0.5
 * ```
 */
export class Tversky<R extends ReductionName = 'sum_over_batch_size'> extends Overlap<R> {
  readonly alpha: number;
  readonly beta: number;

  constructor(options: TverskyOptions<R> = {}) {
    super('tversky', options, ['axis', 'alpha', 'beta']);
    this.alpha = checkNumber(options.alpha ?? 0.5, 'alpha');
    this.beta = checkNumber(options.beta ?? 0.5, 'beta');
  }

  override parameters(): Spec['parameters'] {
    return { alpha: this.alpha, beta: this.beta };
  }
}
