import type { TensorLike } from '../tensor';
import { checkLabels } from './classification';
import { checkPlotOptions, type Picture, type PlotOptions, predictionsOf, renderPredictions } from './render';

/** What pictures of regressions take. */
export interface RegressionPlotOptions extends PlotOptions {
  /** The names of the outputs. Default: their indices */
  readonly labels?: readonly string[] | undefined;
}

/**
 * Draws what a regression is off by, over its predictions, and how often by how much: without a pattern where the model has
 * learnt all that there is.
 *
 * A residual is the target minus the prediction. Shapes: `yTrue` and `yPred` alike, `[batch]` or `[batch, outputs]`. Of many
 * samples 1,000 are drawn; what is not finite, and outputs after the tenth, are left out, and the picture says so. Needs the
 * packages vega and vega-lite. Errors: `ERR_SHAPE_MISMATCH`. Source: `sklearn.metrics.PredictionErrorDisplay`.
 *
 * @example
 * ```ts
 * import { residuals } from 'gemsbok/plots';
 *
 * await writeFile('residuals.svg', await residuals([1, 2, 3], [1.1, 1.8, 3]));
 * ```
 */
export async function residuals<O extends RegressionPlotOptions = { format: 'svg' }>(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['labels'], 'residuals');
  const given = predictionsOf(yTrue, yPred, { labels: checkLabels(options.labels) });
  return renderPredictions('residuals', given, options);
}

/**
 * Draws predictions over targets: on the diagonal where they are right; with R² and the mean absolute error.
 *
 * Shapes, limits, needs and errors: as {@link residuals}. Source: `sklearn.metrics.PredictionErrorDisplay`.
 *
 * @example
 * ```ts
 * import { predictedOverTrue } from 'gemsbok/plots';
 *
 * await writeFile('predicted.svg', await predictedOverTrue([1, 2, 3], [1.1, 1.8, 3]));
 * ```
 */
export async function predictedOverTrue<O extends RegressionPlotOptions = { format: 'svg' }>(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['labels'], 'predictedOverTrue');
  const given = predictionsOf(yTrue, yPred, { labels: checkLabels(options.labels) });
  return renderPredictions('predicted', given, options);
}
