import { checkInteger, checkOneOf, elementAt } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import { alignShapes, type TargetRule } from '../samples/rows';
import type { Shape } from '../tensor';
import { type MetricOptions, type MetricResult, sumOf, tensorOf } from './metric';
import { checkMatrix, NativeMetric } from './native_metric';

/** How the scores of the outputs become one; null keeps them. */
export type ClassAggregation =
  | 'uniform_average'
  | 'uniformAverage'
  | 'variance_weighted_average'
  | 'varianceWeightedAverage'
  | null;

export interface R2ScoreOptions<A extends ClassAggregation = ClassAggregation> extends MetricOptions {
  /** Default: 'uniform_average'; null returns a score for each output */
  readonly classAggregation?: A | undefined;
  /** Independent regressors, for the adjusted score. Default: 0, the plain score */
  readonly numRegressors?: number | undefined;
}

/** A number where the outputs are averaged, else a tensor (a number only before any data). */
export type R2ScoreResult<A extends ClassAggregation> = A extends string ? number : MetricResult;

const AGGREGATIONS = ['uniform_average', 'variance_weighted_average'] as const;

/**
 * Coefficient of determination: the fraction of the targets' variance that the predictions explain.
 *
 * Formula: `1 - sum(w (yTrue - yPred)^2) / sum(w (yTrue - mean)^2)` per output; an infinite score counts as 0. With `p`
 * regressors and `n` samples `1 - (1 - R2) (n - 1) / (n - p - 1)`, the plain score where there are too few samples for
 * that. Shapes: `[batch, outputs]`; weights of samples or of single outputs. Defaults: 'uniform_average', no
 * regressors. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for options; as `updateState`. Source:
 * `keras.metrics.R2Score`.
 *
 * @example
 * ```ts
 * const score = new R2Score();
 * score.updateState([[1], [4], [3]], [[2], [4], [4]]);
 * score.result(); // 0.5714
 * ```
 */
export class R2Score<A extends ClassAggregation = 'uniform_average'> extends NativeMetric<R2ScoreResult<A>> {
  override readonly direction = 'up';
  override readonly rule: TargetRule = {
    target: 'same',
    axis: -1,
    targetFix: 'Targets have a column for each output.',
  };
  readonly classAggregation: (typeof AGGREGATIONS)[number] | null;
  readonly numRegressors: number;

  constructor(options: R2ScoreOptions<A> = {}) {
    super(options, ['classAggregation', 'numRegressors'], 'r2_score');
    const { classAggregation = 'uniform_average', numRegressors = 0 } = options;
    this.classAggregation =
      classAggregation === null ? null : checkOneOf(classAggregation, 'classAggregation', AGGREGATIONS);
    this.numRegressors = checkInteger(numRegressors, 'numRegressors', { min: 0 });
  }

  override spec(): Spec {
    return { name: 'r2_score', parameters: {} };
  }

  override checkShapes(yTrue: Shape, yPred: Shape): void {
    checkMatrix(alignShapes(this.rule, yTrue, yPred).full, 'yPred');
  }

  override resultOf([samples = 0, ...sums]: Float64Array): R2ScoreResult<A> {
    const scores: number[] = [];
    const variations: number[] = [];
    for (let i = 0; i < sums.length; i += 4) {
      const [sum = 0, squares = 0, errors = 0, count = 0] = sums.slice(i, i + 4);
      const variation = squares - sum * (sum / count);
      const score = 1 - errors / variation;
      variations.push(variation);
      scores.push(Math.abs(score) === Number.POSITIVE_INFINITY ? 0 : score);
    }
    if (scores.length === 0) return 0 as R2ScoreResult<A>;
    return this.#aggregate(scores, variations, samples) as R2ScoreResult<A>;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      class_aggregation: this.classAggregation,
      num_regressors: this.numRegressors,
    };
  }

  protected override get weighsColumns(): boolean {
    return true;
  }

  #aggregate(scores: readonly number[], variations: readonly number[], samples: number): MetricResult {
    const adjust = (score: number): number => adjusted(score, samples, this.numRegressors);
    if (this.classAggregation === null) return tensorOf(scores.map(adjust), this.dtype);
    if (this.classAggregation === 'uniform_average') return adjust(sumOf(scores) / scores.length);
    const weighted = sumOf(scores.map((score, i) => score * elementAt(variations, i)));
    return adjust(weighted / sumOf(variations));
  }
}

function adjusted(score: number, samples: number, regressors: number): number {
  if (regressors === 0 || regressors >= samples - 1) return score;
  return 1 - ((1 - score) * (samples - 1)) / (samples - regressors - 1);
}
