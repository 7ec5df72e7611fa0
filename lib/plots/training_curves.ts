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
  wordsOf,
} from './render';

/** What is drawn of a run: a `History`, or any record of the same form. */
export interface CurvesSource {
  /** Metrics of several values have a list for each epoch. */
  readonly history: Readonly<Record<string, readonly unknown[]>>;
  readonly epoch?: readonly number[];
}

type Series = 'training' | 'validation';

interface Point {
  readonly epoch: number;
  readonly value: number;
  readonly series: Series;
  /** Of a metric of several values, which have a line each. */
  readonly part: number;
}

const TITLES: Readonly<Record<string, string>> = { acc: 'Accuracy' };
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
  return render(panels(curvePanels(checkHistory(source))), options);
}

export function checkHistory(source: CurvesSource): CurvesSource {
  const history = source?.history;
  if (typeof history === 'object' && history !== null && Object.keys(history).length > 0) return source;
  throw invalidArgument('history', 'the History of a run of at least one epoch', source);
}

export function curvePanels(source: CurvesSource): Panel[] {
  const names = Object.keys(source.history).filter(
    (name) => (!name.startsWith('val_') || !(name.slice(4) in source.history)) && points(name, source).length > 0,
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
    (history[key] ?? []).flatMap((found, i) =>
      [found]
        .flat()
        .flatMap((value, part) =>
          typeof value === 'number' ? [{ epoch: (epoch?.[i] ?? i) + 1, value, series: label, part }] : [],
        ),
    );
  return [...series(name, 'training'), ...series(`val_${name}`, 'validation')];
}

function panel(name: string, values: readonly Point[], series: readonly Series[]): Panel {
  const epochCount = new Set(values.map(({ epoch }) => epoch)).size;
  const tickCount = Math.min(10, epochCount);
  const epochs = { tickMinStep: 1, tickCount, format: 'd', title: 'epoch' };
  const colours = { domain: series, range: series.map((label) => SERIES[label]) };
  return titled(TITLES[name] ?? wordsOf(name), '', {
    width: 340,
    height: 240,
    data: { values },
    // Points would hide the line of a long run.
    mark: { type: 'line', strokeWidth: 2.5, point: epochCount <= 40 && { size: 36 } },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', axis: epochs, scale: { zero: false, nice: false } },
      y: { field: 'value', type: 'quantitative', axis: { title: null, format: '.6~g' }, scale: rangeOf(values) },
      detail: { field: 'part' },
      color: { field: 'series', type: 'nominal', scale: colours },
    },
  });
}

/** A value that stays the same stands in the middle. */
function rangeOf(values: readonly Point[]): Panel {
  const [first] = values;
  if (first === undefined || values.some(({ value }) => value !== first.value)) return { zero: false };
  const room = Math.abs(first.value) / 2 || 1;
  return { domain: [first.value - room, first.value + room] };
}
