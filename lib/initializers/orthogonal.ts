import { checkNumber } from '../check';
import { shapeMismatch } from '../errors';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import type { Shape } from '../tensor';
import { RandomInitializer, type RandomOptions } from './initializer';

export interface OrthogonalOptions extends RandomOptions {
  /** Length of the rows or columns. Default: 1 */
  readonly gain?: number | undefined;
}

/**
 * A matrix with orthogonal rows, or columns where there are no more of them than rows.
 *
 * Formula: `gain Q`, where `Q R` is a matrix of normally distributed numbers and the diagonal of R is positive; the matrix
 * is transposed where it is wide. Shapes: rank 2 at least; all axes but the last count as rows. Defaults: gain 1. Errors:
 * `ERR_INVALID_ARG` for options that are not numbers, `ERR_SHAPE_MISMATCH` for a smaller rank. Source:
 * `keras.initializers.Orthogonal`.
 *
 * @example
 * ```ts
 * const [[a, b], [c, d]] = new Orthogonal({ seed: 1 }).initialize([2, 2]).toArray();
 * Math.abs(a * b + c * d) < 1e-6; // true
 * ```
 */
export class Orthogonal extends RandomInitializer {
  readonly gain: number;

  constructor(options: OrthogonalOptions = {}) {
    super(options, ['gain']);
    this.gain = checkNumber(options.gain ?? 1, 'gain');
  }

  override getConfig(): Config {
    return { gain: this.gain, ...super.getConfig() };
  }

  protected override spec(shape: Shape): Spec {
    if (shape.length < 2) throw shapeMismatch('shape', 'two axes at least, as Orthogonal makes a matrix,', shape);
    return { name: 'orthogonal', parameters: { gain: this.gain } };
  }
}
