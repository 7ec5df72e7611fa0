import { checkInteger } from '../check';
import { GemsbokError, invalidArgument, shapeMismatch, showShape } from '../errors';
import type { FloatArray, StateInfo, UpdatedVariable } from '../native';
import { type FloatDtype, floatsOfSize, type ShapedArray, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';

/** What an optimizer remembers between steps: a native model keeps it while it trains, arrays for `apply`. */
export interface Memory {
  /** Calls so far. */
  iterations: number;
  readonly state: readonly StateInfo[];
  readState(index: number): FloatArray;
  writeState(index: number, values: FloatArray): void;
  /** Calls what reads or writes several of them, which belong together. */
  atomically<T>(work: () => T): T;
}

/** What `setWeights` was given before there were variables. */
export interface GivenWeights {
  readonly iterations: number;
  readonly state: readonly ShapedArray[];
}

type Variables = readonly (Pick<ShapedArray, 'shape'> & { readonly dtype: FloatDtype })[];

/** The memory of `apply`. */
export class ArrayMemory implements Memory {
  iterations = 0;
  readonly state: readonly StateInfo[];
  readonly arrays: readonly FloatArray[];
  /** How the variables of the first step are treated. */
  readonly updated: readonly UpdatedVariable[];
  readonly dtype: FloatDtype;
  readonly #variables: string;

  constructor(state: readonly StateInfo[], updated: readonly UpdatedVariable[], variables: Variables) {
    this.state = state;
    this.updated = updated;
    this.dtype = variables[0]?.dtype ?? 'float32';
    this.#variables = describe(variables);
    this.arrays = state.map(({ shape, initial }) => floatsOfSize(sizeOf(shape), this.dtype).fill(initial));
  }

  readState(index: number): FloatArray {
    return (this.arrays[index] as FloatArray).slice();
  }

  writeState(index: number, values: FloatArray): void {
    this.arrays[index]?.set(values);
  }

  atomically<T>(work: () => T): T {
    return work();
  }

  /** Errors: `ERR_SHAPE_MISMATCH` for other variables than those of the first step. */
  check(variables: Variables): void {
    const given = describe(variables);
    if (given === this.#variables) return;
    throw new GemsbokError(
      'ERR_SHAPE_MISMATCH',
      `Expected the variables of the first step (${this.#variables}) for \`variables\`, received others (${given}). ` +
        'Make an optimizer for each set of variables.',
    );
  }
}

/** The number of calls, the learning rate unless a schedule gives it, and the state: Keras' order. */
export function readWeights(memory: Memory | null, rate: number | null): Tensor[] {
  if (memory === null) return ownWeights(0, rate);
  return memory.atomically(() => {
    const state = memory.state.map(({ shape }, index) => new Tensor(memory.readState(index), shape));
    return [...ownWeights(memory.iterations, rate), ...state];
  });
}

/** What {@link readWeights} gives before the state. */
export function ownWeights(iterations: number, rate: number | null): Tensor[] {
  const steps = new Tensor(Int32Array.of(iterations), []);
  return rate === null ? [steps] : [steps, new Tensor(Float32Array.of(rate), [])];
}

/** Weights that no memory can be compared with yet, as copies, and the learning rate. */
export function givenWeights(
  weights: readonly TensorLike[],
  hasRate: boolean,
): GivenWeights & { readonly rate: number | null } {
  const own = hasRate ? 2 : 1;
  if (!Array.isArray(weights) || weights.length < own) {
    throw invalidArgument('weights', `an array of at least ${own} arrays`, weights, 'Pass what `getWeights` gave.');
  }
  const { iterations, rate } = readOwn(weights, hasRate);
  const state = Array.from(weights.slice(own), (weight: TensorLike, i) => {
    const { data, shape } = toFloats(weight, 'float32', `weights[${own + i}]`);
    return { data: data.slice(), shape };
  });
  return { iterations, rate, state };
}

function readOwn(weights: readonly TensorLike[], hasRate: boolean): { iterations: number; rate: number | null } {
  const [calls, rate = null] = Array.from(weights.slice(0, hasRate ? 2 : 1), (weight, i) => {
    return toFloats(weight, 'float64', `weights[${i}]`).data[0];
  });
  return { iterations: checkInteger(calls, 'weights[0]', { min: 0 }), rate };
}

/** The reverse of {@link readWeights}: checks all before it writes any. Gives the learning rate. */
export function writeWeights(memory: Memory, weights: readonly TensorLike[], hasRate: boolean): number | null {
  const expected = memory.state.length + (hasRate ? 2 : 1);
  if (!Array.isArray(weights) || weights.length !== expected) {
    const names = memory.state.map(({ name }) => name).join(', ');
    const fix = `They are: the number of steps${hasRate ? ', the learning rate' : ''}${names === '' ? '' : `, ${names}`}.`;
    throw invalidArgument('weights', `an array of ${expected} arrays`, weights, fix);
  }
  const { iterations, rate } = readOwn(weights, hasRate);
  const dtype = memory instanceof ArrayMemory ? memory.dtype : 'float32';
  const state = memory.state.map(({ name, shape: wanted }, index) => {
    const at = index + expected - memory.state.length;
    const { data, shape } = toFloats(weights[at] as TensorLike, dtype, `weights[${at}]`);
    if (shape.join() === wanted.join()) return data;
    throw shapeMismatch(`weights[${at}]`, `values of ${showShape(wanted)} (\`${name}\`)`, shape);
  });
  memory.atomically(() => {
    memory.iterations = iterations;
    for (const [index, values] of state.entries()) memory.writeState(index, values);
  });
  return rate;
}

function describe(variables: Variables): string {
  return variables.map(({ shape, dtype }) => `${dtype} [${shape.join(', ')}]`).join(', ');
}
