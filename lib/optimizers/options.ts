import { checkBoolean, checkInteger, checkNumber, isClass } from '../check';
import { invalidArgument, unsupported } from '../errors';
import type { Config, SerializedLike } from '../identifiers';
import type { OptimizerSpec } from '../native';
import { checkFinite, methodOf, returnedNumber } from '../returned';
import { deserialize, LearningRateSchedule, serialize } from '../schedules';
import { isNamed } from '../subclasses';

/** A learning rate, or what returns it. */
export type LearningRate = number | LearningRateSchedule | (() => number);

export interface OptimizerOptions {
  /** A number, a schedule, or a function that returns one for each step. Default: that of the class */
  readonly learningRate?: LearningRate | undefined;
  /**
   * The fraction of each weight that a step subtracts besides its update, times the learning rate. Default: null, none
   */
  readonly weightDecay?: number | null | undefined;
  /** The largest norm of each gradient. Default: null, any */
  readonly clipnorm?: number | null | undefined;
  /** The largest size of each element of the gradients. Default: null, any */
  readonly clipvalue?: number | null | undefined;
  /** The largest norm of all gradients together. Default: null, any */
  readonly globalClipnorm?: number | null | undefined;
  /** Whether to keep running means of the weights, which `fit` copies into the weights at its end. Default: false */
  readonly useEma?: boolean | undefined;
  /** Decay of these means. Default: 0.99 */
  readonly emaMomentum?: number | undefined;
  /** Copies the means into the weights each time after so many steps. Default: null, never */
  readonly emaOverwriteFrequency?: number | null | undefined;
  /** Gradients are divided by it, and training multiplies the loss by it. Default: null, 1 */
  readonly lossScaleFactor?: number | null | undefined;
  /** Updates once in so many steps, by the mean of their gradients; from 2. Default: null, in each */
  readonly gradientAccumulationSteps?: number | null | undefined;
  /** Default: the class in snake case */
  readonly name?: string | null | undefined;
}

export const SHARED_OPTIONS = [
  'learningRate',
  'weightDecay',
  'clipnorm',
  'clipvalue',
  'globalClipnorm',
  'useEma',
  'emaMomentum',
  'emaOverwriteFrequency',
  'lossScaleFactor',
  'gradientAccumulationSteps',
  'name',
  // Keras 2 has it: ignored, with a warning.
  'decay',
];

export function checkLearningRate(rate: unknown): LearningRate {
  if (rate instanceof LearningRateSchedule) return rate;
  if (typeof rate === 'number') return checkNumber(rate, 'learningRate');
  if (typeof rate === 'function' && !isClass(rate)) return rate as () => number;
  if (typeof rate === 'object' && rate !== null) return deserialize(rate as SerializedLike);
  throw invalidArgument('learningRate', 'a finite number, a schedule or a function', rate);
}

/** The rate of the step after `step` finished ones. */
export function rateAt(rate: LearningRate, step: number): number {
  if (typeof rate === 'number') return rate;
  const method = rate instanceof LearningRateSchedule ? methodOf(rate, 'at') : 'learningRate';
  const found = returnedNumber(rate instanceof LearningRateSchedule ? rate.at(step) : rate(), method);
  checkFinite([found], method);
  return found;
}

/** The rates of the next steps: of one at least, and no more than come within some milliseconds; a number is that of all. */
export function ratesAt(
  rate: LearningRate,
  step: number,
  steps: number,
  within = Number.POSITIVE_INFINITY,
): Float32Array {
  if (typeof rate === 'number') return Float32Array.of(rate);
  const end = performance.now() + within;
  const rates = [rateAt(rate, step)];
  while (rates.length < steps && performance.now() < end) rates.push(rateAt(rate, step + rates.length));
  return Float32Array.from(rates);
}

/** The name of the custom class or function that returns the rate; null for what is the library's. */
export function ownRate(rate: LearningRate): string | null {
  if (rate instanceof LearningRateSchedule) return isNamed(rate.constructor) ? null : rate.constructor.name;
  return typeof rate === 'number' ? null : rate.name || 'a function';
}

/** Errors: `ERR_UNSUPPORTED` where a function gives the rate. */
export function rateConfig(rate: LearningRate): unknown {
  if (typeof rate === 'number') return rate;
  if (rate instanceof LearningRateSchedule) return serialize(rate);
  throw unsupported('learningRate', 'a number or a schedule to store', rate, 'Write a LearningRateSchedule.');
}

/** The options that all optimizers have, with their defaults, apart from rate and name. */
export interface SharedSettings {
  readonly weightDecay: number | null;
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
  readonly useEma: boolean;
  readonly emaMomentum: number;
  readonly emaOverwriteFrequency: number | null;
  readonly lossScaleFactor: number | null;
  readonly gradientAccumulationSteps: number | null;
}

export function checkShared(options: OptimizerOptions, weightDecay: number | null): SharedSettings {
  const useEma = checkBoolean(options.useEma ?? false, 'useEma');
  const decaying = { weightDecay: options.weightDecay === undefined ? weightDecay : options.weightDecay };
  const settings = {
    weightDecay: orNull(decaying, 'weightDecay', (value, name) => checkNumber(value, name, { min: 0 })),
    clipnorm: orNull(options, 'clipnorm', checkLimit),
    clipvalue: orNull(options, 'clipvalue', checkLimit),
    globalClipnorm: orNull(options, 'globalClipnorm', checkLimit),
    useEma,
    emaMomentum: checkNumber(options.emaMomentum ?? 0.99, 'emaMomentum', useEma ? { min: 0, max: 1 } : {}),
    emaOverwriteFrequency: orNull(options, 'emaOverwriteFrequency', (value, name) =>
      checkInteger(value, name, { min: 1 }),
    ),
    lossScaleFactor: orNull(options, 'lossScaleFactor', checkLimit),
    gradientAccumulationSteps: orNull(options, 'gradientAccumulationSteps', (value, name) =>
      checkInteger(value, name, { min: 2 }),
    ),
  };
  const limits = (['clipnorm', 'clipvalue', 'globalClipnorm'] as const).filter((name) => settings[name] !== null);
  const [first, second] = limits;
  if (first !== undefined && second !== undefined) {
    throw invalidArgument(
      second,
      `nothing besides \`${first}\``,
      settings[second],
      'Gradients are clipped in one way.',
    );
  }
  return settings;
}

/** As `getConfig` shows them. */
export function sharedConfig(settings: SharedSettings): Config {
  return {
    weight_decay: settings.weightDecay,
    clipnorm: settings.clipnorm,
    global_clipnorm: settings.globalClipnorm,
    clipvalue: settings.clipvalue,
    use_ema: settings.useEma,
    ema_momentum: settings.emaMomentum,
    ema_overwrite_frequency: settings.emaOverwriteFrequency,
    loss_scale_factor: settings.lossScaleFactor,
    gradient_accumulation_steps: settings.gradientAccumulationSteps,
  };
}

/** As native code knows them. */
export function nativeOptions(settings: SharedSettings): OptimizerSpec['options'] {
  return {
    lossScaleFactor: settings.lossScaleFactor ?? 1,
    accumulationSteps: settings.gradientAccumulationSteps ?? 1,
    clipnorm: settings.clipnorm ?? 0,
    globalClipnorm: settings.globalClipnorm ?? 0,
    clipvalue: settings.clipvalue ?? 0,
    useEma: settings.useEma,
    emaMomentum: settings.emaMomentum,
    emaOverwriteFrequency: settings.emaOverwriteFrequency ?? 0,
  };
}

function orNull<Name extends keyof OptimizerOptions>(
  options: OptimizerOptions,
  name: Name,
  check: (value: unknown, name: string) => number,
): number | null {
  const value = options[name];
  return value === undefined || value === null ? null : check(value, name);
}

function checkLimit(value: unknown, argument: string): number {
  return checkNumber(value, argument, { min: 0, open: true });
}
