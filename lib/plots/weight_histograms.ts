import { invalidArgument } from '../errors';
import { runJob } from '../files/pool';
import type { Layer } from '../layers';
import type { Variable } from '../layers/variable';
import { breathe, isSpent } from '../models/run/jobs';
import { allLayers } from '../nesting';
import { type Bins, binned, histogramPanel } from '../pictures/histogram';
import { type Panel, panels } from '../pictures/panel';
import { ownValues } from './own_copies';
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
  const list = await histogramPanels(model);
  return render(panels(list, list.length === 4 ? 2 : 3), options);
}

export async function histogramPanels(model: WithLayers): Promise<Panel[]> {
  const layers: readonly Layer[] = Array.isArray(model?.layers) ? model.layers : [];
  const list: Panel[] = [];
  for (const { name, variables } of layers) {
    for (const variable of variables) {
      const title = `${name} / ${variable.name}`;
      list.push(histogramPanel(title, `[${variable.shape.join(', ')}]`, await binsOf(variable)));
    }
  }
  if (list.length === 0) throw invalidArgument('model', 'a built model with weights', model);
  return list;
}

/** Weights that a thread counts; fewer are counted here before it has them. */
const FOR_THREAD = 2 ** 14;

async function binsOf(variable: Variable): Promise<Bins> {
  if (isSpent()) await breathe();
  const values = await ownValues(variable);
  if (values.length < FOR_THREAD) return binned(values);
  return runJob('countBins', values, { subject: null, moved: [values.buffer as ArrayBuffer] });
}

/** How many numbers the weights of all layers have. */
export function weightsIn({ layers }: WithLayers): number {
  const variables = allLayers(layers).flatMap(({ ownVariables }) => ownVariables);
  return variables.reduce((sum, { size }) => sum + size, 0);
}
