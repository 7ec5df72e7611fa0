/**
 * The float64 oracle for activations: Keras 3.16's values by the plainest formulas (sparsemax by the published algorithm,
 * as Keras' own is wrong), gradients by central differences. It shares no code with the library that it judges.
 */

import { withDefaults } from './args';
import {
  type Axes,
  at,
  centralDifference,
  clip,
  divide,
  map,
  mapVectors,
  max,
  type Nd,
  normalizeAxis,
  subtract,
  sum,
} from './ndarray';

type Args = Record<string, unknown>;
type Activation = (args: Args, x: Nd) => Nd;
type Scalar = (x: number) => number;

/** sigmoid, without overflow on either side. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** log(1 + e^x), without overflow. */
export const softplus: Scalar = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const hardSigmoid: Scalar = (x) => clip(x / 6 + 0.5, 0, 1);
const elu = (x: number, alpha: number): number => (x > 0 ? x : alpha * Math.expm1(x));

/** 1 - erf(z), with full relative accuracy in the tail: gelu multiplies it there. */
function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z);
  const gauss = Math.exp(-z * z) / Math.sqrt(Math.PI);
  if (z >= 2) {
    // Laplace's continued fraction, from the inside out.
    let tail = z;
    for (let k = 200; k >= 1; k--) tail = z + k / 2 / tail;
    return gauss / tail;
  }
  // erf(z) = 2/sqrt(pi) exp(-z^2) sum 2^n z^(2n+1) / (2n+1)!!, all terms positive.
  let term = z;
  let total = z;
  for (let n = 1; n < 60; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    total += term;
  }
  return 1 - 2 * gauss * total;
}

function geluTanh(x: number): number {
  return (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

const geluExact: Scalar = (x) => (x / 2) * erfc(-x / Math.SQRT2);

function sparsePlus(x: number): number {
  if (x <= -1) return 0;
  return x < 1 ? (x + 1) ** 2 / 4 : x;
}

/** Shrinks towards 0 by the threshold. */
function softShrink(x: number, threshold: number): number {
  return Math.abs(x) > threshold ? x - Math.sign(x) * threshold : 0;
}

const relu: Activation = (args, x) => {
  const { negative_slope, max_value, threshold } = withDefaults(args, {
    negative_slope: 0,
    max_value: null as number | null,
    threshold: 0,
  });
  return map(x, (value) => {
    const passed = Math.min(value <= threshold ? 0 : value, max_value ?? Infinity);
    // Without a slope there is no negative part: 0 times infinity would be NaN.
    return negative_slope === 0 ? passed : passed - negative_slope * Math.max(threshold - value, 0);
  });
};

const logSoftmax: Activation = (args, x) => {
  const { axis } = withDefaults(args, { axis: -1 as Axes });
  const shifted = subtract(x, max(x, axis, true));
  return subtract(shifted, map(sum(map(shifted, Math.exp), axis, true), Math.log));
};

const softmax: Activation = (args, x) => {
  const { axis } = withDefaults(args, { axis: -1 as Axes });
  const exponentials = map(subtract(x, max(x, axis, true)), Math.exp);
  return divide(exponentials, sum(exponentials, axis, true));
};

/** The first half of the axis times the sigmoid of the second. */
const glu: Activation = (args, x) => {
  const { axis } = withDefaults(args, { axis: -1 });
  const size = at(x.shape, normalizeAxis(axis, x.shape.length));
  if (size % 2 !== 0) throw new RangeError(`Expected an even size on axis ${axis}, received shape [${x.shape}]`);
  const half = size / 2;
  return mapVectors(x, axis, (v) => v.slice(0, half).map((value, i) => value * sigmoid(at(v, half + i))));
};

/** Martins & Astudillo 2016, algorithm 1: the Euclidean projection onto the simplex. Ties share. */
function projectOntoSimplex(z: number[]): number[] {
  const sorted = [...z].sort((a, b) => b - a);
  let cumulative = 0;
  let threshold = 0;
  sorted.forEach((value, i) => {
    cumulative += value;
    // The support is a prefix of the sorted values, so the last one that passes sets the threshold.
    if (1 + (i + 1) * value > cumulative) threshold = (cumulative - 1) / (i + 1);
  });
  return z.map((value) => Math.max(value - threshold, 0));
}

const sparsemax: Activation = (args, x) => {
  const { axis } = withDefaults(args, { axis: -1 });
  return mapVectors(x, axis, projectOntoSimplex);
};

const threshold: Activation = (args, x) => {
  // Keras has no defaults for these two: NaN marks a missing one.
  const { threshold: limit, default_value } = withDefaults(args, { threshold: NaN, default_value: NaN });
  if (Number.isNaN(limit) || Number.isNaN(default_value)) throw new TypeError('Expected threshold and default_value');
  return map(x, (value) => (value > limit ? value : default_value));
};

/** An elementwise activation without arguments. */
function plain(f: Scalar): Activation {
  return (args, x) => {
    withDefaults(args, {});
    return map(x, f);
  };
}

/** An elementwise activation with one number as its argument. */
function withNumber(name: string, initial: number, f: (x: number, argument: number) => number): Activation {
  return (args, x) => {
    const argument = withDefaults<Record<string, number>>(args, { [name]: initial })[name] ?? initial;
    return map(x, (value) => f(value, argument));
  };
}

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const ACTIVATIONS = new Map<string, Activation>(
  Object.entries({
    linear: plain((x) => x),
    relu,
    leaky_relu: withNumber('negative_slope', 0.2, (x, slope) => (x > 0 ? x : slope * x)),
    relu6: plain((x) => clip(x, 0, 6)),
    elu: withNumber('alpha', 1, elu),
    celu: withNumber('alpha', 1, (x, alpha) => elu(x / alpha, 1) * alpha),
    selu: plain((x) => SELU_SCALE * elu(x, SELU_ALPHA)),
    gelu: (args, x) => map(x, withDefaults(args, { approximate: false }).approximate ? geluTanh : geluExact),
    exponential: plain(Math.exp),
    tanh: plain(Math.tanh),
    sigmoid: plain(sigmoid),
    log_sigmoid: plain((x) => -softplus(-x)),
    hard_sigmoid: plain(hardSigmoid),
    sparse_sigmoid: plain((x) => clip((x + 1) / 2, 0, 1)),
    softplus: plain(softplus),
    sparse_plus: plain(sparsePlus),
    squareplus: withNumber('b', 4, (x, b) => (x + Math.sqrt(x ** 2 + b)) / 2),
    softsign: plain((x) => x / (1 + Math.abs(x))),
    silu: plain((x) => x * sigmoid(x)),
    swish: plain((x) => x * sigmoid(x)),
    hard_silu: plain((x) => x * hardSigmoid(x)),
    hard_swish: plain((x) => x * hardSigmoid(x)),
    mish: plain((x) => x * Math.tanh(softplus(x))),
    hard_tanh: plain((x) => clip(x, -1, 1)),
    hard_shrink: withNumber('threshold', 0.5, (x, limit) => (Math.abs(x) > limit ? x : 0)),
    soft_shrink: withNumber('threshold', 0.5, softShrink),
    tanh_shrink: plain((x) => x - Math.tanh(x)),
    threshold,
    softmax,
    log_softmax: logSoftmax,
    glu,
    sparsemax,
  }),
);

export const ACTIVATION_NAMES: readonly string[] = [...ACTIVATIONS.keys()];

/** The activation of Keras' snake-case name, with Keras' argument names. */
export function activation(name: string, args: Args, x: Nd): Nd {
  const f = ACTIVATIONS.get(name);
  if (f === undefined) throw new RangeError(`Expected one of ${ACTIVATION_NAMES.join(', ')}, received ${name}`);
  return f(args, x);
}

/** d sum(upstream * activation(x)) / dx by central differences; upstream null is all ones. */
export function activationGradient(name: string, args: Args, x: Nd, upstream: Nd | null = null): Nd {
  return centralDifference(x, (moved) => activation(name, args, moved), upstream);
}
