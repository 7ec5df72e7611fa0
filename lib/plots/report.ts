import type { CallbackModel, CallbackParams } from '../callbacks';
import { directionOf } from '../callbacks/monitor';
import { checkString } from '../check';
import { invalidArgument } from '../errors';
import type { TensorLike } from '../tensor';
import { checkLabels, matrixPanel, prPanel, rocPanel } from './classification';
import { PAGE_STYLE } from './page_style';
import { checkPlotOptions, type Panel, panels, render } from './render';
import { scoresByClass, toClasses } from './scores';
import { type CurvesSource, checkHistory, curvePanels } from './training_curves';
import { histogramPanels, type WithLayers } from './weight_histograms';

export interface ReportOptions {
  /** Default: the name of the model */
  readonly title?: string | undefined;
  /** Targets and predictions of a classification, for its confusion matrix, ROC and precision. Default: none */
  readonly yTrue?: TensorLike | undefined;
  readonly yPred?: TensorLike | undefined;
  /** The names of the classes. */
  readonly labels?: readonly string[] | undefined;
}

/** What a report tells of a model. */
export interface ReportedModel extends WithLayers, Pick<CallbackModel, 'compiledMetrics'> {
  readonly name: string;
  summary(options: { readonly print: (line: string) => void }): string;
}

/** A `History`. */
export interface ReportedRun extends CurvesSource {
  readonly params?: CallbackParams | null;
}

/**
 * Tells of a run in one page that needs nothing else: curves, last and best values, the layers, their weights and, with
 * predictions, how well they hit.
 *
 * Returns the text of an HTML file. Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for what is no
 * history or no model, `ERR_UNSUPPORTED` where a package is missing.
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
  checkPlotOptions(options, ['title', 'yTrue', 'yPred', 'labels'], 'report');
  if (typeof model?.summary !== 'function') throw invalidArgument('model', 'a model', model);
  const title = checkString(options.title ?? model.name, 'title');
  const epochs = Object.values(history?.history ?? {})[0]?.length ?? 0;
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    `<p>${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}${stepsText(history?.params)}</p>`,
    section('Training', await row(curvePanels(checkHistory(history)))),
    section('Values', valuesTable(history, model)),
    await classificationSection(options),
    section('Layers', `<pre>${escaped(model.summary({ print: () => {} }))}</pre>`),
    section('Weights', await row(histogramPanels(model))),
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

function stepsText(params: CallbackParams | null | undefined): string {
  return typeof params?.steps === 'number' ? ` of ${params.steps} ${params.steps === 1 ? 'step' : 'steps'}` : '';
}

function section(title: string, body: string): string {
  return `<h2>${title}</h2>\n${body}`;
}

async function classificationSection({ yTrue, yPred, labels: given }: ReportOptions): Promise<string> {
  if (yTrue === undefined && yPred === undefined) return '';
  if (yTrue === undefined) throw invalidArgument('yTrue', 'targets along with the predictions', yTrue);
  if (yPred === undefined) throw invalidArgument('yPred', 'predictions along with the targets', yPred);
  const labels = checkLabels(given);
  const scores = scoresByClass(yTrue, yPred, labels);
  const matrix = matrixPanel(toClasses(yTrue, 'yTrue'), toClasses(yPred, 'yPred'), labels, false);
  return section('Classification', await row([matrix, rocPanel(scores), prPanel(scores)]));
}

/** Panels that stand side by side where there is room. */
async function row(list: readonly Panel[]): Promise<string> {
  const pictures: string[] = [];
  for (const panel of list) pictures.push(await render(panels([panel]), {}));
  return `<div class="row">${pictures.join('\n')}</div>`;
}

function valuesTable({ history, epoch }: ReportedRun, model: ReportedModel): string {
  const rows = Object.entries(history).flatMap(([name, found]) => {
    const values = found.filter((value) => typeof value === 'number');
    if (values.length === 0) return [];
    const direction = directionOf(name, model);
    const finite = values.filter(Number.isFinite);
    const best = finite.reduce((a, b) => (b < a === (direction === 'down') ? b : a), finite[0] ?? Number.NaN);
    const at = direction === null ? -1 : values.indexOf(best);
    const ofBest = at === -1 ? ['–', '–'] : [shown(best), String((epoch?.[at] ?? at) + 1)];
    const cells = [shown(values.at(-1)), ...ofBest];
    return [`<tr><td>${escaped(name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`];
  });
  return `<table><tr><th></th><th>last</th><th>best</th><th>in epoch</th></tr>${rows.join('')}</table>`;
}

function shown(value: number | undefined): string {
  return value === undefined ? '–' : String(Number(value.toPrecision(5)));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
