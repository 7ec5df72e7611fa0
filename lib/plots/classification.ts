import { checkBoolean, checkNumber, checkString } from '../check';
import { invalidArgument } from '../errors';
import { type TensorLike, toFloats } from '../tensor';
import { COLOURS, seriesEncoding } from './colours';
import { matrixPanel } from './matrix_panel';
import { labelMatrixPanels } from './multi_label';
import { checkPlotOptions, type Panel, type Picture, type PlotOptions, panels, render } from './render';
import {
  areMultiLabel,
  type ClassScores,
  type Curve,
  calibrationOf,
  gainsOf,
  predictedClasses,
  prOf,
  rocOf,
  scoresByClass,
  toClasses,
} from './scores';

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
  if (areMultiLabel(toFloats(yTrue, 'float64', 'yTrue'))) {
    return render(panels(labelMatrixPanels(scoresByClass(yTrue, yPred, labels), threshold, normalize), 4), options);
  }
  const predicted = predictedClasses(yPred, threshold);
  return render(panels([matrixPanel(toClasses(yTrue, 'yTrue'), predicted, labels, normalize)]), options);
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
  return drawScores('rocCurve', rocPanel, { yTrue, yPred }, options);
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
  return drawScores('prCurve', prPanel, { yTrue, yPred }, options);
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
  return drawScores('calibrationCurve', calibrationPanel, { yTrue, yPred }, options);
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
  return drawScores('gainsCurve', gainsPanel, { yTrue, yPred }, options);
}

function drawScores<O extends ClassPlotOptions>(
  owner: string,
  panelOf: (scores: readonly ClassScores[]) => Panel,
  { yTrue, yPred }: { readonly yTrue: TensorLike; readonly yPred: TensorLike },
  options: O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['labels'], owner);
  return render(panels([panelOf(scoresByClass(yTrue, yPred, checkLabels(options.labels)))]), options);
}

export function checkLabels(labels: unknown): readonly string[] | null {
  if (labels === undefined || labels === null) return null;
  if (!Array.isArray(labels)) throw invalidArgument('labels', 'a list of names', labels);
  return labels.map((label) => checkString(label, 'labels'));
}

export function checkThreshold(threshold: unknown): number | undefined {
  return threshold === undefined || threshold === null ? undefined : checkNumber(threshold, 'threshold');
}

export function rocPanel(scores: readonly ClassScores[]): Panel {
  const titles = { title: 'ROC', x: 'false positive rate', y: 'true positive rate', area: 'AUC' };
  return curvesPanel(scores, rocOf, titles, DIAGONAL);
}

export function calibrationPanel(scores: readonly ClassScores[]): Panel {
  const titles = { title: 'Calibration', x: 'predicted probability', y: 'fraction of positives', area: 'Brier' };
  return curvesPanel(scores, calibrationOf, titles, DIAGONAL, true);
}

export function gainsPanel(scores: readonly ClassScores[]): Panel {
  const titles = {
    title: 'Gains',
    x: 'fraction of the samples, highest scores first',
    y: 'fraction of positives found',
    area: 'area',
  };
  return curvesPanel(scores, gainsOf, titles, DIAGONAL);
}

const DIAGONAL: Curve['points'] = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];

export function prPanel(scores: readonly ClassScores[]): Panel {
  return curvesPanel(scores, prOf, { title: 'Precision and recall', x: 'recall', y: 'precision', area: 'AP' }, []);
}

/** Letters of a label that have room in a legend. */
const LETTERS = 36;

function shortened(label: string): string {
  return label.length > LETTERS ? `${label.slice(0, LETTERS - 1)}…` : label;
}

function curvesPanel(
  scores: readonly ClassScores[],
  curveOf: (scores: ClassScores) => Curve,
  titles: { readonly title: string; readonly x: string; readonly y: string; readonly area: string },
  chance: Curve['points'],
  hasPoints = false,
): Panel {
  const found = scores.map((own) => ({ label: own.label, ...curveOf(own) }));
  // Rates of nothing are no numbers.
  const curves = found
    .filter(({ area }) => Number.isFinite(area))
    .map(({ label, points, area }) => ({ series: `${shortened(label)} (${titles.area} ${area.toFixed(3)})`, points }));
  if (curves.length === 0) {
    throw invalidArgument('yTrue', 'samples that are of a class and samples that are not', 'one kind alone');
  }
  const axis = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: [0, 1] },
    axis: { tickCount: 5, format: '.1f' },
  });
  const series = curves.map((curve) => curve.series);
  return {
    title: titles.title,
    width: 320,
    height: 320,
    layer: [
      {
        data: { values: chance },
        mark: { type: 'line', color: COLOURS.grey, strokeDash: [4, 4], strokeWidth: 1.5 },
        encoding: { x: axis('x', titles.x), y: axis('y', titles.y) },
      },
      {
        data: {
          values: curves.flatMap(({ series, points }) => points.map((point, order) => ({ ...point, order, series }))),
        },
        mark: { type: 'line', strokeWidth: 2.5, point: hasPoints && { size: 40 } },
        encoding: {
          x: axis('x', titles.x),
          y: axis('y', titles.y),
          order: { field: 'order' },
          ...seriesEncoding(series, { points: hasPoints, legend: { columns: 1, labelLimit: 400 } }),
        },
      },
    ],
  };
}
