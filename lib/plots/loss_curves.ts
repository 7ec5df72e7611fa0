import { checkNumber, checkOneOf, elementAt } from '../check';
import { invalidArgument } from '../errors';
import type { Loss, LossIdentifier } from '../losses';
import { resolveLoss } from '../losses/registry';
import { COLOURS, seriesEncoding } from './colours';
import {
  checkPlotOptions,
  type Panel,
  type Picture,
  type PlotOptions,
  panels,
  render,
  titled,
  wordsOf,
} from './render';

const OVER = ['error', 'probability', 'logit', 'prediction'] as const;

export interface LossCurvesOptions extends PlotOptions {
  /** What runs along the axis. Default: as the loss is meant: crossentropies over the probability of the true class */
  readonly over?: (typeof OVER)[number] | undefined;
  /** The target, where the error or the prediction runs. Default: 0; 1 where the prediction runs */
  readonly yTrue?: number | undefined;
  /** The ends of the axis. Default: -3 to 3, 0 to 1 for probabilities, -6 to 6 for logits */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

interface Axis {
  readonly over: (typeof OVER)[number];
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** One sample: its target and its prediction, of which the first element is the one that runs. */
  readonly sample: (at: number) => readonly [yTrue: number[] | number[][], yPred: number[] | number[][]];
}

interface Point {
  readonly at: number;
  readonly value: number;
  readonly series: 'loss' | 'gradient';
  /** A line is broken where it jumps. */
  readonly segment: number;
}

/** Where losses clip a probability, at 0, their gradient would jump. */
const ALMOST_ZERO = 1e-4;
const LEAST_SHOWN = 0.01;
/** A prime number of steps: zero and one, where some gradients jump, are between two of them. */
const POINTS = 402;
/** The fraction of the most extreme gradients that is cut off where they are this many times as large as the rest. */
const TAIL = 0.1;
const EXTREME = 2.5;

/**
 * Draws losses, and their gradients by the prediction: over the error, or over the probability of the true class.
 *
 * Needs the packages vega and vega-lite. Defaults: regression losses run over the error from -3 to 3, crossentropies
 * over the probability of the true class, or over its logit where they take logits (the others being 0). Errors:
 * `ERR_INVALID_ARG` for what is no loss, `ERR_UNSUPPORTED` where a package is missing.
 *
 * @example
 * ```ts
 * import { lossCurves } from 'gemsbok/plots';
 *
 * await writeFile('losses.svg', await lossCurves(['mae', 'mse']));
 * await writeFile('crossentropy.png', await lossCurves(new CategoricalCrossentropy(), { format: 'png' }));
 * ```
 */
export async function lossCurves<O extends LossCurvesOptions = { format: 'svg' }>(
  losses: LossIdentifier | readonly LossIdentifier[],
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['over', 'yTrue', 'from', 'to'], 'lossCurves');
  const list: readonly LossIdentifier[] = Array.isArray(losses) ? losses : [losses];
  if (list.length === 0) throw invalidArgument('losses', 'at least one loss', losses);
  return render(panels(list.map((identifier) => panel(lossOf(identifier), options))), options);
}

type DrawnLoss = Pick<Loss<'sum_over_batch_size'>, 'name' | 'valueAndGradient'>;

function lossOf(identifier: LossIdentifier): DrawnLoss {
  return resolveLoss(identifier, [1], [1]) as DrawnLoss;
}

function panel(loss: DrawnLoss, options: LossCurvesOptions): Panel {
  const axis = axisOf(loss, options);
  const values = pointsOf(loss, axis);
  // Towards 0 a crossentropy has no end: it leaves the picture.
  const shown = axis.over === 'probability' ? values.filter(({ at }) => at >= LEAST_SHOWN) : values;
  const least = axis.over === 'probability' ? Math.min(0, axis.from) : axis.from;
  const x = {
    field: 'at',
    type: 'quantitative',
    title: axis.title,
    scale: { domain: [Math.max(least, axis.from - 0.02), axis.to], nice: false },
    axis: { format: '.4~g', tickCount: 7 },
  };
  const y = { field: 'value', type: 'quantitative', title: null, scale: { domain: rangeOf(shown), nice: true } };
  return titled(wordsOf(loss.name), '', {
    width: 340,
    height: 260,
    data: { values },
    layer: [
      { mark: { type: 'rule', color: COLOURS.grey, strokeWidth: 1 }, encoding: { y: { datum: 0 } } },
      {
        mark: { type: 'line', strokeWidth: 2.5, clip: true },
        encoding: {
          x,
          y: { ...y, axis: { format: '.4~g', tickCount: 7 } },
          ...seriesEncoding(['loss', 'gradient']),
          detail: { field: 'segment' },
        },
      },
    ],
  });
}

function axisOf(loss: DrawnLoss, options: LossCurvesOptions): Axis {
  const fromLogits = 'fromLogits' in loss && loss.fromLogits === true;
  const usual = loss.name.includes('crossentropy') ? (fromLogits ? 'logit' : 'probability') : 'error';
  const over = checkOneOf(options.over ?? usual, 'over', OVER);
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
  return { over, title: titles[over], from, to, sample };
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

function pointsOf(loss: DrawnLoss, { from, to, sample }: Axis): Point[] {
  const at = Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
  const found = at.map((position) => {
    const { value, gradient } = loss.valueAndGradient(...sample(position));
    return { value: Number(value), gradient: Number(gradient.data[0]) };
  });
  const series = (name: Point['series'], values: readonly number[]): Point[] => {
    const segments = segmentsOf(values);
    return values.map((value, i) => ({ at: elementAt(at, i), value, series: name, segment: elementAt(segments, i) }));
  };
  return [
    ...series(
      'loss',
      found.map(({ value }) => value),
    ),
    ...series(
      'gradient',
      found.map(({ gradient }) => gradient),
    ),
  ];
}

/** Numbers the pieces between jumps: steps that are far larger than both of their neighbours. */
function segmentsOf(values: readonly number[]): number[] {
  const step = (i: number): number => Math.abs((values[i + 1] ?? Number.NaN) - (values[i] ?? Number.NaN)) || 0;
  const least = 1e-3 * (Math.max(...values) - Math.min(...values));
  let segment = 0;
  return values.map((_, i) => {
    if (i > 0 && step(i - 1) > least + 10 * Math.max(step(i - 2), step(i))) segment++;
    return segment;
  });
}

/** All losses, and the gradients without tails that would flatten the rest. */
function rangeOf(points: readonly Point[]): [number, number] {
  const sorted = (series: Point['series']): number[] =>
    points
      .filter((point) => point.series === series && Number.isFinite(point.value))
      .map(({ value }) => value)
      .sort((a, b) => a - b);
  const [losses, gradients] = [sorted('loss'), sorted('gradient')];
  const end = (last: number, rest: number): number => (Math.abs(last) > EXTREME * Math.abs(rest) ? rest : last);
  const tail = Math.floor(TAIL * gradients.length);
  const low = Math.min(0, losses[0] ?? 0, end(gradients[0] ?? 0, gradients[tail] ?? 0));
  const high = Math.max(losses.at(-1) ?? 1, end(gradients.at(-1) ?? 0, gradients.at(-1 - tail) ?? 0));
  const margin = 0.03 * (high - low || 1);
  return [low === 0 ? 0 : low - margin, high + margin];
}
