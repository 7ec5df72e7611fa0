import { checkNumber, checkOptions, checkString, checkUnsupported, toCamelCase, toSnakeCase } from '../check';
import { invalidArgument, shapeMismatch, unsupported } from '../errors';
import { type Config, optionsFromConfig, type SerializedLike } from '../identifiers';
import { type FloatArray, native, type Spec } from '../native';
import { deserialize, LearningRateSchedule, serialize } from '../schedules';
import type { TensorLike } from '../tensor';
import { pairUp, type VariableLike, writeBack } from './variables';

export interface OptimizerOptions {
  /** A number, or a schedule that gives one for each step. */
  readonly learningRate?: number | LearningRateSchedule | undefined;
  /** Default: the class in snake case */
  readonly name?: string | null | undefined;
}

/** Options of all optimizers in Keras, with the values that switch them off: no others are supported. */
const SWITCHED_OFF = {
  weight_decay: null,
  clipnorm: null,
  global_clipnorm: null,
  clipvalue: null,
  use_ema: false,
  ema_momentum: 0.99,
  ema_overwrite_frequency: null,
  loss_scale_factor: null,
  gradient_accumulation_steps: null,
} as const;
const OFF_OPTIONS = Object.fromEntries(
  Object.entries(SWITCHED_OFF).map(([name, value]) => [toCamelCase(name), value] as const),
);

/** Base of all optimizers: it changes variables by their gradients, and keeps what it must remember of them. */
export abstract class Optimizer {
  readonly name: string;
  readonly #entry: string;
  #learningRate: number | LearningRateSchedule;
  #iterations = 0;
  /** `[slot][variable]`; null before the first step. */
  #slots: readonly (readonly FloatArray[])[] | null = null;

  constructor(entry: string, defaultRate: number, options: OptimizerOptions, own: readonly string[]) {
    const known = ['learningRate', 'name', ...own, ...Object.keys(OFF_OPTIONS)];
    const given = checkOptions(options, known, new.target.name);
    checkUnsupported(given, OFF_OPTIONS, new.target.name);
    this.name = checkString(options.name ?? toSnakeCase(new.target.name), 'name');
    this.#entry = entry;
    this.#learningRate = checkLearningRate(options.learningRate ?? defaultRate);
  }

  /** Own arguments in native terms, with Keras' names. */
  protected abstract parameters(): Readonly<Record<string, number | boolean>>;

  /** Steps done by `apply`. */
  get iterations(): number {
    return this.#iterations;
  }

  get learningRate(): number | LearningRateSchedule {
    return this.#learningRate;
  }

  /** Errors: `ERR_UNSUPPORTED` where a schedule gives the rate. */
  set learningRate(rate: number) {
    if (typeof this.#learningRate !== 'number') {
      throw unsupported('learningRate', 'no new rate, as a schedule gives it,', rate, 'Make a new optimizer.');
    }
    this.#learningRate = checkNumber(rate, 'learningRate');
  }

  /** The rate of the step after `step` finished ones. */
  learningRateAt(step: number): number {
    return typeof this.#learningRate === 'number' ? this.#learningRate : this.#learningRate.at(step);
  }

  /** The optimizer as native code knows it. */
  spec(): Spec {
    return { name: this.#entry, parameters: this.parameters() };
  }

  /**
   * One step: changes each variable, in place, by its gradient; null leaves its variable alone.
   *
   * Shapes: each gradient that of its variable. Errors: `ERR_INVALID_ARG` for variables that are no float arrays and where
   * no gradient is given, `ERR_SHAPE_MISMATCH` for other shapes than the variables' or than in the first step.
   *
   * @example
   * ```ts
   * const weights = Float32Array.of(1, 2);
   * new SGD({ learningRate: 0.5 }).apply([[1, 1]], [weights]); // weights: 0.5, 1.5
   * ```
   */
  apply(gradients: readonly (TensorLike | null)[], variables: readonly VariableLike[]): void {
    const pairs = pairUp(gradients, variables);
    const slots = this.#slotsFor(pairs.variables);
    const chosen = <T>(list: readonly T[]): T[] => pairs.present.map((index) => list[index] as T);
    native.optimizerApply({
      optimizer: this.spec(),
      learningRate: this.learningRateAt(this.#iterations),
      iteration: this.#iterations,
      variables: chosen(pairs.variables),
      gradients: chosen(pairs.gradients) as FloatArray[],
      slots: slots.map(chosen),
    });
    writeBack(pairs.variables, variables);
    this.#iterations++;
  }

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    const rate = this.#learningRate;
    return {
      name: this.name,
      learning_rate: typeof rate === 'number' ? rate : serialize(rate),
      ...SWITCHED_OFF,
      ...this.parameters(),
    };
  }

  static fromConfig<T extends Optimizer>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  #slotsFor(variables: readonly FloatArray[]): readonly (readonly FloatArray[])[] {
    this.#slots ??= native
      .optimizerSlots(this.spec())
      .map((initial) => variables.map((variable) => variable.slice().fill(initial)));
    const first = this.#slots[0];
    if (first !== undefined) checkSame(first, variables);
    return this.#slots;
  }
}

function checkLearningRate(rate: unknown): number | LearningRateSchedule {
  if (rate instanceof LearningRateSchedule) return rate;
  if (typeof rate === 'number') return checkNumber(rate, 'learningRate');
  if (typeof rate === 'object' && rate !== null) return deserialize(rate as SerializedLike);
  throw invalidArgument('learningRate', 'a finite number or a schedule', rate);
}

function checkSame(slots: readonly FloatArray[], variables: readonly FloatArray[]): void {
  const same = slots.length === variables.length && slots.every((slot, i) => slot.length === variables[i]?.length);
  if (same) return;
  throw shapeMismatch(
    'variables',
    `the variables of the first step, of sizes [${slots.map((slot) => slot.length).join(', ')}],`,
    variables.map((variable) => variable.length),
    'Make an optimizer for each set of variables.',
  );
}
