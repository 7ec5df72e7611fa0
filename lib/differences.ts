// Derivatives of functions of numbers by central differences, for checks of gradients.
import { checkNumber, elementAt } from './check';
import { outOfRange } from './errors';

/**
 * The default steps: differences lose digits to rounding where steps are small, and to curvature where they are large.
 */
const STEPS = { float64: 1e-6, float32: 1e-2 };

/** Less than floats tell apart, and far more than doubles do. */
const NUDGE = 2 ** -30;

/** The values of a function: their sum is what is differentiated. */
type Values = readonly number[];

export class Differences {
  readonly #step: number;
  readonly #round: (value: number) => number;

  /** `isSingle`: the function rounds to float32, hence moves between floats, by larger steps unless one is given. */
  constructor(isSingle: boolean, step: unknown) {
    this.#round = isSingle ? Math.fround : (value) => value;
    const usual = isSingle ? STEPS.float32 : STEPS.float64;
    this.#step = step === undefined ? usual : checkNumber(step, 'step');
    if (this.#step <= 0) throw outOfRange('step', 'a number above 0', step);
  }

  /** The derivative by an element of an array, which changes while `values` computes with it. */
  along(data: Float64Array, index: number, values: () => Values): number {
    const middle = elementAt(data, index);
    const step = this.#step * Math.max(Math.abs(middle), 0.1);
    const [high, low] = [this.#round(middle + step), this.#round(middle - step)];
    try {
      data[index] = high;
      const above = values();
      data[index] = low;
      const below = values();
      // One by one: values that did not change cancel exactly.
      const change = above.reduce((sum, value, i) => sum + (value - elementAt(below, i)), 0);
      return change / (high - low);
    } finally {
      data[index] = middle;
    }
  }
}

/** Whether a function that may take doubles keeps no more of its argument, or of its values, than float32 does. */
export function roundsToFloats(argument: Float64Array, valuesAt: (argument: Float64Array) => Values): boolean {
  const floats = argument.map(Math.fround);
  const values = valuesAt(floats);
  // Not all alike: some functions know of ratios or differences alone.
  const nudged = valuesAt(floats.map((value, i) => value + ((i % 3) - 1.5) * NUDGE * Math.max(Math.abs(value), 0.1)));
  const isFloat = (value: number): boolean => Object.is(Math.fround(value), value);
  return values.every((value, i) => value === nudged[i]) || [...values, ...nudged].every(isFloat);
}

/** Where `abs(gradient - numeric) / max(1, abs(numeric))` is largest, or the first NaN; -1 where there are none. */
export function largestError(
  gradient: ArrayLike<number | bigint>,
  numeric: ArrayLike<number>,
): { readonly maxError: number; readonly index: number } {
  let [maxError, index] = [0, -1];
  for (let i = 0; i < numeric.length; i++) {
    const wanted = elementAt(numeric, i);
    const error = Math.abs(Number(gradient[i]) - wanted) / Math.max(1, Math.abs(wanted));
    if (Number.isNaN(error)) return { maxError: error, index: i };
    if (error >= maxError) [maxError, index] = [error, i];
  }
  return { maxError, index };
}
