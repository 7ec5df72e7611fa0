import { checkInteger, checkOptions, ownNames } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { corruptFile, invalidArgument, outOfMemory, showShape } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import { type FloatArray, native, type Spec } from '../native';
import { nextSeed, SeedGenerator } from '../random';
import { checkFinite, methodOf, returnedValues } from '../returned';
import { checkSubclass, type SubclassRule } from '../subclasses';
import { allocated, checkShape, type Shape, sizeOf, Tensor, type TensorLike } from '../tensor';

/** The most numbers of one variable: 2 GB, and its gradient and optimizer slots need room as well. */
const MOST_WEIGHTS = 2 ** 29;

/** Elements that are left for variables of a model whose weights come from a file; null at other times. */
let room: number | null = null;

/** Makes what will get its weights afterwards: all values are zeros, and no more than `elements`. */
export function withoutValues<T>(elements: number, make: () => T): T {
  room = elements;
  try {
    return make();
  } finally {
    room = null;
  }
}

/**
 * Base of everything that initializes variables. One of your own has `compute(shape)`, which returns numbers of that
 * shape; with `getConfig` it can be stored. Source: `keras.initializers.Initializer`.
 *
 * @example
 * ```ts
 * class Ramp extends Initializer {
 *   compute([rows = 1, columns = 1]: readonly number[]) {
 *     return Array.from({ length: rows }, (_, i) => new Float32Array(columns).fill(i / rows));
 *   }
 * }
 * new Ramp().initialize([2, 1]).toArray(); // [[0], [0.5]]
 * ```
 */
export abstract class Initializer {
  static {
    showOptionsInConsole(Initializer, (initializer) => initializer.getConfig());
  }

  /** @internal */
  protected readonly cloning = notCloneable('an initializer', 'send its getConfig() for fromConfig');
  constructor() {
    if (this.initialize !== Initializer.prototype.initialize || typeof this.compute === 'function') return;
    checkSubclass(this, SUBCLASSES);
  }

  /** For a class of your own: the numbers of a variable of this shape. */
  compute?(shape: Shape): TensorLike;

  /**
   * Values for a variable of this shape.
   *
   * Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for what is not a shape, `ERR_SHAPE_MISMATCH` for one that this
   * initializer has no values for, `ERR_OUT_OF_MEMORY` for more than 2^29 numbers or what does not fit into memory.
   */
  initialize<S extends Shape | readonly []>(shape: S): Tensor<Float32Array, S> {
    const checked = checkShape(shape, 'shape') as Shape as S;
    const columns = checked.at(-1) ?? 1;
    const size = sizeOf(checked);
    const initializer = typeof this.compute === 'function' ? null : this.spec(checked);
    takeRoom(size, checked);
    if (size > MOST_WEIGHTS) throw outOfMemory('shape', checked, `A variable has at most ${MOST_WEIGHTS} numbers.`);
    const out = allocated(Float32Array, checked);
    if (size === 0 || room !== null) return new Tensor(out, checked);
    if (initializer === null) {
      const method = methodOf(this, 'compute');
      out.set(returnedValues(this.compute?.(checked), method, checked));
      checkFinite(out, method);
      return new Tensor(out, checked);
    }
    const given = this.given(checked);
    if (given !== null) out.set(given);
    else native.initialize({ initializer, seed: this.nextSeed(), rows: size / columns, columns, out });
    return new Tensor(out, checked);
  }

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return {};
  }

  /** One with the options of a config, as `getConfig` returns it. */
  static fromConfig<T extends Initializer>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  /** @internal The entry of the native registry that makes the values. */
  protected abstract spec(shape: Shape): Spec;

  /** @internal Values that were passed, which native code does not make. */
  protected given(_shape: Shape): FloatArray | null {
    return null;
  }

  /** @internal */
  protected nextSeed(): number {
    return 0;
  }
}

function takeRoom(size: number, shape: Shape): void {
  if (room === null) return;
  if (size > room) throw corruptFile('the file', `at most the ${room} weights that are left`, showShape(shape));
  room -= size;
}

export interface RandomOptions {
  /**
   * The same seed draws the same values, in each call of `initialize` too; a `SeedGenerator` draws new ones in each.
   * Default: the next one of the process, see `setRandomSeed`.
   */
  readonly seed?: number | SeedGenerator | null | undefined;
}

export abstract class RandomInitializer extends Initializer {
  readonly seed: number | SeedGenerator | null;
  readonly #seeds: number | SeedGenerator;

  constructor(options: RandomOptions = {}, own: readonly string[] = []) {
    super();
    checkOptions(options, ['seed', ...ownNames(own, new.target.name)], new.target.name);
    this.seed = checkSeed(options.seed ?? null);
    this.#seeds = this.seed ?? nextSeed();
  }

  override getConfig(): Config {
    if (this.seed instanceof SeedGenerator) {
      throw invalidArgument('seed', 'a number or null, which a config can hold,', this.seed);
    }
    return { seed: this.seed };
  }

  protected override nextSeed(): number {
    return typeof this.#seeds === 'number' ? this.#seeds : this.#seeds.next();
  }
}

function checkSeed(seed: number | SeedGenerator | null): number | SeedGenerator | null {
  return seed === null || seed instanceof SeedGenerator ? seed : checkInteger(seed, 'seed', { min: 0 });
}

const SUBCLASSES: SubclassRule = {
  base: 'Initializer',
  prototype: Initializer.prototype,
  needs: ['spec'],
  unused: [],
  fix: 'Give it `compute(shape)`, which returns numbers of that shape.',
};
