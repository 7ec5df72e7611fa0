import { checkBoolean, checkName, checkNumber, checkOptions, elementAt } from '../check';
import { invalidArgument, outOfRange } from '../errors';
import type { Config } from '../identifiers';
import { checkStep, checkSteps, Decay, type DecayOptions, LearningRateSchedule } from './schedule';

export interface RateDecayOptions extends DecayOptions {
  /** Steps of one period, above 0. */
  readonly decaySteps: number;
  /** What happens in one period: see the formula. */
  readonly decayRate: number;
  /** Whether only whole periods count. Default: false */
  readonly staircase?: boolean | undefined;
}

/** Decays by the number of periods so far. */
abstract class RateDecay extends Decay {
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase: boolean;

  constructor(options: RateDecayOptions, name: string) {
    super(options, ['decaySteps', 'decayRate', 'staircase'], name);
    this.decaySteps = checkSteps(options.decaySteps, 'decaySteps');
    this.decayRate = checkNumber(options.decayRate, 'decayRate');
    this.staircase = checkBoolean(options.staircase ?? false, 'staircase');
  }

  /** @internal */
  protected periods(step: number): number {
    const periods = checkStep(step) / this.decaySteps;
    return this.staircase ? Math.floor(periods) : periods;
  }

  override getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      decay_steps: this.decaySteps,
      decay_rate: this.decayRate,
      staircase: this.staircase,
      name: this.name,
    };
  }
}

/**
 * A rate that is multiplied by the same factor in each period.
 *
 * Formula: `initialLearningRate decayRate^(step / decaySteps)`; with `staircase` the exponent is rounded down. Default:
 * no staircase. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for `decaySteps` not above 0. Source:
 * `keras.optimizers.schedules.ExponentialDecay`.
 *
 * @example
 * ```ts
 * new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }).at(20); // 0.025
 * ```
 */
export class ExponentialDecay extends RateDecay {
  constructor(options: RateDecayOptions) {
    super(options, 'ExponentialDecay');
  }

  override at(step: number): number {
    return this.initialLearningRate * this.decayRate ** this.periods(step);
  }
}

/**
 * A rate that falls as the inverse of the number of steps.
 *
 * Formula: `initialLearningRate / (1 + decayRate step / decaySteps)`; with `staircase` the quotient is rounded down.
 * Default: no staircase. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for `decaySteps` not above 0. Source:
 * `keras.optimizers.schedules.InverseTimeDecay`.
 *
 * @example
 * ```ts
 * new InverseTimeDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }).at(20); // 0.05
 * ```
 */
export class InverseTimeDecay extends RateDecay {
  constructor(options: RateDecayOptions) {
    super(options, 'InverseTimeDecay');
  }

  override at(step: number): number {
    return this.initialLearningRate / (1 + this.decayRate * this.periods(step));
  }
}

export interface PolynomialDecayOptions extends DecayOptions {
  /** Steps until the end, above 0. */
  readonly decaySteps: number;
  /** Default: 0.0001 */
  readonly endLearningRate?: number | undefined;
  /** Default: 1 */
  readonly power?: number | undefined;
  /** Whether the rate rises again after the end, for twice as many steps, and so on. Default: false */
  readonly cycle?: boolean | undefined;
}

/**
 * A rate that falls as a power of the fraction of the steps that remain.
 *
 * Formula: `(initialLearningRate - endLearningRate) (1 - min(step, n) / n)^power + endLearningRate`, n = `decaySteps`;
 * with `cycle` n is the first multiple of `decaySteps` that is not below the step. Defaults: endLearningRate 0.0001,
 * power 1, no cycle. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for `decaySteps` not above 0. Source:
 * `keras.optimizers.schedules.PolynomialDecay`.
 *
 * @example
 * ```ts
 * new PolynomialDecay({ initialLearningRate: 0.5, decaySteps: 10, endLearningRate: 0.25 }).at(5); // 0.375
 * ```
 */
export class PolynomialDecay extends Decay {
  readonly decaySteps: number;
  readonly endLearningRate: number;
  readonly power: number;
  readonly cycle: boolean;

  constructor(options: PolynomialDecayOptions) {
    super(options, ['decaySteps', 'endLearningRate', 'power', 'cycle'], 'PolynomialDecay');
    this.decaySteps = checkSteps(options.decaySteps, 'decaySteps');
    this.endLearningRate = checkNumber(options.endLearningRate ?? 1e-4, 'endLearningRate');
    this.power = checkNumber(options.power ?? 1, 'power');
    this.cycle = checkBoolean(options.cycle ?? false, 'cycle');
  }

  override at(step: number): number {
    const periods = this.cycle ? Math.max(1, Math.ceil(checkStep(step) / this.decaySteps)) : 1;
    const fraction = Math.min(checkStep(step) / (this.decaySteps * periods), 1);
    return (this.initialLearningRate - this.endLearningRate) * (1 - fraction) ** this.power + this.endLearningRate;
  }

  override getConfig(): Config {
    return {
      initial_learning_rate: this.initialLearningRate,
      decay_steps: this.decaySteps,
      end_learning_rate: this.endLearningRate,
      power: this.power,
      cycle: this.cycle,
      name: this.name,
    };
  }
}

export interface PiecewiseConstantDecayOptions {
  /** Steps, in ascending order; up to and including each, the value at its index holds. */
  readonly boundaries: readonly number[];
  /** One more than boundaries. */
  readonly values: readonly number[];
  /** Default: 'PiecewiseConstant' */
  readonly name?: string | null | undefined;
}

/**
 * A rate that changes at given steps.
 *
 * Formula: `values[i]`, i the number of boundaries below the step: at a boundary itself the earlier value still holds.
 * Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for boundaries that do not ascend. Source:
 * `keras.optimizers.schedules.PiecewiseConstantDecay`.
 *
 * @example
 * ```ts
 * new PiecewiseConstantDecay({ boundaries: [100, 200], values: [1, 0.5, 0.1] }).at(101); // 0.5
 * ```
 */
export class PiecewiseConstantDecay extends LearningRateSchedule {
  readonly boundaries: readonly number[];
  readonly values: readonly number[];
  readonly name: string;

  constructor(options: PiecewiseConstantDecayOptions) {
    super();
    checkOptions(options, ['boundaries', 'values', 'name'], 'PiecewiseConstantDecay');
    this.boundaries = checkNumbers(options?.boundaries, 'boundaries');
    this.values = checkNumbers(options.values, 'values');
    this.name = checkName(options.name ?? 'PiecewiseConstant');
    const expected = this.boundaries.length + 1;
    if (this.values.length !== expected) {
      throw invalidArgument('values', `${expected} values, one more than \`boundaries\`,`, options.values);
    }
    const falling = this.boundaries.find(
      (boundary, i) => boundary <= (this.boundaries[i - 1] ?? Number.NEGATIVE_INFINITY),
    );
    if (falling !== undefined) throw outOfRange('boundaries', 'steps in ascending order', falling);
  }

  override at(step: number): number {
    checkStep(step);
    return elementAt(this.values, this.boundaries.filter((boundary) => step > boundary).length);
  }

  override getConfig(): Config {
    return { boundaries: [...this.boundaries], values: [...this.values], name: this.name };
  }
}

function checkNumbers(values: unknown, argument: string): readonly number[] {
  if (!Array.isArray(values)) throw invalidArgument(argument, 'an array of numbers', values);
  return Array.from(values, (value: unknown, i) => checkNumber(value, `${argument}[${i}]`));
}
