import { checkOptions } from '../check';
import { type FloatArray, native } from '../native';
import { type Shape, sizeOf } from '../tensor';
import { Constraint, type ConstraintView } from './constraint';

/**
 * No negative weights.
 *
 * Formula: `max(w, 0)`. Errors: `ERR_INVALID_ARG` for any option, as it has none. Source: `keras.constraints.NonNeg`.
 *
 * @example
 * ```ts
 * new NonNeg().apply([-1, 2]).toArray(); // [0, 2]
 * ```
 */
export class NonNeg extends Constraint {
  constructor(options: object = {}) {
    super();
    checkOptions(options, [], 'NonNeg');
  }

  override view(shape: Shape): ConstraintView {
    return { constraint: { name: 'non_neg', parameters: {} }, rows: 1, columns: sizeOf(shape) };
  }

  protected override constrained(data: FloatArray, shape: Shape): FloatArray {
    native.constrain({ w: data, ...this.view(shape) });
    return data;
  }
}
