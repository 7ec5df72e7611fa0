import { checkBoolean, checkInteger, checkNumber } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import type { Shape } from '../tensor';
import { Crossentropy, type CrossentropyOptions, ONE_HOT_FIX, warnOfOneClass } from './base_crossentropy';
import type { LossOptions, ReductionName } from './loss';
import { NativeLoss } from './native_loss';

export interface SparseCrossentropyOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** Whether predictions are logits, not probabilities. Default: false */
  readonly fromLogits?: boolean | undefined;
  /** The class index whose samples do not count. Default: null */
  readonly ignoreClass?: number | null | undefined;
  /** The axis of the classes: the last one. Default: -1 */
  readonly axis?: number | undefined;
}

export interface GeneralizedCrossEntropyOptions<R extends ReductionName = ReductionName> extends LossOptions<R> {
  /** Between 0 (the crossentropy) and 1 (the absolute error), both excluded. Default: 0.5 */
  readonly q?: number | undefined;
}

/**
 * The crossentropy of independent binary predictions.
 *
 * Formula: `-mean(t ln p + (1 - t) ln(1 - p))` over `axis`, p clipped to [epsilon(), 1 - epsilon()]; with `fromLogits`
 * of the logits z: `mean(max(z, 0) - z t + ln(1 + exp(-abs(z))))`. Smoothing s makes t `t (1 - s) + s / 2`. Shapes:
 * equal. Defaults: no logits, no smoothing, axis -1, reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.BinaryCrossentropy`.
 *
 * @example
 * ```ts
 * new BinaryCrossentropy({ fromLogits: true }).compute([[1], [0]], [[2], [-2]]); // 0.1269
 * ```
 */
export class BinaryCrossentropy<R extends ReductionName = 'sum_over_batch_size'> extends Crossentropy<R> {
  constructor(options: CrossentropyOptions<R> = {}) {
    super('binary_crossentropy', options);
  }
}

/**
 * Crossentropy of one class out of several; targets are probabilities of the classes (one-hot).
 *
 * Formula: `-sum(t ln p)` over `axis`, p divided by its sum and clipped to [epsilon(), 1 - epsilon()]; with
 * `fromLogits` p is the softmax, not clipped. Smoothing s makes t `t (1 - s) + s / classes`. Shapes: equal. Defaults:
 * no logits, no smoothing, axis -1, reduction 'sum_over_batch_size'. Errors: as `compute`. Source:
 * `keras.losses.CategoricalCrossentropy`.
 *
 * @example
 * ```ts
 * new CategoricalCrossentropy().compute([[0, 1, 0]], [[0.05, 0.95, 0]]); // 0.0513
 * ```
 */
export class CategoricalCrossentropy<R extends ReductionName = 'sum_over_batch_size'> extends Crossentropy<R> {
  override readonly targetFix = ONE_HOT_FIX;

  constructor(options: CrossentropyOptions<R> = {}) {
    super('categorical_crossentropy', options);
  }

  override checkPredictions(shape: Shape): void {
    warnOfOneClass(this, shape);
  }
}

/**
 * Crossentropy of one class out of several; targets are the indices of the classes.
 *
 * Formula: `-ln p[yTrue]`, p divided by its sum and clipped to [epsilon(), 1 - epsilon()]; with `fromLogits` p is the
 * softmax, not clipped. Samples of class `ignoreClass` count neither in the sum nor in the divisor of a mean. Shapes:
 * `yPred` `[batch, ..., classes]`, `yTrue` `[batch, ...]` or `[batch, ..., 1]`. Defaults: no logits, `ignoreClass`
 * null, axis -1, reduction 'sum_over_batch_size'. Errors: as `compute`; `ERR_OUT_OF_RANGE` names the row of an index
 * that is not a class. Source: `keras.losses.SparseCategoricalCrossentropy`.
 *
 * @example
 * ```ts
 * new SparseCategoricalCrossentropy().compute([1], [[0.05, 0.95, 0]]); // 0.0513
 * ```
 */
export class SparseCategoricalCrossentropy<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  readonly fromLogits: boolean;
  override readonly ignoreClass: number | null;
  override readonly axis: number;
  override readonly masks: boolean;
  override readonly target = 'indices';
  override readonly targetFix = 'One-hot targets go with CategoricalCrossentropy.';

  constructor(options: SparseCrossentropyOptions<R> = {}) {
    super('sparse_categorical_crossentropy', options, ['fromLogits', 'ignoreClass', 'axis']);
    this.fromLogits = checkBoolean(options.fromLogits ?? false, 'fromLogits');
    this.ignoreClass = checkIgnoreClass(options.ignoreClass ?? null);
    this.masks = this.ignoreClass !== null;
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  override parameters(): Spec['parameters'] {
    return { from_logits: this.fromLogits, ignore_class: this.ignoreClass ?? Number.NaN };
  }

  override ownConfig(): Config {
    return { from_logits: this.fromLogits, ignore_class: this.ignoreClass, axis: this.axis };
  }
}

/**
 * Crossentropy that noisy labels disturb less; targets are the indices of the classes.
 *
 * Formula: `(1 - p[yTrue]^q) / q`; predictions are probabilities, neither divided by their sum nor clipped. Shapes:
 * `yPred` `[batch, ..., classes]`, `yTrue` `[batch, ...]` or `[batch, ..., 1]`. Defaults: q 0.5, reduction
 * 'sum_over_batch_size'. Errors: as `compute`; `ERR_OUT_OF_RANGE` for another q. Source:
 * `keras.losses.CategoricalGeneralizedCrossEntropy` (Zhang & Sabuncu 2018).
 *
 * @example
 * ```ts
 * new CategoricalGeneralizedCrossEntropy().compute([0, 1], [[0.64, 0.36], [0.75, 0.25]]); // 0.7
 * ```
 */
export class CategoricalGeneralizedCrossEntropy<R extends ReductionName = 'sum_over_batch_size'> extends NativeLoss<R> {
  readonly q: number;
  override readonly target = 'indices';
  override readonly targetFix = 'It takes class indices; one-hot targets go with CategoricalCrossentropy.';

  constructor(options: GeneralizedCrossEntropyOptions<R> = {}) {
    super('categorical_generalized_cross_entropy', options, ['q']);
    this.q = checkNumber(options.q ?? 0.5, 'q', { min: 0, max: 1, open: true });
  }

  override parameters(): Spec['parameters'] {
    return { q: this.q };
  }
}

function checkIgnoreClass(ignoreClass: number | null): number | null {
  return ignoreClass === null ? null : checkInteger(ignoreClass, 'ignoreClass');
}
