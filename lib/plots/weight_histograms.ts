import { invalidArgument } from '../errors';
import type { Layer } from '../layers';
import { allLayers } from '../nesting';
import { histogramPanel } from '../pictures/histogram';
import { type Panel, panels } from '../pictures/panel';
import { checkPlotOptions, type Picture, type PlotOptions, render } from './render';

/** A model, or anything that has layers. */
export interface WithLayers {
  /** The layers with their weights. */
  readonly layers: readonly Layer[];
}

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

/** How many numbers the weights of all layers have. */
export function weightsIn({ layers }: WithLayers): number {
  const variables = allLayers(layers).flatMap(({ ownVariables }) => ownVariables);
  return variables.reduce((sum, { size }) => sum + size, 0);
}
