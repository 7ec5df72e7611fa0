import { checkName, checkNumber, checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { unsupported } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';

/**
 * A learning rate that depends on the number of finished steps. A schedule of your own is a subclass with `at`; with
 * `getConfig` it can be stored too.
 *
 * Source: `keras.optimizers.schedules.LearningRateSchedule`.
 *
 * @example
 * ```ts
 * class Halving extends LearningRateSchedule {
 *   at(step: number): number {
 *     return 0.1 / 2 ** step;
 *   }
 * }
 * new SGD({ learningRate: new Halving() }).learningRateAt(1); // 0.05
 * ```
 */
export abstract class LearningRateSchedule {
  static {
    showOptionsInConsole(LearningRateSchedule, (schedule) => schedule.getConfig());
  }

  /** @internal */
  protected readonly cloning = notCloneable('a schedule', 'send its getConfig() for fromConfig');
  constructor() {
    if (typeof this.at === 'function') return;
    throw unsupported('at', 'a method that returns the rate of a step', this.at, `Give ${new.target.name} one.`);
  }

  /** The rate of the step after `step` finished ones: 0 at the first. */
  abstract at(step: number): number;

  /** What `fromConfig` takes, with Keras' names. Errors: `ERR_UNSUPPORTED` where a subclass does not have its own. */
  getConfig(): Config {
    const { name } = this.constructor;
    throw unsupported(
      'learningRate',
      'a schedule with `getConfig`',
      this,
      `Give ${name} one, so that it can be stored.`,
    );
  }

  /** One with the options of a config, as `getConfig` returns it. */
  static fromConfig<T extends LearningRateSchedule>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }
}

export interface DecayOptions {
  /** The rate of the first step. */
  readonly initialLearningRate: number;
  /** Default: Keras' name */
  readonly name?: string | null | undefined;
}

/** What all schedules that begin with a given rate share. */
export abstract class Decay extends LearningRateSchedule {
  readonly initialLearningRate: number;
  readonly name: string;

  constructor(options: DecayOptions, own: readonly string[], name: string) {
    super();
    checkOptions(options, ['initialLearningRate', 'name', ...own], new.target.name);
    this.initialLearningRate = checkNumber(options?.initialLearningRate, 'initialLearningRate');
    this.name = checkName(options.name ?? name);
  }
}

/** A number of steps above 0. */
export function checkSteps(steps: unknown, argument: string): number {
  return checkNumber(steps, argument, { min: 0, open: true });
}

/** The argument of `at`. */
export function checkStep(step: unknown): number {
  return checkNumber(step, 'step');
}
