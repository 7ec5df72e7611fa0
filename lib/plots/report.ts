import type { CallbackParams } from '../callbacks';
import type { MonitoredMetric } from '../callbacks/callback_model';
import { layerFindings } from '../callbacks/layer_findings';
import type { LayerTable } from '../callbacks/layer_values';
import { directionOf } from '../callbacks/monitor';
import { checkString } from '../check';
import { isByName, isShaped } from '../data/parts';
import { invalidArgument } from '../errors';
import { runJob } from '../files/pool';
import { type Draw, escaped, factsTable, row, section } from '../pictures/html';
import type { Predictions } from '../pictures/jobs';
import type { TensorLike } from '../tensor';
import { checkLabels, checkThreshold } from './classification';
import { layerPanels } from './layer_curves';
import { PAGE_STYLE } from './page_style';
import { checkPlotOptions, moving, predictionsOf, render } from './render';
import { factsOf, type ReportedOptimizer, trainingText } from './report_facts';
import { type CurvesSource, checkHistory, curvePanels } from './training_curves';
import { histogramPanels, type WithLayers, weightsIn } from './weight_histograms';

export interface ReportOptions {
  /** Default: the name of the model */
  readonly title?: string | undefined;
  /** Targets, for pictures of how well predictions agree with them. Default: none */
  readonly yTrue?: TensorLike | undefined;
  /** Predictions of the same rows. Default: none */
  readonly yPred?: TensorLike | undefined;
  /** The names of the classes, or of the outputs of a regression. Default: their numbers */
  readonly labels?: readonly string[] | undefined;
  /** Scores of a binary model that are above it are taken for class 1. Default: 0.5 */
  readonly threshold?: number | undefined;
}

/** What a report tells of a model. */
export interface ReportedModel extends WithLayers {
  /** @internal */
  readonly compiledMetrics?: readonly MonitoredMetric[];
  /** Its name. */
  readonly name: string;
  /** Null before `compile`. */
  readonly optimizer?: ReportedOptimizer | null;
  /** Prints the layers, line by line. */
  summary(options: { readonly print: (line: string) => void }): string;
}

/** A `History`. */
export interface ReportedRun extends CurvesSource {
  /** What `fit` was asked for. */
  readonly params?: CallbackParams | null;
  /** What `LayerStatistics` recorded, where it was among the callbacks. */
  readonly layers?: LayerTable;
  /** When the run began. */
  readonly startedAt?: Date | null;
  /** When it ended. */
  readonly endedAt?: Date | null;
}

/**
 * Tells of a run in one page that needs nothing else: curves, those of the layers where `LayerStatistics` was among the
 * callbacks, last and best values, what ran where and for how long, the
 * layers, their weights and, with predictions, how well they agree with the targets. It is light or dark as the reader's system is.
 *
 * Classes of the targets make a confusion matrix, ROC, precision, calibration and gains; other numbers residuals and
 * predictions over targets. What a picture cannot show is left out, and the page says why. Returns the text of an HTML
 * file. Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for what is not a history or not a model and for one of
 * `yTrue` and `yPred` alone, `ERR_UNSUPPORTED` where a package is missing.
 *
 * @example
 * ```ts
 * import { report } from 'gemsbok/plots';
 *
 * const history = await model.fit(x, y, { epochs: 3, validationSplit: 0.2, verbose: 0 });
 * await writeFile('report.html', await report(history, model, { yTrue: y, yPred: await model.predict(x) }));
 * ```
 */
export async function report(history: ReportedRun, model: ReportedModel, options: ReportOptions = {}): Promise<string> {
  checkPlotOptions(options, ['title', 'yTrue', 'yPred', 'labels', 'threshold'], 'report');
  if (typeof model?.summary !== 'function') {
    throw invalidArgument('model', 'a model', model, 'The history comes before it: report(history, model).');
  }
  if (typeof history?.history !== 'object') throw invalidArgument('history', 'the History of a run', history);
  const title = checkString(options.title ?? model.name, 'title');
  // Before all that takes time: callers may use their arrays meanwhile.
  const given = await givenPredictions(options);
  const epochs = Object.values(history.history)[0]?.length ?? 0;
  const facts = { params: history.params ?? null, epochs };
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    `<p>${trainingText(facts)}</p>`,
    section('Training', await drawn([{ what: 'Curves', panels: () => curvePanels(checkHistory(history)) }])),
    section('Layers over epochs', await layersOverEpochs(history.layers ?? {})),
    section('Values', epochs === 0 ? '' : valuesTable(history, model)),
    section('Predictions', given === null ? '' : await runJob('predictionsHtml', given, moving(given))),
    section(
      'Run',
      factsTable(
        factsOf({
          ...facts,
          startedAt: history.startedAt ?? null,
          endedAt: history.endedAt ?? null,
          optimizer: model.optimizer ?? null,
          layers: model.layers.length,
          weights: weightsIn(model),
        }),
      ),
    ),
    section('Layers', `<pre>${escaped(model.summary({ print: () => {} }))}</pre>`),
    section('Weights', await drawn([{ what: 'Histograms', panels: () => histogramPanels(model) }])),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}
</style>
${parts.filter((part) => part !== '').join('\n')}
</html>
`;
}

function drawn(draws: readonly Draw[]): Promise<string> {
  return row(draws, (spec) => render(spec, {}));
}

/** The curves of layers, and what is wrong with any, in words. */
async function layersOverEpochs(layers: LayerTable): Promise<string> {
  if (Object.keys(layers).length === 0) return '';
  const words = layerFindings(layers).map(({ text }) => `<p>${escaped(text)}</p>`);
  return [...words, await drawn([{ what: 'Layers', panels: () => layerPanels({ layers }) }])].join('\n');
}

/** Null without any. */
function givenPredictions({ yTrue, yPred, labels, threshold }: ReportOptions): Promise<Predictions> | null {
  if (yTrue === undefined && yPred === undefined) return null;
  if (yTrue === undefined) throw invalidArgument('yTrue', 'targets along with the predictions', yTrue);
  if (yPred === undefined) throw invalidArgument('yPred', 'predictions along with the targets', yPred);
  const isSeveral = isByName(yTrue) || (Array.isArray(yPred) && isShaped(yPred[0]));
  const each = 'Report each output by itself: { yTrue: y.price, yPred: predictions[0] }.';
  if (isSeveral) throw invalidArgument('yTrue', 'the targets of one output', yTrue, each);
  const own = { labels: checkLabels(labels), threshold: checkThreshold(threshold) };
  return predictionsOf(yTrue, yPred, own);
}

function valuesTable({ history, epoch }: ReportedRun, model: ReportedModel): string {
  const rows = Object.entries(history).flatMap(([name, found]) => {
    const values = [...found].filter((value) => typeof value === 'number');
    if (values.length === 0) return [];
    const direction = directionOf(name, model);
    const at = direction === null ? -1 : placeOfBest(values, direction);
    const ofBest = at === -1 ? ['–', '–'] : [shown(values[at]), String((epoch?.[at] ?? at) + 1)];
    const cells = [shown(values.at(-1)), ...ofBest];
    return [`<tr><td>${escaped(name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`];
  });
  return `<table><tr><th></th><th>last</th><th>best</th><th>in epoch</th></tr>${rows.join('')}</table>`;
}

/** The place of the first of the best values; -1 where none is finite. */
function placeOfBest(values: readonly number[], direction: 'up' | 'down'): number {
  let best = values.findIndex(Number.isFinite);
  for (let i = best + 1; i < values.length; i++) {
    const [value, least] = [values[i] as number, values[best] as number];
    if (Number.isFinite(value) && (direction === 'down' ? value < least : value > least)) best = i;
  }
  return best;
}

function shown(value: number | undefined): string {
  return value === undefined ? '–' : String(Number(value.toPrecision(5)));
}
