import { broadcastShape, sameShape, tileTo } from '../broadcast';
import { checkNumber, checkOptions } from '../check';
import { invalidArgument, shapeMismatch, showShape } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import type { FloatArray, Spec } from '../native';
import { type Shape, Tensor, type TensorLike, toFloats } from '../tensor';
import { Initializer } from './initializer';

/**
 * One value everywhere, or an array that is broadcast to the shape, as vectors of words are for an Embedding.
 *
 * Defaults: value 0. Errors: `ERR_INVALID_ARG` for a value that is neither a number nor an array of numbers, and for NaN and
 * infinity, `ERR_SHAPE_MISMATCH` for a shape that the array is not broadcast to. Source: `keras.initializers.Constant`.
 *
 * @example
 * ```ts
 * new Constant({ value: 6 }).initialize([2]).toArray(); // [6, 6]
 * ```
 */
export class Constant extends Initializer {
  readonly value: number | Tensor<FloatArray>;

  constructor(
    options: {
      /** What every number is, or an array of numbers, which is copied. Default: 0 */
      readonly value?: TensorLike | undefined;
    } = {},
  ) {
    super();
    checkOptions(options, ['value'], 'Constant');
    const value = options.value ?? 0;
    this.value = typeof value === 'object' ? finiteCopy(value) : checkNumber(value, 'value');
  }

  override getConfig(): Config {
    return { value: typeof this.value === 'number' ? this.value : this.value.toArray() };
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

  protected override spec(shape: Shape): Spec {
    const { value } = this;
    if (typeof value === 'number') return { name: 'constant', parameters: { value } };
    const broadcast = broadcastShape(value.shape, shape);
    if (broadcast === null || !sameShape(broadcast, shape)) {
      throw shapeMismatch('shape', `a shape that \`value\` of ${showShape(value.shape)} is broadcast to`, shape);
    }
    return { name: 'constant', parameters: { value: 0 } };
  }

  protected override given(shape: Shape): FloatArray | null {
    return typeof this.value === 'number' ? null : tileTo(this.value.data, this.value.shape, shape);
  }
}

function finiteCopy(value: TensorLike): Tensor<FloatArray> {
  const { data, shape } = toFloats(value, 'float64', 'value');
  if (data.length === 0) throw invalidArgument('value', 'a number, or an array with at least one,', value);
  const bad = data.find((one) => !Number.isFinite(one));
  if (bad !== undefined) throw invalidArgument('value', 'finite numbers', bad);
  return new Tensor(data.slice(), shape);
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
