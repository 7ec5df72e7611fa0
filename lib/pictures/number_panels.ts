import { elementAt } from '../check';
import { invalidUse, shapeMismatch } from '../errors';
import { sizeOf, type TensorLike, toFloats } from '../tensor';
import { COLOURS, PALETTE, seriesEncoding } from './colours';
import { endsOf, ZERO } from './curve_panel';
import { binned, histogramPanel } from './histogram';
import { seriesNames } from './names';
import { type Panel, titled } from './panel';

/** More points than these hide each other. */
const MOST_POINTS = 1000;

interface Pairs {
  /** Number for number, output by output within each sample. */
  readonly truth: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  readonly outputs: number;
  /** The places of those that are drawn: finite, of an output that has a colour. */
  readonly places: ArrayLike<number>;
  readonly series: readonly string[];
  /** What is not among them. */
  readonly notes: readonly string[];
}

/** Letters of an output that have room in a legend of two columns. */
const LETTERS = 24;

export function pairsOf(yTrue: TensorLike, yPred: TensorLike, labels: readonly string[] | null): Pairs {
  const [truth, predicted] = [toFloats(yTrue, 'float64', 'yTrue'), toFloats(yPred, 'float64', 'yPred')];
  const [rows = 0, ...rest] = truth.shape;
  const outputs = sizeOf(rest);
  const isAlike = predicted.shape[0] === rows && sizeOf(predicted.shape) === rows * outputs;
  if (!isAlike || rows * outputs === 0) {
    throw shapeMismatch('yPred', `a prediction for each target, [${truth.shape.join(', ')}],`, predicted.shape);
  }
  const drawn = Math.min(outputs, PALETTE.length);
  const names = Array.from({ length: drawn }, (_, i) => labels?.[i] ?? (outputs === 1 ? 'model' : `output ${i}`));
  const places = new Float64Array(rows * drawn);
  let count = 0;
  for (let place = 0; place < truth.data.length; place++) {
    if (place % outputs >= drawn) continue;
    if (Number.isFinite(elementAt(truth.data, place) - elementAt(predicted.data, place))) places[count++] = place;
  }
  if (count === 0) {
    throw invalidUse(
      'Expected some finite predictions of finite targets for `yPred`, received none. A model that predicts NaN has diverged: lower the learning rate.',
    );
  }
  const notes = [
    ...(outputs > drawn ? [`${drawn} of ${outputs} outputs`] : []),
    ...(count < places.length ? [`${places.length - count} of ${places.length} are not finite`] : []),
  ];
  return {
    truth: truth.data,
    predicted: predicted.data,
    outputs,
    places: places.subarray(0, count),
    series: seriesNames(names, LETTERS),
    notes,
  };
}

function residualAt({ truth, predicted }: Pairs, place: number): number {
  return elementAt(truth, place) - elementAt(predicted, place);
}

/** As many points as can be seen, from all over the data. */
function thinned(pairs: Pairs) {
  const { truth, predicted, outputs, places, series, notes } = pairs;
  const most = Math.min(MOST_POINTS, places.length);
  const values = Array.from({ length: most }, (_, i) => {
    const place = elementAt(places, Math.floor((i * places.length) / most));
    return {
      series: elementAt(series, place % outputs),
      truth: elementAt(truth, place),
      predicted: elementAt(predicted, place),
      residual: residualAt(pairs, place),
    };
  });
  return { values, notes: most < places.length ? [...notes, `${most} of ${places.length} points`] : notes };
}

export function residualPanels(pairs: Pairs): Panel[] {
  const { values, notes } = thinned(pairs);
  const [x, y] = [axis('predicted', 'prediction'), axis('residual', 'target − prediction')];
  const errors = Float64Array.from(pairs.places, (place) => residualAt(pairs, place));
  return [
    titled('Residuals', notes.join(', '), {
      width: 340,
      height: 260,
      data: { values },
      layer: [ZERO, points(pairs.series, x, y)],
    }),
    histogramPanel('Distribution of residuals', '', binned(errors), { width: 340, height: 260 }, 'target − prediction'),
  ];
}

export function predictedPanel(pairs: Pairs): Panel {
  const { values, notes } = thinned(pairs);
  const [least, most] = endsOf(values.flatMap(({ truth, predicted }) => [truth, predicted]));
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

/** R², of several outputs the mean of theirs, as in the metric `r2_score`; and the mean absolute error. */
function qualityOf(pairs: Pairs): string[] {
  const { truth, outputs, places, series } = pairs;
  const sums = series.map(() => ({ count: 0, truth: 0, spread: 0, squares: 0 }));
  let off = 0;
  for (let i = 0; i < places.length; i++) {
    const place = elementAt(places, i);
    const [sum, residual] = [elementAt(sums, place % outputs), residualAt(pairs, place)];
    sum.count++;
    sum.truth += elementAt(truth, place);
    sum.squares += residual ** 2;
    off += Math.abs(residual);
  }
  for (let i = 0; i < places.length; i++) {
    const place = elementAt(places, i);
    const sum = elementAt(sums, place % outputs);
    sum.spread += (elementAt(truth, place) - sum.truth / sum.count) ** 2;
  }
  // Not finite where all targets are the same.
  const r2 = sums.reduce((total, { squares, spread }) => total + 1 - squares / spread, 0) / series.length;
  const error = `MAE ${Number((off / places.length).toPrecision(3))}`;
  return Number.isFinite(r2) ? [`${series.length > 1 ? 'mean ' : ''}R² ${r2.toFixed(3)}`, error] : [error];
}
