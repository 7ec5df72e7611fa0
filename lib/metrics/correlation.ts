import { checkAxes } from '../axes';
import { epsilon } from '../epsilon';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import type { TargetRule } from '../samples/rows';
import type { MetricOptions } from './metric';
import { NativeMean } from './native_metric';

export interface CorrelationOptions extends MetricOptions {
  /** The axis, or axes, along which targets and predictions are compared. Default: -1 */
  readonly axis?: number | readonly number[] | undefined;
}

/** What the correlations share. */
abstract class Correlation extends NativeMean {
  override readonly direction = 'up';
  readonly axis: number | readonly number[];
  /** @internal */
  protected abstract readonly entry: string;

  constructor(options: CorrelationOptions = {}) {
    super(options, ['axis']);
    const { axis = -1 } = options;
    this.axis = checkAxes(axis);
  }

  override get rule(): TargetRule {
    return { target: 'same', axis: this.axis, targetFix: '' };
  }

  override spec(): Spec {
    return { name: this.entry, parameters: { epsilon: epsilon() } };
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/**
 * Pearson's coefficient of correlation: 1 for a rising line, -1 for a falling one.
 *
 * Formula: `sum(dt dp) / sqrt(sum(dt^2) sum(dp^2))` along `axis`, with the deviations dt and dp from the means, 0 where
 * there are none; then the mean over samples. Shapes: equal. Defaults: axis -1. Errors: `ERR_OUT_OF_RANGE` for an axis that is not there;
 * as `updateState`. Source: `keras.metrics.PearsonCorrelation`.
 *
 * @example
 * ```ts
 * const correlation = new PearsonCorrelation();
 * correlation.updateState([[0, 1, 0.5], [1, 1, 0.2]], [[0.1, 0.9, 0.5], [1, 0.9, 0.2]]);
 * correlation.result(); // 0.9967
 * ```
 */
export class PearsonCorrelation extends Correlation {
  protected override readonly entry = 'pearson_correlation';
}

/**
 * Lin's coefficient of concordance: 1 only where predictions equal the targets.
 *
 * Formula: `2 mean(dt dp) / (var(t) + var(p) + (mean(t) - mean(p))^2 + epsilon())` along `axis`, with the deviations dt and dp
 * from the means; then the mean over samples. Shapes: equal. Defaults: axis -1. Errors: `ERR_OUT_OF_RANGE` for an axis
 * that is not there; as `updateState`. Source: `keras.metrics.ConcordanceCorrelation`.
 *
 * @example
 * ```ts
 * const correlation = new ConcordanceCorrelation();
 * correlation.updateState([[0, 1, 0.5], [1, 1, 0.2]], [[0.1, 0.9, 0.5], [1, 0.9, 0.2]]);
 * correlation.result(); // 0.9816
 * ```
 */
export class ConcordanceCorrelation extends Correlation {
  protected override readonly entry = 'concordance_correlation';
}
