import { invalidArgument } from '../errors';
import {
  COLOURS,
  checkPlotOptions,
  type Panel,
  type Picture,
  type PlotOptions,
  panels,
  render,
  titled,
} from './render';

/** What is drawn of a run: a `History`, or any record of the same form. */
export interface CurvesSource {
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly epoch?: readonly number[];
}

type Series = 'training' | 'validation';

interface Point {
  readonly epoch: number;
  readonly value: number;
  readonly series: Series;
}

const TITLES: Readonly<Record<string, string>> = { loss: 'Loss', acc: 'Accuracy', accuracy: 'Accuracy' };
const SERIES = { training: COLOURS.blue, validation: COLOURS.orange } as const;

/**
 * Draws the curves of a run: a panel for the loss and one for each metric, training beside validation.
 *
 * Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for what is no history, `ERR_UNSUPPORTED` where a
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
  const history = source?.history;
  if (typeof history !== 'object' || history === null || Object.keys(history).length === 0) {
    throw invalidArgument('history', 'the History of a run of at least one epoch', source);
  }
  return render(panels(curvePanels(source)), options);
}

function curvePanels(source: CurvesSource): Panel[] {
  const names = Object.keys(source.history).filter(
    (name) => !name.startsWith('val_') || !(name.slice(4) in source.history),
  );
  // The loss first, whatever the order of the record.
  names.sort((a, b) => Number(b === 'loss') - Number(a === 'loss'));
  // The same for all panels, which share a legend.
  const isValidated = names.some((name) => `val_${name}` in source.history);
  const series: Series[] = isValidated ? ['training', 'validation'] : ['training'];
  return names.map((name) => panel(name, points(name, source), series));
}

function points(name: string, { history, epoch }: CurvesSource): Point[] {
  const series = (key: string, label: Point['series']): Point[] =>
    (history[key] ?? []).map((value, i) => ({ epoch: (epoch?.[i] ?? i) + 1, value, series: label }));
  return [...series(name, 'training'), ...series(`val_${name}`, 'validation')];
}

function panel(name: string, values: readonly Point[], series: readonly Series[]): Panel {
  const tickCount = Math.min(10, values.length);
  const epochs = { tickMinStep: 1, tickCount, format: 'd', title: 'epoch' };
  const colours = { domain: series, range: series.map((label) => SERIES[label]) };
  return titled(TITLES[name] ?? name.replaceAll('_', ' '), '', {
    width: 340,
    height: 240,
    data: { values },
    // Points would hide the line of a long run.
    mark: { type: 'line', strokeWidth: 2.5, point: values.length <= 100 && { size: 36 } },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', axis: epochs, scale: { zero: false } },
      y: { field: 'value', type: 'quantitative', axis: { title: null }, scale: { zero: false } },
      color: { field: 'series', type: 'nominal', scale: colours },
    },
  });
}
