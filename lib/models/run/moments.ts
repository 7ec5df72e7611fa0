import { elementAt } from '../../check';
import { breathe } from './jobs';

/** Numbers that are looked at before others have their turn. */
const AT_ONCE = 2 ** 16;

/** Mean and spread of numbers that come in pieces, in double precision. */
export class Moments {
  #count = 0;
  #mean = 0;
  /** The sum of the squared differences from the mean. */
  #squares = 0;

  add(values: Float32Array): void {
    const count = this.#count + values.length;
    if (values.length === 0) return;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const apart = mean - this.#mean;
    this.#squares += squares + apart ** 2 * ((this.#count * values.length) / count);
    this.#mean += apart * (values.length / count);
    this.#count = count;
  }

  get mean(): number {
    return this.#mean;
  }

  get std(): number {
    return Math.sqrt(this.#squares / this.#count);
  }

  /** The root of the sum of squares. */
  get norm(): number {
    return Math.sqrt(this.#squares + this.#count * this.#mean ** 2);
  }
}

/** Shows numbers to `look` piece by piece, in turns of the event loop; `from` is where a piece begins. */
export async function inTurns(values: Float32Array, look: (piece: Float32Array, from: number) => void): Promise<void> {
  for (let from = 0; from < values.length; from += AT_ONCE) {
    look(values.subarray(from, from + AT_ONCE), from);
    await breathe();
  }
}

/** The columns in which all numbers are idle, as a rule says. */
export class IdleColumns {
  readonly #isIdle: (value: number) => boolean;
  readonly #used: Uint8Array;

  constructor(columns: number, isIdle: (value: number) => boolean) {
    this.#used = new Uint8Array(columns);
    this.#isIdle = isIdle;
  }

  /** Numbers row by row, of which the first is the one at `from` of all. */
  add(values: Float32Array, from: number): void {
    const columns = this.#used.length;
    for (let i = 0; i < values.length; i++) {
      if (!this.#isIdle(elementAt(values, i))) this.#used[(from + i) % columns] = 1;
    }
  }

  get count(): number {
    return this.#used.reduce((sum, used) => sum + (1 - used), 0);
  }
}
