import type { Spec } from '../native';
import type { TargetRule } from '../samples/rows';
import { NativeMean } from './native_metric';

/**
 * Root of the mean of squared differences.
 *
 * Formula: `sqrt(mean((yTrue - yPred)^2))` over samples and elements. Shapes: they broadcast. Errors: as `updateState`.
 * Source: `keras.metrics.RootMeanSquaredError`.
 *
 * @example
 * ```ts
 * const error = new RootMeanSquaredError();
 * error.updateState([2, 4, 6], [1, 3, 2]);
 * error.result(); // 2.449
 * ```
 */
export class RootMeanSquaredError extends NativeMean {
  override readonly direction = 'down';
  override readonly rule: TargetRule = { target: 'broadcast', axis: null, targetFix: '' };
  override readonly countsByMask = false;

  override spec(): Spec {
    return { name: 'mean_squared_error', parameters: {} };
  }

  override resultOf(state: Float64Array): number {
    return Math.sqrt(super.resultOf(state));
  }
}
