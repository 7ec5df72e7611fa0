import { checkBoolean, checkNumber, checkString } from '../check';
import { invalidArgument } from '../errors';
import type { PredictionPicture } from '../pictures/jobs';
import type { TensorLike } from '../tensor';
import { checkPlotOptions, type Picture, type PlotOptions, predictionsOf, renderPredictions } from './render';

/** What pictures of classes take. */
export interface ClassPlotOptions extends PlotOptions {
  /** The names of the classes. Default: their indices */
  readonly labels?: readonly string[] | undefined;
}

/** Options of `confusionMatrix`. */
export interface ConfusionOptions extends ClassPlotOptions {
  /** Whether to draw fractions of each true class instead of counts. Default: false */
  readonly normalize?: boolean | undefined;
  /** Scores of a binary model that are above it are taken for class 1. Default: 0.5, where there is one score a sample */
  readonly threshold?: number | undefined;
}

/**
 * Draws how often each class was taken for each.
 *
 * Shapes: `yTrue` and `yPred` hold class indices, `[batch]`, or a number for each class, `[batch, classes]`, of which
 * the largest counts; or `yPred` has one score for each sample, `[batch]` or `[batch, 1]`, as the sigmoid of a binary model: those
 * above `threshold` are class 1. Where samples have any number of labels, `[batch, labels]` of zeros and ones, each label has a matrix of
 * its own. Logits have the threshold 0. Needs the packages vega and vega-lite. Errors: `ERR_SHAPE_MISMATCH`, `ERR_OUT_OF_RANGE` for
 * labels that have no name.
 *
 * @example
 * ```ts
 * import { confusionMatrix } from 'gemsbok/plots';
 *
 * const labels = ['setosa', 'versicolor', 'virginica'];
 * await writeFile('confusion.svg', await confusionMatrix(y, await model.predict(x), { labels }));
 * ```
 */
export async function confusionMatrix<O extends ConfusionOptions = { format: 'svg' }>(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['labels', 'normalize', 'threshold'], 'confusionMatrix');
  const labels = checkLabels(options.labels);
  const normalize = checkBoolean(options.normalize ?? false, 'normalize');
  const threshold = checkThreshold(options.threshold);
  return renderPredictions('confusion', predictionsOf(yTrue, yPred, { labels, normalize, threshold }), options);
}

/**
 * Draws the rate of true positives over that of false positives, for all thresholds; with the area below (AUC).
 *
 * Shapes: `yTrue` as for {@link confusionMatrix}; `yPred` holds a score for each sample, or one for each class, of
 * which each has its own curve against all others. Needs the packages vega and vega-lite. Errors: `ERR_SHAPE_MISMATCH`.
 * Source: `sklearn.metrics.roc_curve`.
 *
 * @example
 * ```ts
 * import { rocCurve } from 'gemsbok/plots';
 *
 * await writeFile('roc.svg', await rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]));
 * ```
 */
export async function rocCurve<O extends ClassPlotOptions = { format: 'svg' }>(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: O = {} as O,
): Promise<Picture<O>> {
  return drawScores('rocCurve', 'roc', { yTrue, yPred }, options);
}

/**
 * Draws precision over recall, for all thresholds; with the average precision (AP).
 *
 * Shapes, needs and errors: as {@link rocCurve}. Source: `sklearn.metrics.precision_recall_curve`.
 *
 * @example
 * ```ts
 * import { prCurve } from 'gemsbok/plots';
 *
 * await writeFile('pr.svg', await prCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]));
 * ```
 */
export async function prCurve<O extends ClassPlotOptions = { format: 'svg' }>(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: O = {} as O,
): Promise<Picture<O>> {
  return drawScores('prCurve', 'precision', { yTrue, yPred }, options);
}

/**
 * Draws how often a class is the true one over how probable the model says it is, in ten bins: on the diagonal where it is to
 * be believed; with the Brier score.
 *
 * Shapes, needs and errors: as {@link rocCurve}; `ERR_OUT_OF_RANGE` for scores that are not probabilities. Source:
 * `sklearn.calibration.CalibrationDisplay`.
 *
 * @example
 * ```ts
 * import { calibrationCurve } from 'gemsbok/plots';
 *
 * await writeFile('calibration.svg', await calibrationCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]));
 * ```
 */
export async function calibrationCurve<O extends ClassPlotOptions = { format: 'svg' }>(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: O = {} as O,
): Promise<Picture<O>> {
  return drawScores('calibrationCurve', 'calibration', { yTrue, yPred }, options);
}

/**
 * Draws the gains: how many of those of a class are among the samples with the highest scores, over how many of these are
 * looked at. Whoever calls a tenth of the customers reads there how many of the buyers he reaches.
 *
 * Shapes, needs and errors: as {@link rocCurve}.
 *
 * @example
 * ```ts
 * import { gainsCurve } from 'gemsbok/plots';
 *
 * await writeFile('gains.svg', await gainsCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]));
 * ```
 */
export async function gainsCurve<O extends ClassPlotOptions = { format: 'svg' }>(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: O = {} as O,
): Promise<Picture<O>> {
  return drawScores('gainsCurve', 'gains', { yTrue, yPred }, options);
}

async function drawScores<O extends ClassPlotOptions>(
  owner: string,
  picture: PredictionPicture,
  { yTrue, yPred }: { readonly yTrue: TensorLike; readonly yPred: TensorLike },
  options: O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['labels'], owner);
  return renderPredictions(picture, predictionsOf(yTrue, yPred, { labels: checkLabels(options.labels) }), options);
}

export function checkLabels(labels: unknown): readonly string[] | null {
  if (labels === undefined || labels === null) return null;
  if (!Array.isArray(labels)) throw invalidArgument('labels', 'a list of names', labels);
  return Array.from(labels, (label) => checkString(label, 'labels'));
}

export function checkThreshold(threshold: unknown): number | undefined {
  return threshold === undefined || threshold === null ? undefined : checkNumber(threshold, 'threshold');
}
