import { GemsbokError, invalidArgument } from '../errors';

// vega-lite is an ES module, whose types CommonJS must ask for so.
type TopLevelSpec = import('vega-lite', { with: { 'resolution-mode': 'import' }}).TopLevelSpec;

/** What is drawn of a run: a `History`, or any record of the same form. */
export interface CurvesSource {
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly epoch?: readonly number[];
}

interface Point {
  readonly epoch: number;
  readonly value: number;
  readonly series: 'training' | 'validation';
}

const TITLES: Readonly<Record<string, string>> = { loss: 'Loss', acc: 'Accuracy', accuracy: 'Accuracy' };
const COLOURS = { training: '#2563eb', validation: '#ea580c' } as const;

/**
 * Draws the curves of a run as an SVG: a panel for the loss and one for each metric, training beside validation.
 *
 * Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for what is no history, `ERR_UNSUPPORTED` where a
 * package is missing.
 *
 * @example
 * ```ts
 * import { trainingCurves } from 'gemsbok/plots';
 *
 * const history = await model.fit(x, y, { epochs: 10, validationSplit: 0.2 });
 * await writeFile('curves.svg', await trainingCurves(history));
 * ```
 */
export async function trainingCurves(source: CurvesSource): Promise<string> {
  const history = source?.history;
  if (typeof history !== 'object' || history === null || Object.keys(history).length === 0) {
    throw invalidArgument('history', 'the History of a run of at least one epoch', source);
  }
  const [vega, vegaLite] = await Promise.all([load(() => import('vega')), load(() => import('vega-lite'))]);
  const { spec } = vegaLite.compile(curvesSpec(source));
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

async function load<Module>(importer: () => Promise<Module>): Promise<Module> {
  try {
    return await importer();
  } catch (cause) {
    const fix = 'Run `npm install vega vega-lite`.';
    throw new GemsbokError('ERR_UNSUPPORTED', `Plots need the packages vega and vega-lite. ${fix}`, { cause });
  }
}

function curvesSpec(source: CurvesSource): TopLevelSpec {
  const names = Object.keys(source.history).filter(
    (name) => !name.startsWith('val_') || !(name.slice(4) in source.history),
  );
  // The loss first, whatever the order of the record.
  names.sort((a, b) => Number(b === 'loss') - Number(a === 'loss'));
  return {
    background: 'white',
    columns: 2,
    spacing: 56,
    bounds: 'flush',
    padding: 20,
    concat: names.map((name) => panel(name, points(name, source))),
    config: {
      font: 'Helvetica, Arial, sans-serif',
      view: { stroke: null },
      title: { fontSize: 15, anchor: 'start', frame: 'group', offset: 16, color: '#111827' },
      axis: {
        gridColor: '#e5e7eb',
        domain: false,
        ticks: false,
        labelColor: '#4b5563',
        titleColor: '#4b5563',
        labelPadding: 6,
        labelFlush: false,
      },
      legend: { orient: 'bottom', direction: 'horizontal', title: null, labelColor: '#374151', symbolStrokeWidth: 2.5 },
    },
  };
}

function points(name: string, { history, epoch }: CurvesSource): Point[] {
  const series = (key: string, label: Point['series']): Point[] =>
    (history[key] ?? []).map((value, i) => ({ epoch: (epoch?.[i] ?? i) + 1, value, series: label }));
  return [...series(name, 'training'), ...series(`val_${name}`, 'validation')];
}

function panel(name: string, values: Point[]) {
  const tickCount = Math.min(10, values.length);
  const epochs = { tickMinStep: 1, tickCount, format: 'd', title: 'epoch' };
  const series = [...new Set(values.map((point) => point.series))];
  const colours = { domain: series, range: series.map((label) => COLOURS[label]) };
  return {
    title: TITLES[name] ?? name.replaceAll('_', ' '),
    width: 340,
    height: 240,
    data: { values },
    mark: { type: 'line', strokeWidth: 2.5, interpolate: 'monotone', point: { size: 36, filled: true } },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', axis: epochs, scale: { zero: false } },
      y: { field: 'value', type: 'quantitative', axis: { title: null }, scale: { zero: false } },
      color: { field: 'series', type: 'nominal', scale: colours },
    },
  } as const;
}
