import { checkNumber, checkOneOf, checkOptions, type OptionsObject } from '../check';
import { invalidArgument } from '../errors';
import { type JobOptions, runJob } from '../files/pool';
import type { Format } from '../pictures/draw';
import type { PredictionPicture, Predictions } from '../pictures/jobs';
import type { PlotSpec } from '../pictures/panel';
import type { TensorLike } from '../tensor';
import { ownArray } from './own_copies';

/** What all pictures take. */
export interface PlotOptions {
  /** Default: 'svg' */
  readonly format?: 'svg' | 'png' | undefined;
  /** Pixels of a PNG for each unit of the drawing. Default: 2 */
  readonly scale?: number | undefined;
}

/** A plot: the text of an SVG, or the bytes of a PNG. */
export type Picture<O extends PlotOptions> = O extends { readonly format: 'png' } ? Uint8Array : string;

export const PLOT_OPTIONS = ['format', 'scale'] as const;

export function checkPlotOptions(options: unknown, known: readonly string[], owner: string): OptionsObject {
  if (typeof options === 'string') {
    throw invalidArgument(
      'options',
      `one object with the options of ${owner}`,
      options,
      'Write what it returns: await writeFile(path, await ...).',
    );
  }
  const checked = checkOptions(options, [...known, ...PLOT_OPTIONS], owner);
  checkOneOf(checked.format ?? 'svg', 'format', ['svg', 'png']);
  checkNumber(checked.scale ?? 2, 'scale', { min: 0.1, max: 20 });
  return checked;
}

function formatOf({ format, scale }: PlotOptions): Format {
  return { format: format ?? 'svg', scale: scale ?? 2 };
}

/** Draws in a thread of the pool. */
export async function render<O extends PlotOptions>(spec: PlotSpec, options: O): Promise<Picture<O>> {
  return (await runJob('drawSpec', { spec, format: formatOf(options) }, { subject: null })) as Picture<O>;
}

/** What pictures of predictions are drawn of, apart from targets and predictions. */
export type PredictionOptions = Omit<Predictions, 'yTrue' | 'yPred'>;

export async function predictionsOf(
  yTrue: TensorLike,
  yPred: TensorLike,
  options: PredictionOptions,
): Promise<Predictions> {
  // Both begin before anything waits.
  const [truth, predicted] = await Promise.all([ownArray(yTrue, 'yTrue'), ownArray(yPred, 'yPred')]);
  return { ...options, yTrue: truth, yPred: predicted };
}

/** How a thread gets what {@link predictionsOf} made. */
export function moving({ yTrue, yPred }: Predictions): JobOptions {
  return { subject: null, moved: [yTrue.data.buffer as ArrayBuffer, yPred.data.buffer as ArrayBuffer] };
}

/** Draws in a thread of the pool how well predictions agree with targets. */
export async function renderPredictions<O extends PlotOptions>(
  picture: PredictionPicture,
  predictions: Promise<Predictions>,
  options: O,
): Promise<Picture<O>> {
  const given = await predictions;
  const drawn = await runJob('drawPredictions', { ...given, picture, format: formatOf(options) }, moving(given));
  return drawn as Picture<O>;
}
