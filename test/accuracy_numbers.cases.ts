/** Sums that both float32 and float64 have. */
import { activations, constraints, regularizers, SGD } from 'gemsbok';
import {
  type AccuracyCase,
  column,
  dtypeOf,
  largest,
  magnitudes,
  type Numbers,
  row,
  square,
  sum,
  values,
} from './accuracy.cases';

type Case = AccuracyCase<Numbers>;

/** In float64. */
function mapped(x: Numbers, f: (value: number, i: number) => number): Float64Array {
  return Float64Array.from(x).map(f);
}

const zerosOf = (x: Numbers): Numbers => x.map(() => 0);
function highest(x: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) most = Math.max(most, x[i] as number);
  return most;
}

function probabilities(x: Numbers): Float64Array {
  const top = highest(x);
  const total = sum(x, (value) => Math.exp(value - top));
  return mapped(x, (value) => Math.exp(value - top) / total);
}

/** The gradient of an activation of long rows, where the rows and what comes from above are the same numbers. */
function ofActivation(
  name: activations.ActivationName,
  kernel: string,
  wanted: (x: Numbers) => Float64Array,
  equal = false,
): Case {
  const rowOf = (x: Numbers): Numbers => (equal ? x.map(() => x[0] ?? 0) : x);
  return {
    kernel,
    title: `gradient of ${name}`,
    found: (x) => values(activations.gradient(name, row(rowOf(x)), row(x), { dtype: dtypeOf(x) })),
    wanted,
    scale: (x) => largest(x),
  };
}

function norm(title: string, desired: (length: number) => number, axis: 0 | 1): Case {
  const made = {
    MaxNorm: new constraints.MaxNorm({ axis, maxValue: 2 }),
    UnitNorm: new constraints.UnitNorm({ axis }),
    MinMaxNorm: new constraints.MinMaxNorm({ axis, maxValue: 2, minValue: 1 }),
  }[title as 'MaxNorm'];
  return {
    kernel: 'constraints',
    title: `${title} along ${axis}`,
    found: (x) => values(made.apply((axis === 0 ? column : row)(x), { dtype: dtypeOf(x) })),
    wanted: (x) => {
      const length = Math.sqrt(sum(x, square));
      return mapped(x, (value) => (value * desired(length)) / (1e-7 + length));
    },
  };
}

/** Two rows of n that are not orthogonal. */
const pairOfRows = (x: Numbers): Numbers => {
  const both = dtypeOf(x) === 'float64' ? new Float64Array(2 * x.length) : new Float32Array(2 * x.length);
  both.set(x);
  both.set(
    x.map((value, i) => value * (i % 3) + 1),
    x.length,
  );
  return both;
};

/** Of the unit vectors of two rows: the cosine, and what a step along each row makes of it. */
function cosineOfRows(x: Numbers): { readonly cosine: number; readonly gradients: Float64Array } {
  const both = pairOfRows(x);
  const [a, b] = [both.subarray(0, x.length), both.subarray(x.length)];
  const [lengthA, lengthB] = [Math.sqrt(sum(a, square)), Math.sqrt(sum(b, square))];
  const unitA = mapped(a, (value) => value / lengthA);
  const unitB = mapped(b, (value) => value / lengthB);
  const cosine = sum(unitA, (value, i) => value * (unitB[i] as number));
  const gradients = new Float64Array(2 * x.length);
  gradients.set(unitB.map((value, i) => (value - cosine * (unitA[i] as number)) / lengthA));
  gradients.set(
    unitA.map((value, i) => (value - cosine * (unitB[i] as number)) / lengthB),
    x.length,
  );
  return { cosine, gradients };
}

const orthogonal = new regularizers.OrthogonalRegularizer({ factor: 1, mode: 'rows' });

export const NUMBER_CASES: readonly Case[] = [
  {
    kernel: 'regularizers',
    title: 'L1',
    found: (x) => [new regularizers.L1({ l1: 1 }).compute(x, { dtype: dtypeOf(x) })],
    wanted: (x) => [magnitudes(x)],
  },
  {
    kernel: 'regularizers',
    title: 'L2',
    most: 2 ** 20,
    found: (x) => [new regularizers.L2({ l2: 1 }).compute(x, { dtype: dtypeOf(x) })],
    wanted: (x) => [sum(x, square)],
  },
  {
    kernel: 'regularizers',
    title: 'OrthogonalRegularizer',
    found: (x) => [orthogonal.compute({ data: pairOfRows(x), shape: [2, x.length] }, { dtype: dtypeOf(x) })],
    wanted: (x) => [cosineOfRows(x).cosine],
    scale: () => 1,
  },
  {
    kernel: 'regularizers',
    title: 'gradient of OrthogonalRegularizer',
    found: (x) => values(orthogonal.gradient({ data: pairOfRows(x), shape: [2, x.length] }, { dtype: dtypeOf(x) })),
    wanted: (x) => cosineOfRows(x).gradients,
    // Each row's is divided by its length.
    scale: (x) => 1 / Math.sqrt(Math.min(sum(x, square), sum(pairOfRows(x).subarray(x.length), square))),
  },
  ...([0, 1] as const).flatMap((axis) => [
    norm('MaxNorm', (length) => Math.min(length, 2), axis),
    norm('MinMaxNorm', (length) => Math.min(Math.max(length, 1), 2), axis),
    norm('UnitNorm', () => 1, axis),
  ]),
  {
    kernel: 'softmax',
    title: 'softmax',
    most: 2 ** 20,
    found: (x) => values(activations.softmax(row(x), { dtype: dtypeOf(x) })),
    wanted: probabilities,
  },
  {
    kernel: 'log_softmax',
    title: 'logSoftmax',
    found: (x) => values(activations.logSoftmax(row(x), { dtype: dtypeOf(x) })),
    wanted: (x) => {
      const top = highest(x);
      const log = Math.log(sum(x, (value) => Math.exp(value - top)));
      return mapped(x, (value) => value - top - log);
    },
  },
  {
    kernel: 'sparsemax',
    title: 'sparsemax of equal numbers',
    found: (x) => values(activations.sparsemax(row(x.map(() => x[0] ?? 0)), { dtype: dtypeOf(x) })),
    wanted: (x) => new Float64Array(x.length).fill(1 / x.length),
    scale: () => 1,
  },
  ...(['clipnorm', 'globalClipnorm'] as const).map((clip) => ({
    kernel: 'clipped norms',
    title: clip,
    found: (x: Numbers) => {
      const variable = zerosOf(x);
      new SGD({ learningRate: 1, [clip]: 0.5 }).apply([x], [variable]);
      return variable;
    },
    wanted: (x: Numbers) => {
      const length = Math.max(0.5, Math.sqrt(sum(x, square)));
      return mapped(x, (value) => (-value * 0.5) / length);
    },
  })),
  {
    ...ofActivation('softmax', 'softmax', (x) => {
      const y = probabilities(x);
      const mean = sum(x, (value, i) => value * (y[i] as number));
      return mapped(x, (value, i) => (y[i] as number) * (value - mean));
    }),
    scale: (x) => largest(probabilities(x)) * largest(x),
  },
  {
    ...ofActivation('log_softmax', 'log_softmax', (x) => {
      const y = probabilities(x);
      const total = sum(x);
      return mapped(x, (value, i) => value - (y[i] as number) * total);
    }),
    scale: (x) => largest(x) + largest(probabilities(x)) * magnitudes(x),
  },
  ofActivation(
    'sparsemax',
    'sparsemax',
    (x) => {
      const mean = sum(x) / x.length;
      return mapped(x, (value) => value - mean);
    },
    true,
  ),
];
