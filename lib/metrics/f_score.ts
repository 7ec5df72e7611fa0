import { checkNumber, checkOneOf, elementAt, ownNames } from '../check';
import { epsilon } from '../epsilon';
import { outOfRange } from '../errors';
import type { Config } from '../identifiers';
import type { FloatArray, Spec } from '../native';
import type { SampleRows, TargetRule } from '../samples/rows';
import type { Shape, ShapedArray } from '../tensor';
import { type MetricOptions, type MetricResult, sumOf, tensorOf } from './metric';
import { checkMatrix, NativeMetric } from './native_metric';

/** How the scores of the classes become one; null keeps them. */
export type Average = 'micro' | 'macro' | 'weighted' | null;

export interface F1ScoreOptions<A extends Average = Average> extends MetricOptions {
  /**
   * 'micro' counts over all classes, 'macro' is the mean of the classes' scores, 'weighted' their mean by the number of
   * true samples. Default: null, a score for each class
   */
  readonly average?: A | undefined;
  /** What lies above it is predicted; above 0, up to 1. Default: null, the largest of a row are */
  readonly threshold?: number | null | undefined;
}

export interface FBetaScoreOptions<A extends Average = Average> extends F1ScoreOptions<A> {
  /** How much more recall counts than precision. Default: 1 */
  readonly beta?: number | undefined;
}

/** A number where the classes are averaged, else a tensor (a number only before any data). */
export type FScoreResult<A extends Average> = A extends string ? number : MetricResult;

const AVERAGES = ['micro', 'macro', 'weighted'] as const;

/**
 * Weighted harmonic mean of precision and recall.
 *
 * Formula: `(1 + beta^2) P R / (beta^2 P + R)`, with epsilon() added to each divisor. Shapes: `[batch, classes]` both, or
 * `[batch]` of one class, targets 0 or 1; weights of samples or of single predictions. Without a threshold the largest of a row are predicted, all of
 * equal ones, but never a 0. Defaults: average null, beta 1, threshold null. Errors: `ERR_OUT_OF_RANGE` for a beta that is
 * not above 0 and for a threshold outside of (0, 1]; as `updateState`. Source: `keras.metrics.FBetaScore`.
 *
 * @example
 * ```ts
 * const score = new FBetaScore({ average: 'macro', beta: 2, threshold: 0.5 });
 * score.updateState([[1, 1], [1, 0]], [[0.2, 0.6], [0.6, 0.1]]);
 * score.result(); // 0.7778
 * ```
 */
export class FBetaScore<A extends Average = null> extends NativeMetric<FScoreResult<A>> {
  override readonly direction = 'up';
  override readonly rule: TargetRule = { target: 'same', axis: -1, targetFix: 'Targets have a column for each class.' };
  readonly average: Average;
  /** How much recall counts against precision. */
  readonly beta: number;
  readonly threshold: number | null;

  constructor(options: FBetaScoreOptions<A> = {}, own: readonly string[] = ['beta'], name = 'fbeta_score') {
    super(options, ['average', 'threshold', ...ownNames(own, new.target.name)], name);
    this.average = checkAverage(options.average);
    this.beta = checkPositive(options.beta === undefined ? 1 : options.beta, 'beta', Number.POSITIVE_INFINITY);
    this.threshold = options.threshold ?? null;
    if (this.threshold !== null) checkPositive(this.threshold, 'threshold', 1);
  }

  override spec(): Spec {
    return { name: 'f_score', parameters: { threshold: this.threshold ?? Number.NaN } };
  }

  override checkShapes(yTrue: Shape, yPred: Shape): void {
    const [target, prediction] = [asColumn(yTrue), asColumn(yPred)];
    checkMatrix(target, 'yTrue');
    checkMatrix(prediction, 'yPred');
    super.checkShapes(target, prediction);
  }

  protected override toRows(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): SampleRows {
    return super.toRows({ ...yTrue, shape: asColumn(yTrue.shape) }, { ...yPred, shape: asColumn(yPred.shape) });
  }

  override resultOf(state: Float64Array): FScoreResult<A> {
    return this.#averageOf(state) as FScoreResult<A>;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), average: this.average, beta: this.beta, threshold: this.threshold };
  }

  protected override get weighsColumns(): boolean {
    return true;
  }

  #averageOf(state: Float64Array): MetricResult {
    if (state.length === 0) return 0;
    const column = (which: number): number[] => Array.from(state.filter((_, i) => i % 4 === which));
    const [tp, fp, fn, support] = [column(0), column(1), column(2), column(3)];
    if (this.average === 'micro') return this.#scoreOf(sumOf(tp), sumOf(fp), sumOf(fn));
    const scores = tp.map((hits, i) => this.#scoreOf(hits, elementAt(fp, i), elementAt(fn, i)));
    if (this.average === null) return tensorOf(scores, this.dtype);
    if (this.average === 'macro') return sumOf(scores) / scores.length;
    return sumOf(scores.map((score, i) => score * elementAt(support, i))) / (sumOf(support) + epsilon());
  }

  #scoreOf(tp: number, fp: number, fn: number): number {
    const precision = tp / (tp + fp + epsilon());
    const recall = tp / (tp + fn + epsilon());
    const square = this.beta ** 2;
    return ((1 + square) * precision * recall) / (square * precision + recall + epsilon());
  }
}

/**
 * Harmonic mean of precision and recall.
 *
 * Formula: `2 P R / (P + R)`, with epsilon() added to each divisor. Shapes: `[batch, classes]` both, or `[batch]` of one class,
 * targets 0 or 1; weights of samples or of single predictions. Without a threshold the largest of a row are predicted, all of equal ones, but never
 * a 0. Defaults: average null, threshold null. Errors: `ERR_OUT_OF_RANGE` for a threshold outside of (0, 1]; as
 * `updateState`. Source: `keras.metrics.F1Score`.
 *
 * @example
 * ```ts
 * const score = new F1Score();
 * score.updateState([[1, 0], [0, 1], [1, 0]], [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]]);
 * (score.result() as Tensor).toArray(); // [0.8, 0]
 * ```
 */
export class F1Score<A extends Average = null> extends FBetaScore<A> {
  constructor(options: F1ScoreOptions<A> = {}) {
    super(options, [], 'f1_score');
  }

  override getConfig(): Config {
    const { beta: _, ...config } = super.getConfig();
    return config;
  }
}

/** A vector holds one prediction a sample, as for all metrics. */
function asColumn(shape: Shape): Shape {
  return shape.length === 1 ? [...shape, 1] : shape;
}

function checkAverage(average: unknown): Average {
  return average === undefined || average === null ? null : checkOneOf(average, 'average', AVERAGES);
}

function checkPositive(value: unknown, argument: string, max: number): number {
  const number = checkNumber(value, argument);
  if (number > 0 && number <= max) return number;
  throw outOfRange(
    argument,
    max === Number.POSITIVE_INFINITY ? 'a number above 0' : `a number above 0, up to ${max},`,
    value,
  );
}
