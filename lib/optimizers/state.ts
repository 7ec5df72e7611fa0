import { checkInteger } from '../check';
import { GemsbokError, invalidArgument, shapeMismatch, showShape } from '../errors';
import type { FloatArray, SlotInfo, UpdatedVariable } from '../native';
import { type FloatDtype, floatsOfSize, type ShapedArray, sizeOf, Tensor, type TensorLike, toFloats } from '../tensor';

/** What an optimizer knows from one step to the next: kept by a native model while it trains, in arrays for `apply`. */
export interface OptimizerState {
  /** Calls so far. */
  iterations: number;
  readonly slots: readonly SlotInfo[];
  /** Default: 'float32' */
  readonly dtype?: FloatDtype | undefined;
  readSlot(index: number): FloatArray;
  writeSlot(index: number, values: FloatArray): void;
  /** Calls what reads or writes several of them, which belong together. */
  atomically<T>(work: () => T): T;
}

/** What `setWeights` was given before there were variables. */
export interface GivenWeights {
  readonly iterations: number;
  readonly slots: readonly ShapedArray[];
}

type Variables = readonly (Pick<ShapedArray, 'shape'> & { readonly dtype: FloatDtype })[];

/** The optimizer state of `apply`. */
export class ArrayState implements OptimizerState {
  iterations = 0;
  readonly slots: readonly SlotInfo[];
  readonly arrays: readonly FloatArray[];
  /** What the first step does to each variable. */
  readonly updated: readonly UpdatedVariable[];
  readonly dtype: FloatDtype;
  readonly #variables: string;

  constructor(slots: readonly SlotInfo[], updated: readonly UpdatedVariable[], variables: Variables) {
    this.slots = slots;
    this.updated = updated;
    this.dtype = variables[0]?.dtype ?? 'float32';
    this.#variables = describe(variables);
    this.arrays = slots.map(({ shape, initial }) => floatsOfSize(sizeOf(shape), this.dtype).fill(initial));
  }

  readSlot(index: number): FloatArray {
    return (this.arrays[index] as FloatArray).slice();
  }

  writeSlot(index: number, values: FloatArray): void {
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

/** Where the optimizer state is. */
export type Phase =
  | { readonly kind: 'fresh' }
  /** `setWeights` came before anything was built. */
  | { readonly kind: 'given'; readonly weights: GivenWeights }
  /** A file was read: the model that continues from there takes it over with its first data. */
  | { readonly kind: 'restored'; readonly state: ArrayState }
  | { readonly kind: 'attached'; readonly state: OptimizerState };

/** The number of calls, the learning rate unless a schedule gives it, and the slots: Keras' order. */
export function readWeights(state: OptimizerState | null, rate: number | null): Tensor[] {
  if (state === null) return ownWeights(0, rate);
  return state.atomically(() => {
    const slots = state.slots.map(({ shape }, index) => new Tensor(state.readSlot(index), shape));
    return [...ownWeights(state.iterations, rate), ...slots];
  });
}

/** What {@link readWeights} returns before the slots. */
export function ownWeights(iterations: number, rate: number | null): Tensor[] {
  const steps = new Tensor(Int32Array.of(iterations), []);
  return rate === null ? [steps] : [steps, new Tensor(Float32Array.of(rate), [])];
}

/** Weights given before there is a state to compare them with, as copies, and the learning rate. */
export function givenWeights(
  weights: readonly TensorLike[],
  hasRate: boolean,
): GivenWeights & { readonly rate: number | null } {
  const own = hasRate ? 2 : 1;
  if (!Array.isArray(weights) || weights.length < own) {
    throw invalidArgument('weights', `an array of at least ${own} arrays`, weights, 'Pass what `getWeights` returned.');
  }
  const { iterations, rate } = readOwn(weights, hasRate);
  const slots = [...weights].slice(own).map((weight, i) => {
    const { data, shape } = toFloats(weight, 'float32', `weights[${own + i}]`);
    return { data: data.slice(), shape };
  });
  return { iterations, rate, slots };
}

function readOwn(weights: readonly TensorLike[], hasRate: boolean): { iterations: number; rate: number | null } {
  const [calls, rate = null] = [...weights].slice(0, hasRate ? 2 : 1).map((weight, i) => {
    return toFloats(weight, 'float64', `weights[${i}]`).data[0];
  });
  return { iterations: checkInteger(calls, 'weights[0]', { min: 0 }), rate };
}

/** The reverse of {@link readWeights}: checks all before it writes any. Returns the learning rate. */
export function writeWeights(state: OptimizerState, weights: readonly TensorLike[], hasRate: boolean): number | null {
  const expected = state.slots.length + (hasRate ? 2 : 1);
  if (!Array.isArray(weights) || weights.length !== expected) {
    const names = state.slots.map(({ name }) => name).join(', ');
    const fix = `They are: the number of steps${hasRate ? ', the learning rate' : ''}${names === '' ? '' : `, ${names}`}.`;
    throw invalidArgument('weights', `an array of ${expected} arrays`, weights, fix);
  }
  const { iterations, rate } = readOwn(weights, hasRate);
  const dtype = state.dtype ?? 'float32';
  const slots = state.slots.map(({ name, shape: wanted }, index) => {
    const at = index + expected - state.slots.length;
    const { data, shape } = toFloats(weights[at] as TensorLike, dtype, `weights[${at}]`);
    if (shape.join() === wanted.join()) return data;
    throw shapeMismatch(`weights[${at}]`, `values of ${showShape(wanted)} (\`${name}\`)`, shape);
  });
  state.atomically(() => {
    state.iterations = iterations;
    for (const [index, values] of slots.entries()) state.writeSlot(index, values);
  });
  return rate;
}

function describe(variables: Variables): string {
  return variables.map(({ shape, dtype }) => `${dtype} [${shape.join(', ')}]`).join(', ');
}
