import { checkAxes, resolveAxes } from '../axes';
import { moveAxesBack, moveAxesLast } from '../broadcast';
import { checkNumber, checkOptions, elementAt } from '../check';
import { epsilon } from '../epsilon';
import type { Config } from '../identifiers';
import { type FloatArray, native, type Spec } from '../native';
import { type Shape, sizeOf } from '../tensor';
import { Constraint, type ConstraintView } from './constraint';

export interface NormOptions {
  /** The axis, or axes, along which the norm is taken; null for all. Default: 0, a norm for each unit of a `Dense` kernel */
  readonly axis?: number | readonly number[] | null | undefined;
}

export interface MaxNormOptions extends NormOptions {
  /** Default: 2 */
  readonly maxValue?: number | undefined;
}

export interface MinMaxNormOptions extends NormOptions {
  /** Default: 0 */
  readonly minValue?: number | undefined;
  /** Default: 1 */
  readonly maxValue?: number | undefined;
  /** How much of the way is gone at once, from 0 to 1. Default: 1 */
  readonly rate?: number | undefined;
}

abstract class NormConstraint extends Constraint {
  readonly axis: number | readonly number[] | null;
  /** @internal */
  protected abstract readonly entry: string;

  constructor(options: NormOptions, own: readonly string[] = []) {
    super();
    checkOptions(options, ['axis', ...own], new.target.name);
    this.axis = options.axis === null ? null : checkAxes(options.axis ?? 0, 'axis', 0);
  }

  override getConfig(): Config {
    return { ...this.own(), axis: this.axis };
  }

  override view(shape: Shape): ConstraintView | null {
    const axes = resolveAxes(this.axis, shape, 'axis');
    const along = sizeOf(axes.map((axis) => elementAt(shape, axis)));
    const across = along === 0 ? 0 : sizeOf(shape) / along;
    const isLast = axes.every((axis, k) => axis === shape.length - axes.length + k);
    if (isLast) return { constraint: this.#spec(1), rows: across, columns: along };
    const isFirst = axes.every((axis, k) => axis === k);
    return isFirst ? { constraint: this.#spec(0), rows: along, columns: across } : null;
  }

  protected override constrained(data: FloatArray, shape: Shape): FloatArray {
    const view = this.view(shape);
    if (view !== null) {
      native.constrain({ w: data, ...view });
      return data;
    }
    const axes = resolveAxes(this.axis, shape, 'axis');
    const columns = sizeOf(axes.map((axis) => elementAt(shape, axis)));
    const moved = moveAxesLast(data, shape, axes);
    native.constrain({ constraint: this.#spec(1), rows: columns === 0 ? 0 : data.length / columns, columns, w: moved });
    return moveAxesBack(moved, shape, axes);
  }

  /** @internal Own arguments, with Keras' names. */
  protected abstract own(): Record<string, number>;

  /** Over which axis of the matrix a norm is taken: 0 makes one for each column. */
  #spec(axis: 0 | 1): Spec {
    return { name: this.entry, parameters: { axis, epsilon: epsilon(), ...this.own() } };
  }
}

/**
 * No vector longer than a bound.
 *
 * Formula: `w min(norm, maxValue) / (epsilon() + norm)`, where the norm is `sqrt(sum(w^2))` along `axis`. Defaults: maxValue
 * 2, axis 0. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for a bound that is negative. Source:
 * `keras.constraints.MaxNorm`.
 *
 * @example
 * ```ts
 * new MaxNorm({ maxValue: 1 }).apply([[3, 0.5], [4, 0]]).toArray(); // [[0.6, 0.5], [0.8, 0]]
 * ```
 */
export class MaxNorm extends NormConstraint {
  readonly maxValue: number;
  protected override readonly entry = 'max_norm';

  constructor(options: MaxNormOptions = {}) {
    super(options, ['maxValue']);
    const { maxValue = 2 } = options;
    this.maxValue = checkNumber(maxValue, 'maxValue', { min: 0 });
  }

  protected override own(): Record<string, number> {
    return { max_value: this.maxValue };
  }
}

/**
 * Vectors of length 1.
 *
 * Formula: `w / (epsilon() + norm)`, where the norm is `sqrt(sum(w^2))` along `axis`. Defaults: axis 0. Errors:
 * `ERR_INVALID_ARG`. Source: `keras.constraints.UnitNorm`.
 *
 * @example
 * ```ts
 * new UnitNorm({ axis: 1 }).apply([[3, 4], [0, 2]]).toArray(); // [[0.6, 0.8], [0, 1]]
 * ```
 */
export class UnitNorm extends NormConstraint {
  protected override readonly entry = 'unit_norm';

  constructor(options: NormOptions = {}) {
    super(options);
  }

  protected override own(): Record<string, number> {
    return {};
  }
}

/**
 * Vectors whose lengths lie between two bounds, or come nearer to that with each step.
 *
 * Formula: `w (rate min(max(norm, minValue), maxValue) + (1 - rate) norm) / (epsilon() + norm)`, where the norm is
 * `sqrt(sum(w^2))` along `axis`. Defaults: minValue 0, maxValue 1, rate 1, axis 0. Errors: `ERR_INVALID_ARG`,
 * `ERR_OUT_OF_RANGE` for bounds that are negative or exchanged, and a rate outside 0..1. Source:
 * `keras.constraints.MinMaxNorm`.
 *
 * @example
 * ```ts
 * new MinMaxNorm({ minValue: 1, maxValue: 2, axis: 1 }).apply([[6, 8], [0, 0.5]]).toArray(); // [[1.2, 1.6], [0, 1]]
 * ```
 */
export class MinMaxNorm extends NormConstraint {
  readonly minValue: number;
  readonly maxValue: number;
  readonly rate: number;
  protected override readonly entry = 'min_max_norm';

  constructor(options: MinMaxNormOptions = {}) {
    super(options, ['minValue', 'maxValue', 'rate']);
    this.minValue = checkNumber(options.minValue ?? 0, 'minValue', { min: 0 });
    const { maxValue = 1 } = options;
    this.maxValue = checkNumber(maxValue, 'maxValue', { min: this.minValue });
    this.rate = checkNumber(options.rate ?? 1, 'rate', { min: 0, max: 1 });
  }

  protected override own(): Record<string, number> {
    return { min_value: this.minValue, max_value: this.maxValue, rate: this.rate };
  }
}
