import { elementAt } from '../check';
import type { Constraint } from '../constraints';
import { GemsbokError, invalidArgument, shapeMismatch, showShape } from '../errors';
import { native, type Place } from '../native';
import type { Regularizer } from '../regularizers';
import { type Shape, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';

/** What a variable is besides its values. */
export interface VariableOptions {
  /** Whether it has a gradient at all, as moving statistics have not. Default: true */
  readonly trainable?: boolean;
  readonly regularizer?: Regularizer | null;
  readonly constraint?: Constraint | null;
  /** What files hold it as. Default: 'float32' */
  readonly stored?: 'float32' | 'int32';
}

/** An array of numbers that belongs to a layer. */
export class Variable {
  /** Its path in the model. */
  readonly name: string;
  /** Its axes. */
  readonly shape: Shape;
  /** Whether an optimizer may change it. */
  readonly trainable: boolean;
  /** Adds to the loss. */
  readonly regularizer: Regularizer | null;
  /** Applied after each step. */
  readonly constraint: Constraint | null;
  /** @internal */
  readonly stored: 'float32' | 'int32';
  /** Until native memory holds the values. */
  #values: Float32Array;
  #home: Place | null = null;
  #isReadOnly = false;

  constructor(name: string, initial: Tensor<Float32Array>, options: VariableOptions = {}) {
    this.name = name;
    this.trainable = options.trainable ?? true;
    this.regularizer = options.regularizer ?? null;
    this.constraint = options.constraint ?? null;
    this.stored = options.stored ?? 'float32';
    this.shape = initial.shape;
    this.#values = initial.data;
  }

  /** @internal Where native memory holds the values, for all models; null before it does. */
  get home(): Place | null {
    return this.#home;
  }

  /** @internal Whether the values are those of another thread's model. */
  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /** How many numbers it has. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** A copy of the values. */
  get value(): Tensor<Float32Array> {
    return new Tensor(this.read(0, this.size), this.shape);
  }

  /** @internal A copy of the values `[from, to)`, for those who read many over several turns of the event loop. */
  read(from: number, to: number): Float32Array {
    const home = this.#home;
    return home === null ? this.#values.slice(from, to) : home.segment.read(home.offset + from, to - from);
  }

  /** Errors: `ERR_SHAPE_MISMATCH` for values of another shape. */
  assign(values: TensorLike): void {
    checkWritable([this], 'assign');
    this.write(this.checked(values, this.name));
  }

  /**
   * @internal The values as they will be written: apart from `write` so that many can be checked before any is written.
   */
  checked(values: TensorLike, argument: string): Float32Array {
    return checkValues(values, this.shape, argument, this.name);
  }

  /** @internal */
  write(values: Float32Array): void {
    if (this.#home === null) this.#values = values;
    else this.#home.segment.write(this.#home.offset, values);
  }

  /** @internal Moves the values into native memory. */
  moveInto(home: Place): void {
    home.segment.write(home.offset, this.#values);
    this.#stayAt(home);
  }

  /** @internal Takes the values of another thread's model, to read them alone. */
  readFrom(home: Place): void {
    this.#isReadOnly = true;
    this.#stayAt(home);
  }

  /**
   * @internal Does work that reads and changes copies of the values: models that have the variables, and whoever reads these
   * afterwards, know nothing of it.
   */
  static onCopies<T>(variables: readonly Variable[], work: () => T): T {
    const segment = new native.WeightSegment(variables.map(({ size }) => size));
    const before = atomically(variables, () =>
      variables.map((one) => [one, one.value.data, one.#home, one.#isReadOnly] as const),
    );
    try {
      for (const [i, [variable, values]] of before.entries()) {
        const offset = elementAt(segment.offsets, i);
        segment.write(offset, values);
        variable.#home = { segment, offset };
        variable.#isReadOnly = false;
      }
      return work();
    } finally {
      for (const [variable, , home, isReadOnly] of before) {
        variable.#home = home;
        variable.#isReadOnly = isReadOnly;
      }
    }
  }

  #stayAt(home: Place): void {
    this.#home = home;
    this.#values = new Float32Array(0);
  }
}

/** Errors: `ERR_READ_ONLY` where a method would change what another thread shared. */
export function checkWritable(variables: readonly Variable[], method: string): void {
  const shared = variables.find(({ isReadOnly }) => isReadOnly);
  if (shared === undefined) return;
  const fix = 'Call it on the model that was shared, or on a `cloneModel` of this one.';
  throw new GemsbokError(
    'ERR_READ_ONLY',
    `Expected weights of its own for \`${method}\`, received those of a shared model (\`${shared.name}\`). ${fix}`,
  );
}

/** Reads or writes variables in one go: what trains or predicts with them sees all of a change or nothing of it. */
export function atomically<T>(variables: readonly Variable[], work: () => T): T {
  const segments = new Set(variables.flatMap(({ home }) => home?.segment ?? []));
  return native.atomically([...segments], work);
}

/** The values of a variable (`name`) of this shape. */
export function checkValues(values: TensorLike, shape: Shape, argument: string, name: string): Float32Array {
  const { data, shape: received } = toFloats(values, 'float32', argument);
  if (received.join() !== shape.join()) {
    throw shapeMismatch(argument, `values of ${showShape(shape)} (\`${name}\`)`, received);
  }
  return Float32Array.from(data);
}

/** Checks all weights before it writes any. */
export function writeVariables(variables: readonly Variable[], weights: readonly TensorLike[], owner: string): void {
  if (!Array.isArray(weights)) throw invalidArgument('weights', 'an array of arrays', weights);
  checkWritable(variables, 'setWeights');
  if (weights.length !== variables.length) {
    const fix = `They are: ${variables.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')}.`;
    throw invalidArgument('weights', `${variables.length} arrays, one for each variable of ${owner},`, weights, fix);
  }
  const values = variables.map((variable, i) => variable.checked(weights[i] as TensorLike, `weights[${i}]`));
  atomically(variables, () => {
    for (const [i, variable] of variables.entries()) variable.write(elementAt(values, i));
  });
}
