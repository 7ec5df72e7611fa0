import { elementAt } from '../check';
import { invalidArgument } from '../errors';
import type { Layer } from '../layers';
import type { FloatArray } from '../native';
import { allLayers } from '../nesting';
import { COLOURS } from './colours';
import { checkPlotOptions, type Panel, type Picture, type PlotOptions, panels, render, titled } from './render';

/** A model, or anything that has layers. */
export interface WithLayers {
  /** The layers with their weights. */
  readonly layers: readonly Layer[];
}

const BINS = 40;

/**
 * Draws how the numbers of each weight of a model are spread.
 *
 * Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for a model without weights, `ERR_UNSUPPORTED` where a
 * package is missing.
 *
 * @example
 * ```ts
 * import { weightHistograms } from 'gemsbok/plots';
 *
 * await writeFile('weights.svg', await weightHistograms(model));
 * ```
 */
export async function weightHistograms<O extends PlotOptions = { format: 'svg' }>(
  model: WithLayers,
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, [], 'weightHistograms');
  const list = histogramPanels(model);
  return render(panels(list, list.length === 4 ? 2 : 3), options);
}

export function histogramPanels(model: WithLayers): Panel[] {
  const layers: readonly Layer[] = Array.isArray(model?.layers) ? model.layers : [];
  const list = layers.flatMap(({ name, variables }) =>
    variables.map((variable) =>
      histogramPanel(`${name} / ${variable.name}`, `[${variable.value.shape.join(', ')}]`, variable.value.data),
    ),
  );
  if (list.length === 0) throw invalidArgument('model', 'a built model with weights', model);
  return list;
}

/** How numbers are spread; those that are not finite do not count. */
export function histogramPanel(
  name: string,
  subtitle: string,
  data: FloatArray,
  size: Panel = { width: 220, height: 130 },
  title = 'value',
): Panel {
  const finite = Array.from(data).filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const from = low < high ? low : (finite[0] ?? 0) - 0.5;
  const width = (low < high ? high - low : 1) / BINS;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of finite) {
    const bin = Math.min(BINS - 1, Math.floor((value - from) / width));
    counts[bin] = elementAt(counts, bin) + 1;
  }
  const values = counts.map((count, bin) => ({ start: from + bin * width, end: from + (bin + 1) * width, count }));
  return titled(name, subtitle, {
    ...size,
    data: { values },
    mark: { type: 'bar', color: COLOURS.blue, binSpacing: 0.5 },
    encoding: {
      x: {
        field: 'start',
        type: 'quantitative',
        bin: { binned: true },
        title,
        axis: { tickCount: 5, format: '.4~g' },
      },
      x2: { field: 'end' },
      y: { field: 'count', type: 'quantitative', title: 'count', axis: { tickCount: 4, tickMinStep: 1 } },
    },
  });
}

/** How many numbers the weights of all layers have. */
export function weightsIn({ layers }: WithLayers): number {
  const variables = allLayers(layers).flatMap(({ ownVariables }) => ownVariables);
  return variables.reduce((sum, { size }) => sum + size, 0);
}
