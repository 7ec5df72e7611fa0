/** Regularizers (a penalty of one weight) and constraints (a projection of one weight), in float64. */

import { withDefaults } from './args';
import { type Axes, at, clip, map, map2, type Nd, sum } from './ndarray';

type Args = Readonly<Record<string, unknown>>;

const EPSILON = 1e-7;

const total = (x: Nd): number => at(sum(x).data, 0);
const sumOfMagnitudes = (x: Nd): number => total(map(x, Math.abs));
const sumOfSquares = (x: Nd): number => total(map(x, (value) => value * value));

/** The mean magnitude of the cosine over the pairs of rows or columns. */
function orthogonalPenalty(x: Nd, mode: string): number {
  if (x.shape.length !== 2) throw new RangeError(`Expected rank 2, received shape [${x.shape}]`);
  const axis = mode === 'rows' ? 1 : 0;
  const squares = sum(
    map(x, (value) => value * value),
    axis,
    true,
  );
  const unit = map2(x, squares, (value, square) => value / Math.sqrt(Math.max(square, EPSILON ** 2)));
  const columns = at(x.shape, 1);
  const size = at(x.shape, 1 - axis);
  const vector = (k: number): Float64Array => {
    return unit.data.filter((_, i) => (axis === 1 ? Math.floor(i / columns) : i % columns) === k);
  };
  let penalty = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const other = vector(j);
      penalty += Math.abs(vector(i).reduce((dot, value, k) => dot + value * at(other, k), 0));
    }
  }
  return penalty / ((size * (size - 1)) / 2);
}

const REGULARIZERS: ReadonlyMap<string, (args: Args, x: Nd) => number> = new Map(
  Object.entries({
    L1: (args: Args, x: Nd) => withDefaults(args, { l1: 0.01 }).l1 * sumOfMagnitudes(x),
    L2: (args: Args, x: Nd) => withDefaults(args, { l2: 0.01 }).l2 * sumOfSquares(x),
    L1L2: (args: Args, x: Nd) => {
      const { l1, l2 } = withDefaults(args, { l1: 0, l2: 0 });
      return l1 * sumOfMagnitudes(x) + l2 * sumOfSquares(x);
    },
    OrthogonalRegularizer: (args: Args, x: Nd) => {
      const { factor, mode } = withDefaults(args, { factor: 0.01, mode: 'rows' });
      return factor * orthogonalPenalty(x, mode);
    },
  }),
);

/** The penalty that one weight adds to the loss. */
export function regularizer(className: string, args: Args, x: Nd): number {
  const penalty = REGULARIZERS.get(className);
  if (penalty === undefined) throw new Error(`unknown regularizer ${className}`);
  return penalty(args, x);
}

/** Rescales x so that its norm over `axis` becomes desired(norm), or by epsilon a little less. */
function rescaleNorm(x: Nd, axis: Axes, desired: (norm: number) => number): Nd {
  const norms = map(
    sum(
      map(x, (value) => value * value),
      axis,
      true,
    ),
    Math.sqrt,
  );
  return map2(x, norms, (value, norm) => value * (desired(norm) / (EPSILON + norm)));
}

const CONSTRAINTS: ReadonlyMap<string, (args: Args, x: Nd) => Nd> = new Map(
  Object.entries({
    MaxNorm: (args: Args, x: Nd) => {
      const { max_value, axis } = withDefaults(args, { max_value: 2, axis: 0 as Axes });
      return rescaleNorm(x, axis, (norm) => clip(norm, 0, max_value));
    },
    NonNeg: (args: Args, x: Nd) => {
      withDefaults(args, {});
      return map(x, (value) => Math.max(value, 0));
    },
    UnitNorm: (args: Args, x: Nd) => rescaleNorm(x, withDefaults(args, { axis: 0 as Axes }).axis, () => 1),
    MinMaxNorm: (args: Args, x: Nd) => {
      const o = withDefaults(args, { min_value: 0, max_value: 1, rate: 1, axis: 0 as Axes });
      return rescaleNorm(x, o.axis, (norm) => o.rate * clip(norm, o.min_value, o.max_value) + (1 - o.rate) * norm);
    },
  }),
);

/** The weight after the constraint, as a new array. */
export function constraint(className: string, args: Args, x: Nd): Nd {
  const project = CONSTRAINTS.get(className);
  if (project === undefined) throw new Error(`unknown constraint ${className}`);
  return project(args, x);
}
