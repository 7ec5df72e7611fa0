import * as losses from '../losses';
import { LossMetric } from './loss_metric';
import type { MetricOptions } from './metric';

export interface CosineSimilarityMetricOptions extends MetricOptions {
  /** The axis of the vectors. Default: -1 */
  readonly axis?: number | undefined;
}

/**
 * Mean cosine of the angle between targets and predictions: 1 where they point the same way, unlike the loss, which is -1
 * there.
 *
 * Formula: `mean(sum(l2(yTrue) l2(yPred)))` over `axis`, with `l2(x) = x / max(norm(x), epsilon())`. Shapes: equal. Defaults:
 * axis -1. Errors: as `updateState`. Source: `keras.metrics.CosineSimilarity`.
 *
 * @example
 * ```ts
 * const similarity = new metrics.CosineSimilarity();
 * similarity.updateState([[0, 1], [1, 1]], [[1, 0], [1, 1]]);
 * similarity.result(); // 0.5
 * ```
 */
export class CosineSimilarity extends LossMetric {
  override readonly direction = 'up';

  constructor(options: CosineSimilarityMetricOptions = {}) {
    super(losses.CosineSimilarity, options, ['axis']);
  }

  override resultOf(state: Float64Array): number {
    // A difference, as the negative of 0 would be -0.
    return 0 - super.resultOf(state);
  }
}
