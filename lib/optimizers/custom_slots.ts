import { elementAt } from '../check';
import { invalidArgument } from '../errors';
import type { FloatArray, SlotInfo } from '../native';
import { isTypedArray, type Shape, sizeOf } from '../tensor';
import type { OptimizerState } from './state';

/** What `updateStep` keeps of one variable: its float arrays are saved, all else is not. */
export type Slots = Record<string, unknown>;

interface Entry {
  readonly variable: number;
  readonly name: string;
  readonly values: FloatArray;
}

/** The slots of a custom optimizer: an object for each variable, empty at first. */
export class CustomSlots {
  #objects: Slots[] = [];
  #shapes: readonly Shape[] = [];
  /** The slots of each variable, as a file tells them. */
  #names: readonly (readonly string[])[] = [];

  /** For variables of these shapes; what there is stays. */
  build(shapes: readonly Shape[]): void {
    this.#shapes = shapes;
    this.#objects = shapes.map((_, v) => this.#objects[v] ?? {});
  }

  reset(): void {
    this.#objects = [];
  }

  /** A copy of those of a variable, so that a step that fails changes nothing. */
  copy(variable: number): Slots {
    const copied = Object.entries(this.#objects[variable] ?? {}).map(([name, value]) => {
      return [name, isTypedArray(value) ? value.slice() : value] as const;
    });
    return Object.fromEntries(copied);
  }

  set(objects: readonly Slots[]): void {
    this.#objects = [...objects];
  }

  /** The names of what is saved of each variable. */
  get names(): readonly (readonly string[])[] {
    return this.#objects.map((object) => entriesOf(object, 0).map(({ name }) => name));
  }

  set names(given: unknown) {
    const isNames = (own: unknown): boolean => Array.isArray(own) && own.every((name) => typeof name === 'string');
    if (!Array.isArray(given) || !given.every(isNames)) throw invalidArgument('slots', 'lists of names', given);
    this.#names = given;
  }

  /** Makes room for what a file holds of `count` arrays, where nothing is there yet. */
  makeRoom(count: number): void {
    if (this.#objects.some((object) => entriesOf(object, 0).length > 0)) return;
    const names = this.#shapes.flatMap((shape, variable) =>
      (this.#names[variable] ?? []).map((name) => ({ variable, name, shape })),
    );
    if (names.length !== count) return;
    for (const { variable, name, shape } of names) {
      (this.#objects[variable] as Slots)[name] = new Float32Array(sizeOf(shape));
    }
  }

  /** A state with the slots after its own. */
  over(state: OptimizerState): OptimizerState {
    const entries = () => this.#objects.flatMap(entriesOf);
    const count = () => state.slots.length;
    const shapes = this.#shapes;
    return {
      get iterations() {
        return state.iterations;
      },
      set iterations(iterations) {
        state.iterations = iterations;
      },
      get slots() {
        return [...state.slots, ...entries().map((entry) => infoOf(entry, elementAt(shapes, entry.variable)))];
      },
      dtype: state.dtype,
      readSlot: (index) => entries()[index - count()]?.values.slice() ?? state.readSlot(index),
      writeSlot: (index, values) => {
        const entry = entries()[index - count()];
        if (entry === undefined) state.writeSlot(index, values);
        else entry.values.set(values);
      },
      atomically: (work) => state.atomically(work),
    };
  }
}

function entriesOf(object: Slots, variable: number): Entry[] {
  return Object.entries(object).flatMap(([name, values]) => {
    const isFloats = isTypedArray(values) && /^Float(32|64)Array$/.test(values[Symbol.toStringTag]);
    return isFloats ? [{ variable, name, values: values as FloatArray }] : [];
  });
}

function infoOf({ name, values }: Entry, shape: Shape): SlotInfo {
  // No variable's: what looks for those of the library passes them over.
  return { name, variable: -1, shape: sizeOf(shape) === values.length ? shape : [values.length], initial: 0 };
}
