import { checkInteger } from './check';
import { notCloneable } from './cloning';
import { showInConsole } from './console_text';

const UINT32 = 2 ** 32;

/**
 * A stream of seeds: everything that draws random numbers takes the next one.
 *
 * Defaults: `seed` is random. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for a seed that is
 * not an integer from 0. Source: `keras.random.SeedGenerator`.
 *
 * @example
 * ```ts
 * const seeds = new SeedGenerator(7);
 * new GlorotUniform({ seed: seeds }).initialize([2, 2]); // other values at each call
 * ```
 */
export class SeedGenerator {
  static {
    showInConsole(SeedGenerator, () => 'SeedGenerator');
  }

  /** @internal */
  protected readonly cloning = notCloneable('a SeedGenerator', 'send the next() of it as the seed of another');
  #state: number;

  constructor(seed: number = Math.floor(Math.random() * UINT32)) {
    checkInteger(seed, 'seed', { min: 0 });
    // Both halves of a seed above 2^32 count.
    this.#state = mix((seed % UINT32) ^ mix(Math.floor(seed / UINT32)));
  }

  /** @internal All that decides which seeds come. */
  get state(): number {
    return this.#state;
  }

  set state(state: number) {
    this.#state = state;
  }

  /** The next seed: an integer from 0 below 2^32. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state);
  }
}

let seeds = new SeedGenerator();

/**
 * Makes everything random that starts after it repeatable: initial weights, shuffles, dropout.
 *
 * Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for a seed that is not an integer from 0. Source:
 * `keras.utils.set_random_seed`.
 *
 * @example
 * ```ts
 * setRandomSeed(1);
 * ```
 */
export function setRandomSeed(seed: number): void {
  seeds = new SeedGenerator(checkInteger(seed, 'seed', { min: 0 }));
}

/** The next seed of the process. */
export function nextSeed(): number {
  return seeds.next();
}

/** Where the seeds of the process are: those of another that is set to it are the same from here on. */
export function seedState(): number {
  return seeds.state;
}

export function setSeedState(state: number): void {
  seeds.state = state;
}

// The finaliser of MurmurHash3: neighbouring states give unrelated seeds.
function mix(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
