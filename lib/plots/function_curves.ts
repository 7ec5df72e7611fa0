import { type ActivationIdentifier, get, gradient, serialize } from '../activations';
import { checkInteger, checkNumber, toSnakeCase } from '../check';
import { invalidArgument } from '../errors';
import type { SerializedLike } from '../identifiers';
import { curvePoints, curvesPanel, endsOf, positions, withMargin } from '../pictures/curve_panel';
import { type Panel, panels, wordsOf } from '../pictures/panel';
import { LearningRateSchedule } from '../schedules';
import { checkPlotOptions, type Picture, type PlotOptions, render } from './render';

/** Options of `activationCurves`. */
export interface ActivationCurvesOptions extends PlotOptions {
  /** Where the axis begins. Default: -4 */
  readonly from?: number | undefined;
  /** Where it ends. Default: 4 */
  readonly to?: number | undefined;
}

/** Options of `scheduleCurves`. */
export interface ScheduleCurvesOptions extends PlotOptions {
  /** Steps to draw. Default: 1000 */
  readonly steps?: number | undefined;
}

/** The other elements of the row, for those that mix them. */
const OTHERS: Readonly<Record<string, readonly number[]>> = {
  softmax: [0, 0],
  log_softmax: [0, 0],
  sparsemax: [0, 0],
  glu: [1],
};

/**
 * Draws activations, and their derivatives; where one mixes the elements of a row, the first element over itself.
 *
 * Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for what is not an activation, `ERR_UNSUPPORTED` where a package
 * is missing.
 *
 * @example
 * ```ts
 * import { activationCurves } from 'gemsbok/plots';
 *
 * await writeFile('activations.svg', await activationCurves(['relu', 'gelu']));
 * ```
 */
export async function activationCurves<O extends ActivationCurvesOptions = { format: 'svg' }>(
  activations: ActivationIdentifier | readonly ActivationIdentifier[],
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['from', 'to'], 'activationCurves');
  const list: readonly ActivationIdentifier[] = Array.isArray(activations) ? [...activations] : [activations];
  if (list.length === 0) throw invalidArgument('activations', 'at least one activation', activations);
  return render(panels(list.map((identifier) => activationPanel(identifier, options))), options);
}

function activationPanel(identifier: ActivationIdentifier, options: ActivationCurvesOptions): Panel {
  const activation = get(identifier);
  const config = serialize(activation);
  const name = typeof config === 'string' ? config : nameIn(config);
  const from = checkNumber(options.from ?? -4, 'from');
  const to = checkNumber(options.to ?? 4, 'to', { min: from });
  const own = { dtype: 'float64' } as const;
  const others = OTHERS[toSnakeCase(name)] ?? [];
  const at = positions(from, to);
  const rows = at.map((x) => [x, ...others]);
  const values = rows.map((row) => Number(activation([row], own).data[0]));
  const derivatives = rows.map((row) => {
    // Where several elements come out the first one counts.
    const { length } = activation([row], own).data;
    const upstream = Array.from({ length }, (_, i) => Number(i === 0));
    return Number(gradient(activation, [row], [upstream], own).data[0]);
  });
  const points = [...curvePoints('value', at, values), ...curvePoints('derivative', at, derivatives)];
  const [low, high] = endsOf([...values, ...derivatives]);
  const title = others.length === 0 ? 'x' : `first element (others ${others.join(', ')})`;
  const range = withMargin(Math.min(0, low), Math.max(0, high));
  return curvesPanel({ title: wordsOf(name), axis: { title, from, to }, values: points, range });
}

function nameIn(config: SerializedLike): string {
  return 'class_name' in config ? config.class_name : config.className;
}

/**
 * Draws learning rates over steps.
 *
 * Needs the packages vega and vega-lite. Errors: `ERR_INVALID_ARG` for what is not a schedule, `ERR_UNSUPPORTED` where a package
 * is missing.
 *
 * @example
 * ```ts
 * import { scheduleCurves } from 'gemsbok/plots';
 *
 * const schedule = new CosineDecay({ initialLearningRate: 0.1, decaySteps: 1000 });
 * await writeFile('rate.svg', await scheduleCurves(schedule));
 * ```
 */
export async function scheduleCurves<O extends ScheduleCurvesOptions = { format: 'svg' }>(
  schedules: LearningRateSchedule | readonly LearningRateSchedule[],
  options: O = {} as O,
): Promise<Picture<O>> {
  checkPlotOptions(options, ['steps'], 'scheduleCurves');
  const steps = checkInteger(options.steps ?? 1000, 'steps', { min: 1 });
  const list = Array.isArray(schedules) ? [...schedules] : [schedules];
  if (list.length === 0 || !list.every((one) => one instanceof LearningRateSchedule)) {
    throw invalidArgument('schedules', 'at least one schedule', schedules);
  }
  return render(panels(list.map((schedule) => schedulePanel(schedule, steps))), options);
}

function schedulePanel(schedule: LearningRateSchedule, steps: number): Panel {
  const at = positions(0, steps);
  const values = at.map((step) => schedule.at(step));
  const [low, high] = endsOf(values);
  return curvesPanel({
    title: wordsOf(toSnakeCase(schedule.constructor.name)),
    axis: { title: 'step', from: 0, to: steps },
    values: curvePoints('learning rate', at, values),
    range: withMargin(Math.min(0, low), Math.max(0, high)),
  });
}
