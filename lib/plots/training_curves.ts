import { invalidArgument } from '../errors';
import { seriesEncoding } from '../pictures/colours';
import { type Panel, panels, titled, wordsOf } from '../pictures/panel';
import { thinned } from '../pictures/thinned';
import { getValue } from '../records';
import { checkPlotOptions, type Picture, type PlotOptions, render } from './render';

/** What is drawn of a run: a `History`, or any record of the same form. */
export interface CurvesSource {
  /** Metrics of several values have a list for each epoch. */
  readonly history: Readonly<Record<string, readonly unknown[]>>;
  /** The epochs, from 0. */
  readonly epoch?: readonly number[];
}

type Series = 'training' | 'validation';

/** A value after an epoch, which counts from 1. */
export interface EpochPoint<S extends string = string> {
  readonly epoch: number;
  readonly value: number;
  readonly series: S;
  /** The index of a value of a metric that has several; each has its own line. */
  readonly part: number;
}

type Point = EpochPoint<Series>;

const ACRONYM = /^(mse|mae|mape|msle|bce|kld|auc|iou)$/;
/** Names beside each other that have room below a panel. */
const LEGEND_COLUMNS = 3;
/** Positive values that differ by more than this are drawn on a logarithmic scale. */
const WIDE = 100;

/**
 * Draws the curves of a run: a panel for the loss and one for each metric, training and validation together.
 *
 * Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for what is not a history, `ERR_UNSUPPORTED` where a
 * package is missing.
 *
 * @example
 * ```ts
 * import { trainingCurves } from 'gemsbok/plots';
 *
 * const history = await model.fit(x, y, { epochs: 10, validationSplit: 0.2, verbose: 0 });
 * await writeFile('curves.svg', await trainingCurves(history));
 * ```
 */
export async function trainingCurves<O extends PlotOptions = { format: 'svg' }>(
  source: CurvesSource,
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, [], 'trainingCurves');
  return render(panels(curvePanels(checkHistory(source))), options);
}

export function checkHistory(source: CurvesSource): CurvesSource {
  const history = source?.history;
  if (typeof history === 'object' && history !== null && Object.keys(history).length > 0) return source;
  throw invalidArgument('history', 'the History of a run of at least one epoch', source);
}

export function curvePanels(source: CurvesSource): Panel[] {
  const names = Object.keys(source.history).filter(
    (name) =>
      (!name.startsWith('val_') || !Object.hasOwn(source.history, name.slice(4))) && points(name, source).length > 0,
  );
  // The loss first, whatever the order of the record.
  names.sort((a, b) => Number(b === 'loss') - Number(a === 'loss'));
  // The same for all panels, which share a legend.
  const isValidated = names.some((name) => Object.hasOwn(source.history, `val_${name}`));
  const series: Series[] = isValidated ? ['training', 'validation'] : ['training'];
  return names.map((name) => epochsPanel(titleOf(name), points(name, source), series));
}

function points(name: string, { history, epoch }: CurvesSource): Point[] {
  const series = (key: string, label: Point['series']): Point[] => {
    const values = getValue(history, key) ?? [];
    return thinned(values).flatMap((i) =>
      [values[i]]
        .flat()
        .flatMap((value, part) =>
          typeof value === 'number' ? [{ epoch: (epoch?.[i] ?? i) + 1, value, series: label, part }] : [],
        ),
    );
  };
  return [...series(name, 'training'), ...series(`val_${name}`, 'validation')];
}

/** Lines over epochs. `axis`: what is known of that of the values. */
export function epochsPanel(
  name: string,
  values: readonly EpochPoint[],
  series: readonly string[],
  axis: Panel = {},
): Panel {
  const epochCount = new Set(values.map(({ epoch }) => epoch)).size;
  const tickCount = Math.min(10, epochCount);
  const epochs = { tickMinStep: 1, tickCount, format: 'd', title: 'epoch' };
  const { title, ...y } = axisOf(values);
  return titled(`${name}${title}`, lostText(values), {
    width: 340,
    height: 240,
    // Lines break where there is nothing.
    data: { values: values.map((point) => (Number.isFinite(point.value) ? point : { ...point, value: null })) },
    // Points would hide the line of a long run.
    mark: { type: 'line', strokeWidth: 2.5, point: epochCount <= 40 && { size: 36 } },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', axis: epochs, scale: { zero: false, nice: false } },
      y: { field: 'value', type: 'quantitative', ...y, ...axis },
      detail: { field: 'part' },
      ...seriesEncoding(series, { points: epochCount <= 40, legend: { columns: LEGEND_COLUMNS } }),
    },
  });
}

/** What a line cannot show. */
function lostText(points: readonly EpochPoint[]): string {
  const epochs = points.filter(({ value }) => !Number.isFinite(value)).map(({ epoch }) => epoch);
  if (epochs.length === 0) return '';
  const first = epochs.reduce((a, b) => Math.min(a, b));
  const last = epochs.reduce((a, b) => Math.max(a, b));
  return `not finite in ${first === last ? `epoch ${first}` : `epochs between ${first} and ${last}`}`;
}

function titleOf(name: string): string {
  if (name === 'acc') return 'Accuracy';
  return ACRONYM.test(name) ? name.toUpperCase() : wordsOf(name);
}

/** The axis of values: a value that stays the same stands in the middle, powers of ten divide a wide range. */
function axisOf(points: readonly EpochPoint[]): { readonly title: string } & Panel {
  const values = points.map(({ value }) => value).filter(Number.isFinite);
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const axis = { title: null, format: '.6~g' };
  if (values.length === 0) return { title: '', axis: { ...axis, labels: false }, scale: { domain: [0, 1] } };
  if (least > 0 && most > WIDE * least) {
    const [first, last] = [Math.ceil(Math.log10(least)), Math.floor(Math.log10(most))];
    const powers = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
    return { title: ' (log scale)', axis: { ...axis, values: powers }, scale: { type: 'log', nice: false } };
  }
  if (values.some((value) => value !== least)) return { title: '', axis, scale: { zero: false } };
  const room = Math.abs(least) / 2 || 1;
  return { title: '', axis, scale: { domain: [least - room, least + room] } };
}
