import type { LayerSeries, LayerTable } from '../callbacks';
import { invalidArgument } from '../errors';
import { seriesNames } from '../pictures/names';
import { type Panel, panels } from '../pictures/panel';
import { thinned } from '../pictures/thinned';
import { checkPlotOptions, type Picture, type PlotOptions, render } from './render';
import { type EpochPoint, epochsPanel } from './training_curves';

/** A `History` of a run with `LayerStatistics`, or that callback itself. */
export interface LayersSource {
  /** What was recorded, by the names of the layers. */
  readonly layers: LayerTable;
}

/** Letters of a layer that have room in a legend of three columns. */
const LETTERS = 20;

/** What is drawn of each layer: a panel each, where any layer has it. */
const PANELS: Readonly<Record<string, (series: LayerSeries, record: number) => number | undefined>> = {
  // What is 0 has no place on a logarithmic scale.
  'Norm of the gradient': ({ gradientNorm }, i) => gradientNorm?.[i] || undefined,
  'Update relative to the weights': ({ updateRatio }, i) => updateRatio?.[i] || undefined,
  'Spread of the outputs': ({ activationStd }, i) => activationStd?.[i],
  'Dead and saturated units in %': ({ units, deadUnits, saturatedUnits }, i) => {
    const idle = (deadUnits ?? saturatedUnits)?.[i];
    return idle === undefined ? undefined : (100 * idle) / (units?.[i] ?? 1);
  },
};

/**
 * Draws what `LayerStatistics` recorded, a line for each layer: the norms of gradients, how far weights moved, the
 * spread of outputs, and how many units are dead or saturated.
 *
 * Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for a run without `LayerStatistics`, `ERR_UNSUPPORTED`
 * where a package is missing.
 *
 * @example
 * ```ts
 * import { layerCurves } from 'gemsbok/plots';
 *
 * const history = await model.fit(x, y, { epochs: 10, verbose: 0, callbacks: [new LayerStatistics()] });
 * await writeFile('layers.svg', await layerCurves(history));
 * ```
 */
export async function layerCurves<O extends PlotOptions = { format: 'svg' }>(
  source: LayersSource,
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, [], 'layerCurves');
  return render(panels(layerPanels(source)), options);
}

export function layerPanels(source: LayersSource): Panel[] {
  const layers = Object.entries(source?.layers ?? {});
  if (layers.length === 0) {
    throw invalidArgument('history', 'the History of a run with LayerStatistics among its callbacks', source);
  }
  // The same for all panels, so that a layer has one colour.
  const names = seriesNames(
    layers.map(([name]) => name),
    LETTERS,
  );
  return Object.entries(PANELS).flatMap(([title, valueAt]) => {
    const points = layers.flatMap(([, series], i) => pointsOf(names[i] ?? '', series, valueAt));
    return points.length === 0 ? [] : [epochsPanel(title, points, names, title.endsWith('%') ? PERCENT : {})];
  });
}

const PERCENT = { scale: { domain: [0, 100] } };

function pointsOf(layer: string, series: LayerSeries, valueAt: (typeof PANELS)[string]): EpochPoint[] {
  const values = Array.from(series.epoch, (_, i) => valueAt(series, i));
  return thinned(values).flatMap((i) => {
    const value = values[i];
    return value === undefined ? [] : [{ epoch: (series.epoch[i] ?? i) + 1, value, series: layer, part: 0 }];
  });
}
