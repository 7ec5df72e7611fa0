import { checkBoolean, checkFunction, checkNumber, checkOneOf, checkString } from '../check';
import { invalidArgument } from '../errors';
import type { Loss, LossIdentifier } from '../losses';
import { resolveLoss } from '../losses/registry';
import { type CurvePoint, curvePoints, curvesPanel, positions, withMargin } from '../pictures/curve_panel';
import { type Panel, panels, wordsOf } from '../pictures/panel';
import type { TensorLike } from '../tensor';
import { checkPlotOptions, type Picture, type PlotOptions, render } from './render';

const OVER = ['error', 'probability', 'logit', 'prediction'] as const;

/** Options of `lossCurves`. */
export interface LossCurvesOptions extends PlotOptions {
  /** What runs along the axis. Default: as the loss is meant: crossentropies over the probability of the true class */
  readonly over?: (typeof OVER)[number] | undefined;
  /** The target, where the error or the prediction runs. Default: 0; 1 where the prediction runs */
  readonly yTrue?: number | undefined;
  /** Where the axis begins. Default: -3, 0 for probabilities, -6 for logits */
  readonly from?: number | undefined;
  /** Where it ends. Default: 3, 1 for probabilities, 6 for logits */
  readonly to?: number | undefined;
  /** Targets and predictions at a position of the axis, where these axes do not fit. Default: none */
  readonly sample?: Sample | undefined;
  /** What runs along the axis of `sample`. Default: nothing is said */
  readonly axisTitle?: string | undefined;
  /** Whether to draw the gradient by the first number of the prediction, too. Default: true */
  readonly gradient?: boolean | undefined;
}

type Sample = (at: number) => readonly [yTrue: TensorLike, yPred: TensorLike];

interface Axis {
  readonly over: (typeof OVER)[number];
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** One sample: its target and its prediction, of which the first element is the one that runs. */
  readonly sample: Sample;
}

/** A loss clips probabilities at 0, where its gradient would jump. */
const ALMOST_ZERO = 1e-4;
const LEAST_SHOWN = 0.01;
/** The fraction of the most extreme gradients that is cut off where they are this many times as large as the rest. */
const TAIL = 0.1;
const EXTREME = 2.5;

/**
 * Draws losses, and their gradients by the prediction: over the error, or over the probability of the true class.
 *
 * Needs the packages vega and vega-lite. Defaults: regression losses run over the error from -3 to 3, crossentropies
 * over the probability of the true class, or over its logit where they take logits (the others being 0). Errors:
 * `ERR_INVALID_ARG` for what is not a loss, `ERR_UNSUPPORTED` where a package is missing.
 *
 * @example
 * ```ts
 * import { lossCurves } from 'gemsbok/plots';
 *
 * await writeFile('losses.svg', await lossCurves(['mae', 'mse']));
 * await writeFile('crossentropy.png', await lossCurves(new CategoricalCrossentropy(), { format: 'png' }));
 * ```
 */
export async function lossCurves<F extends 'svg' | 'png' = 'svg'>(
  losses: LossIdentifier | readonly LossIdentifier[],
  // Typed by the format alone, as the function within the options would get no types from a parameter for all of them.
  options: LossCurvesOptions & { readonly format?: F | undefined } = {},
): Promise<Picture<{ readonly format: F }>> {
  checkPlotOptions(options, ['over', 'yTrue', 'from', 'to', 'sample', 'axisTitle', 'gradient'], 'lossCurves');
  const list: readonly LossIdentifier[] = Array.isArray(losses) ? [...losses] : [losses];
  if (list.length === 0) throw invalidArgument('losses', 'at least one loss', losses);
  const pictures = list.map((identifier) => panel(lossOf(identifier), options));
  return render(panels(pictures), options as { readonly format: F });
}

type DrawnLoss = Pick<Loss<'sum_over_batch_size'>, 'name' | 'valueAndGradient'>;

function lossOf(identifier: LossIdentifier): DrawnLoss {
  return resolveLoss(identifier, [1], [1]) as DrawnLoss;
}

function panel(loss: DrawnLoss, options: LossCurvesOptions): Panel {
  const axis = axisOf(loss, options);
  const values = pointsOf(loss, axis, checkBoolean(options.gradient ?? true, 'gradient'));
  // Towards 0 a crossentropy has no end: it leaves the picture.
  const isProbability = axis.over === 'probability' && options.from === undefined;
  const shown = isProbability ? values.filter(({ at }) => at >= LEAST_SHOWN) : values;
  const ends = { title: axis.title, from: isProbability ? 0 : axis.from, to: axis.to };
  return curvesPanel({ title: wordsOf(loss.name), axis: ends, values, range: rangeOf(shown) });
}

function axisOf(loss: DrawnLoss, options: LossCurvesOptions): Axis {
  const over = checkOneOf(options.over ?? usualAxis(loss), 'over', OVER);
  const isClass = over === 'probability' || over === 'logit';
  const [least, most] = over === 'probability' ? [ALMOST_ZERO, 1] : over === 'logit' ? [-6, 6] : [-3, 3];
  const from = checkNumber(options.from ?? least, 'from');
  const to = checkNumber(options.to ?? most, 'to', { min: from });
  const target = checkNumber(options.yTrue ?? (over === 'prediction' ? 1 : 0), 'yTrue');
  const titles = {
    error: 'error (prediction − target)',
    prediction: `prediction (target ${target})`,
    probability: 'probability of the true class',
    logit: 'logit of the true class',
  };
  const sample = isClass ? classSample(loss.name, over === 'logit') : numberSample(over === 'error', target);
  const given = options.sample === undefined ? null : checkFunction(options.sample, 'sample');
  const title = checkString(options.axisTitle ?? titles[over], 'axisTitle');
  return { over, title, from, to, sample: given === null ? sample : (at) => pairOf(given(at)) };
}

function pairOf(pair: unknown): ReturnType<Sample> {
  if (Array.isArray(pair)) return pair as unknown as ReturnType<Sample>;
  throw invalidArgument('sample', 'a function that returns [yTrue, yPred]', pair);
}

function usualAxis(loss: DrawnLoss): Axis['over'] {
  if (!loss.name.includes('crossentropy')) return 'error';
  return 'fromLogits' in loss && loss.fromLogits === true ? 'logit' : 'probability';
}

function numberSample(isError: boolean, target: number): Axis['sample'] {
  return (at) => [[target], [isError ? target + at : at]];
}

/** Two classes, of which the first is true. */
function classSample(name: string, isLogit: boolean): Axis['sample'] {
  if (name.startsWith('binary')) return (at) => [[[1]], [[at]]];
  const target = name.startsWith('sparse') ? [0] : [[1, 0]];
  return (at) => [target, [[at, isLogit ? 0 : 1 - at]]];
}

function pointsOf(loss: DrawnLoss, { from, to, sample }: Axis, hasGradient: boolean): CurvePoint[] {
  const at = positions(from, to);
  const found = at.map((position) => loss.valueAndGradient(...sample(position)));
  const values = found.map(({ value }) => Number(value));
  const gradients = found.map(({ gradient }) => Number(gradient.data[0]));
  return [...curvePoints('loss', at, values), ...(hasGradient ? curvePoints('gradient', at, gradients) : [])];
}

/** All losses, and the gradients without tails that would flatten the rest. */
function rangeOf(points: readonly CurvePoint[]): [number, number] {
  const sorted = (series: string): number[] =>
    points
      .filter((point) => point.series === series && Number.isFinite(point.value))
      .map(({ value }) => value)
      .sort((a, b) => a - b);
  const [losses, gradients] = [sorted('loss'), sorted('gradient')];
  const end = (last: number, rest: number): number => (Math.abs(last) > EXTREME * Math.abs(rest) ? rest : last);
  const tail = Math.floor(TAIL * gradients.length);
  const low = Math.min(0, losses[0] ?? 0, end(gradients[0] ?? 0, gradients[tail] ?? 0));
  const high = Math.max(losses.at(-1) ?? 1, end(gradients.at(-1) ?? 0, gradients.at(-1 - tail) ?? 0));
  return withMargin(low, high);
}
