import { checkNumber, checkOptions } from '../check';
import { invalidArgument, shapeMismatch } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import type { Spec } from '../native';
import type { Shape } from '../tensor';
import { Initializer } from './initializer';

/**
 * One value everywhere.
 *
 * Defaults: value 0. Errors: `ERR_INVALID_ARG` for a value that is not a number. Source: `keras.initializers.Constant`.
 *
 * @example
 * ```ts
 * new Constant({ value: 6 }).initialize([2]).toArray(); // [6, 6]
 * ```
 */
export class Constant extends Initializer {
  readonly value: number;

  constructor(
    options: {
      /** What every number is. Default: 0 */
      readonly value?: number | undefined;
    } = {},
  ) {
    super();
    checkOptions(options, ['value'], 'Constant');
    this.value = checkNumber(options.value ?? 0, 'value');
  }

  override getConfig(): Config {
    return { value: this.value };
  }

  /** As in Keras a config must have the value, so that the bare name 'constant' is refused. */
  static override fromConfig<T extends Initializer>(this: new (options: never) => T, config: Config): T {
    const options = optionsFromConfig<{ readonly value?: unknown }>(config);
    if (options.value === undefined) {
      const fix = 'Use `new Constant({ value })`, or { class_name, config: { value } }.';
      throw invalidArgument('value', 'a number in the config of Constant', options.value, fix);
    }
    return new this(options as never);
  }

  protected override spec(): Spec {
    return { name: 'constant', parameters: { value: this.value } };
  }
}

/**
 * Zeros. Source: `keras.initializers.Zeros`.
 *
 * @example
 * ```ts
 * new Zeros().initialize([2]).toArray(); // [0, 0]
 * ```
 */
export class Zeros extends Initializer {
  constructor(options: object = {}) {
    super();
    checkOptions(options, [], 'Zeros');
  }

  protected override spec(): Spec {
    return { name: 'constant', parameters: { value: 0 } };
  }
}

/**
 * Ones. Source: `keras.initializers.Ones`.
 *
 * @example
 * ```ts
 * new Ones().initialize([2]).toArray(); // [1, 1]
 * ```
 */
export class Ones extends Initializer {
  constructor(options: object = {}) {
    super();
    checkOptions(options, [], 'Ones');
  }

  protected override spec(): Spec {
    return { name: 'constant', parameters: { value: 1 } };
  }
}

/**
 * `gain` on the main diagonal, 0 elsewhere.
 *
 * Shapes: rank 2; they need not be square. Defaults: gain 1. Errors: `ERR_INVALID_ARG` for a gain that is not a number,
 * `ERR_SHAPE_MISMATCH` for another rank. Source: `keras.initializers.Identity`.
 *
 * @example
 * ```ts
 * new Identity({ gain: 3 }).initialize([2, 2]).toArray(); // [[3, 0], [0, 3]]
 * ```
 */
export class Identity extends Initializer {
  readonly gain: number;

  constructor(
    options: {
      /** What the diagonal is. Default: 1 */
      readonly gain?: number | undefined;
    } = {},
  ) {
    super();
    checkOptions(options, ['gain'], 'Identity');
    this.gain = checkNumber(options.gain ?? 1, 'gain');
  }

  override getConfig(): Config {
    return { gain: this.gain };
  }

  protected override spec(shape: Shape): Spec {
    if (shape.length !== 2) throw shapeMismatch('shape', 'two axes, as Identity makes a matrix,', shape);
    return { name: 'identity', parameters: { gain: this.gain } };
  }
}
