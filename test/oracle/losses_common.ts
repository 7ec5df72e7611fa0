/** What the loss files share: the form of a loss, and the bounds that depend on the float type. */

import { expandLast, type Nd, squeezeLast } from './ndarray';

export type Args = Record<string, unknown>;

/** The float type whose bounds apply; the arithmetic is float64 in either case. */
export type Precision = 'float32' | 'float64';

export type Bounds = {
  epsilon: number;
  /** Probabilities are clipped to [epsilon, high] before a logarithm. */
  high: number;
  /** Rounds to the float type, where a value so small that it vanishes there matters. */
  round: (value: number) => number;
};

export type LossFunction = (args: Args, yTrue: Nd, yPred: Nd, bounds: Bounds) => Nd;

/** In float32 1 - 1e-7 rounds to 0.99999988, so the upper end is not epsilon away from 1. */
export function boundsOf(precision: Precision): Bounds {
  const round = precision === 'float32' ? Math.fround : (value: number): number => value;
  return { epsilon: round(1e-7), high: round(1 - 1e-7), round };
}

/**
 * Keras' rank rule: only when the ranks differ by 1 and the longer shape ends in 1. Then a shorter array of rank 1 gets
 * a last axis; otherwise the longer one loses its last axis.
 */
export function alignRanks(a: Nd, b: Nd): [Nd, Nd] {
  if (b.shape.length > a.shape.length) {
    const [longer, shorter] = alignRanks(b, a);
    return [shorter, longer];
  }
  if (a.shape.length !== b.shape.length + 1 || a.shape[a.shape.length - 1] !== 1) return [a, b];
  return b.shape.length === 1 ? [a, expandLast(b)] : [squeezeLast(a), b];
}
