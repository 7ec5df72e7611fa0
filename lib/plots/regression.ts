import { elementAt } from '../check';
import { shapeMismatch } from '../errors';
import { sizeOf, type TensorLike, toFloats } from '../tensor';
import { checkLabels } from './classification';
import { COLOURS, PALETTE, seriesEncoding } from './colours';
import { ZERO } from './curve_panel';
import { checkPlotOptions, type Panel, type Picture, type PlotOptions, panels, render, titled } from './render';
import { histogramPanel } from './weight_histograms';

/** What pictures of regressions take. */
export interface RegressionPlotOptions extends PlotOptions {
  /** The names of the outputs. Default: their indices */
  readonly labels?: readonly string[] | undefined;
}

/** More points than these hide each other. */
const MOST_POINTS = 1000;

interface Pair {
  readonly series: string;
  readonly truth: number;
  readonly predicted: number;
  readonly residual: number;
}

interface Pairs {
  readonly all: readonly Pair[];
  readonly series: readonly string[];
  /** What is not among them. */
  readonly notes: readonly string[];
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
  return render(panels(residualPanels(pairsOf(yTrue, yPred, checkLabels(options.labels)))), options);
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
  return render(panels([predictedPanel(pairsOf(yTrue, yPred, checkLabels(options.labels)))]), options);
}

export function pairsOf(yTrue: TensorLike, yPred: TensorLike, labels: readonly string[] | null): Pairs {
  const [truth, predicted] = [toFloats(yTrue, 'float64', 'yTrue'), toFloats(yPred, 'float64', 'yPred')];
  const [rows = 0, ...rest] = truth.shape;
  const outputs = sizeOf(rest);
  const isAlike = predicted.shape[0] === rows && sizeOf(predicted.shape) === rows * outputs;
  if (!isAlike || truth.data.length === 0) {
    throw shapeMismatch('yPred', `a prediction for each target, [${truth.shape.join(', ')}],`, predicted.shape);
  }
  const drawn = Math.min(outputs, PALETTE.length);
  const series = Array.from({ length: drawn }, (_, i) => labels?.[i] ?? (outputs === 1 ? 'model' : `output ${i}`));
  const pairs = Array.from(truth.data, (value, i): Pair => {
    const guess = elementAt(predicted.data, i);
    return { series: series[i % outputs] ?? '', truth: value, predicted: guess, residual: value - guess };
  }).filter(({ series: own }) => own !== '');
  const all = pairs.filter(({ residual }) => Number.isFinite(residual));
  const notes = [
    ...(outputs > drawn ? [`${drawn} of ${outputs} outputs`] : []),
    ...(all.length < pairs.length ? [`${pairs.length - all.length} are not finite`] : []),
  ];
  return { all, series, notes };
}

/** As many points as can be seen, from all over the data. */
function thinned({ all, notes }: Pairs): { readonly values: readonly Pair[]; readonly notes: readonly string[] } {
  if (all.length <= MOST_POINTS) return { values: all, notes };
  const values = Array.from({ length: MOST_POINTS }, (_, i) =>
    elementAt(all, Math.floor((i * all.length) / MOST_POINTS)),
  );
  return { values, notes: [...notes, `${MOST_POINTS} of ${all.length} points`] };
}

export function residualPanels(pairs: Pairs): Panel[] {
  const { values, notes } = thinned(pairs);
  const [x, y] = [axis('predicted', 'prediction'), axis('residual', 'target − prediction')];
  const errors = Float64Array.from(pairs.all, ({ residual }) => residual);
  return [
    titled('Residuals', notes.join(', '), {
      width: 340,
      height: 260,
      data: { values },
      layer: [ZERO, points(pairs.series, x, y)],
    }),
    histogramPanel('Distribution of residuals', '', errors, { width: 340, height: 260 }, 'target − prediction'),
  ];
}

export function predictedPanel(pairs: Pairs): Panel {
  const { values, notes } = thinned(pairs);
  const ends = values.flatMap(({ truth, predicted }) => [truth, predicted]);
  const [least, most] = [
    ends.reduce((a, b) => Math.min(a, b), Infinity),
    ends.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const diagonal = {
    data: { values: [least, most].map((at) => ({ truth: at, predicted: at })) },
    mark: { type: 'line', color: COLOURS.grey, strokeDash: [4, 4], strokeWidth: 1.5 },
  };
  const [x, y] = [axis('truth', 'target'), axis('predicted', 'prediction')];
  return titled('Predicted over true', [...qualityOf(pairs), ...notes].join(', '), {
    width: 300,
    height: 300,
    data: { values },
    layer: [{ ...diagonal, encoding: { x, y } }, points(pairs.series, x, y)],
  });
}

function axis(field: string, title: string): Panel {
  const settings = { format: ',.6~g', tickCount: 5 };
  return { field, type: 'quantitative', title, axis: settings, scale: { zero: false, nice: true } };
}

function points(series: readonly string[], x: Panel, y: Panel): Panel {
  const legend = series.length === 1 ? null : { columns: 2 };
  const own = seriesEncoding(series, { lines: false, points: true, legend });
  return { mark: { type: 'point', size: 28, strokeWidth: 1.2, opacity: 0.7 }, encoding: { x, y, ...own } };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** R², of several outputs the mean of theirs, as in the metric `r2_score`; and the mean absolute error. */
function qualityOf({ all, series }: Pairs): string[] {
  if (all.length === 0) return [];
  const r2 = mean(series.map((name) => determination(all.filter((pair) => pair.series === name))));
  const off = mean(all.map(({ residual }) => Math.abs(residual)));
  const error = `mean absolute error ${Number(off.toPrecision(3))}`;
  return Number.isFinite(r2) ? [`${series.length > 1 ? 'mean ' : ''}R² ${r2.toFixed(3)}`, error] : [error];
}

/** R²; not finite where all targets are the same. */
function determination(pairs: readonly Pair[]): number {
  const center = mean(pairs.map(({ truth }) => truth));
  const spread = mean(pairs.map(({ truth }) => (truth - center) ** 2));
  return 1 - mean(pairs.map(({ residual }) => residual ** 2)) / spread;
}
