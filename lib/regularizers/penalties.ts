import { checkOneOf, checkOptions } from '../check';
import { epsilon } from '../epsilon';
import { shapeMismatch } from '../errors';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import type { Shape } from '../tensor';
import { checkFactor, Regularizer } from './regularizer';

const MODES = ['rows', 'columns'] as const;

export interface OrthogonalRegularizerOptions {
  /** Default: 0.01 */
  readonly factor?: number | undefined;
  /** What is to be orthogonal. Default: 'rows' */
  readonly mode?: (typeof MODES)[number] | undefined;
}

/**
 * A penalty on magnitudes, which drives weights to 0.
 *
 * Formula: `l1 sum(abs(x))`. Defaults: l1 0.01. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for a factor that is
 * negative or no finite number. Source: `keras.regularizers.L1`.
 *
 * @example
 * ```ts
 * new L1({ l1: 0.5 }).compute([1, -2]); // 1.5
 * ```
 */
export class L1 extends Regularizer {
  readonly l1: number;

  constructor(
    options: {
      /** The factor of the absolute values. Default: 0.01 */
      readonly l1?: number | undefined;
    } = {},
  ) {
    super();
    checkOptions(options, ['l1'], 'L1');
    this.l1 = checkFactor(options.l1 ?? 0.01, 'l1');
  }

  override getConfig(): Config {
    return { l1: this.l1 };
  }

  override spec(): Spec {
    return { name: 'l1', parameters: { l1: this.l1 } };
  }
}

/**
 * A penalty on squares, which keeps weights small.
 *
 * Formula: `l2 sum(x^2)`. Defaults: l2 0.01. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for a factor that is negative
 * or no finite number. Source: `keras.regularizers.L2`.
 *
 * @example
 * ```ts
 * new L2({ l2: 0.5 }).compute([1, -2]); // 2.5
 * ```
 */
export class L2 extends Regularizer {
  readonly l2: number;

  constructor(
    options: {
      /** The factor of the squares. Default: 0.01 */
      readonly l2?: number | undefined;
    } = {},
  ) {
    super();
    checkOptions(options, ['l2'], 'L2');
    this.l2 = checkFactor(options.l2 ?? 0.01, 'l2');
  }

  override getConfig(): Config {
    return { l2: this.l2 };
  }

  override spec(): Spec {
    return { name: 'l2', parameters: { l2: this.l2 } };
  }
}

/**
 * Both penalties.
 *
 * Formula: `l1 sum(abs(x)) + l2 sum(x^2)`. Defaults: l1 0, l2 0. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for a
 * factor that is negative or no finite number. Source: `keras.regularizers.L1L2`.
 *
 * @example
 * ```ts
 * new L1L2({ l1: 0.5, l2: 0.5 }).compute([1, -2]); // 4
 * ```
 */
export class L1L2 extends Regularizer {
  readonly l1: number;
  readonly l2: number;

  constructor(
    options: {
      /** The factor of the absolute values. Default: 0 */
      readonly l1?: number | undefined;
      /** The factor of the squares. Default: 0 */
      readonly l2?: number | undefined;
    } = {},
  ) {
    super();
    checkOptions(options, ['l1', 'l2'], 'L1L2');
    this.l1 = checkFactor(options.l1 ?? 0, 'l1');
    this.l2 = checkFactor(options.l2 ?? 0, 'l2');
  }

  override getConfig(): Config {
    return { l1: this.l1, l2: this.l2 };
  }

  override spec(): Spec {
    return { name: 'l1l2', parameters: { l1: this.l1, l2: this.l2 } };
  }
}

/**
 * A penalty on rows, or columns, that are not at right angles.
 *
 * Formula: `factor` times the mean of `abs(cos(angle))` over all pairs. Shapes: rank 2; a single row has no pair and gives
 * NaN, as in Keras. Defaults: factor 0.01, mode 'rows'. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for a factor that
 * is negative or no finite number, `ERR_SHAPE_MISMATCH` for another rank. Source:
 * `keras.regularizers.OrthogonalRegularizer`.
 *
 * @example
 * ```ts
 * new OrthogonalRegularizer({ factor: 1 }).compute([[1, 0], [3, 4]]); // 0.6
 * ```
 */
export class OrthogonalRegularizer extends Regularizer {
  readonly factor: number;
  readonly mode: (typeof MODES)[number];

  constructor(options: OrthogonalRegularizerOptions = {}) {
    super();
    checkOptions(options, ['factor', 'mode'], 'OrthogonalRegularizer');
    this.factor = checkFactor(options.factor ?? 0.01, 'factor');
    this.mode = checkOneOf(options.mode ?? 'rows', 'mode', MODES);
  }

  override getConfig(): Config {
    return { factor: this.factor, mode: this.mode };
  }

  override spec(shape: Shape): Spec {
    if (shape.length !== 2) throw shapeMismatch('x', 'two axes, as OrthogonalRegularizer takes a matrix,', shape);
    const { factor, mode } = this;
    return { name: 'orthogonal_regularizer', parameters: { factor, columns: mode === 'columns', epsilon: epsilon() } };
  }
}
