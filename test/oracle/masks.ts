/** What masks do in Keras 3, in float64: layers of values with a mask, which has no last axis; null where all count. */

import { LAYERS } from './layers';
import { at, full, type Nd, nd, sizeOf } from './ndarray';

export interface Masked {
  readonly x: Nd;
  readonly mask: Nd | null;
}

type Args = Readonly<Record<string, unknown>>;

const steps = (x: Nd): number[] => x.shape.slice(0, -1);
const features = (x: Nd): number => at(x.shape, x.shape.length - 1);

/** Each element, with whether its step counts. */
function mapSteps({ x, mask }: Masked, value: (element: number, counts: boolean, index: number) => number): Nd {
  const width = features(x);
  return nd(
    x.shape,
    x.data.map((element, i) => value(element, mask === null || at(mask.data, Math.floor(i / width)) !== 0, i)),
  );
}

/** A step counts where one of its features is another value. */
export function maskOf(x: Nd, value: number): Nd {
  const width = features(x);
  const counts = (step: number): boolean => x.data.slice(step * width, (step + 1) * width).some((one) => one !== value);
  return nd(
    steps(x),
    Array.from({ length: sizeOf(steps(x)) }, (_, step) => Number(counts(step))),
  );
}

export function masking(x: Nd, value: number): Masked {
  const mask = maskOf(x, value);
  return { x: mapSteps({ x, mask }, (element, counts) => (counts ? element : 0)), mask };
}

/** By the statistics of the steps of the batch that count, for each element of the last axis. */
export function normalizeBatch({ x, mask }: Masked, gamma: Nd, beta: Nd, epsilon: number): Masked {
  const width = features(x);
  const channels = Array.from({ length: width }, (_, channel) => {
    const values = [...x.data].filter((_, i) => {
      return i % width === channel && (mask === null || at(mask.data, Math.floor(i / width)) !== 0);
    });
    const weight = values.length + (mask === null ? 0 : 1e-7);
    const mean = values.reduce((sum, value) => sum + value, 0) / weight;
    return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / weight };
  });
  const normal = mapSteps({ x, mask }, (element, _, i) => {
    const { mean, variance } = channels[i % width] as { mean: number; variance: number };
    return ((element - mean) / Math.sqrt(variance + epsilon)) * at(gamma.data, i % width) + at(beta.data, i % width);
  });
  return { x: normal, mask };
}

/** What does not count has a score of -1e9, and gets 0. */
export function softmax({ x, mask }: Masked, axis: number): Masked {
  const scores = mapSteps({ x, mask }, (element, counts) => (counts ? element : -1e9));
  const shares = (LAYERS.Softmax as (typeof LAYERS)[string])({ inputs: [scores], weights: [], args: { axis } });
  return { x: mapSteps({ x: shares, mask }, (element, counts) => (counts ? element : 0)), mask };
}

const either = (masks: readonly Nd[]): Nd => {
  const [{ shape } = full([0], 0)] = masks;
  return nd(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Number(masks.some(({ data }) => at(data, i) !== 0))),
  );
};

/** Elements of all inputs, and of those that count there. */
const COMBINE: Readonly<Record<string, (all: readonly number[], counting: readonly number[]) => number>> = {
  Average: (all) => all.reduce((total, one) => total + one, 0) / all.length,
  Maximum: (all, counting) => (counting.length === 0 ? at(all, 0) : Math.max(...counting)),
  Minimum: (all, counting) => (counting.length === 0 ? at(all, 0) : Math.min(...counting)),
  Multiply: (_, counting) => (counting.length === 0 ? 0 : counting.reduce((product, one) => product * one, 1)),
  Subtract: ([a = 0, b = 0]) => a - b,
};

/** Inputs of one shape. */
export function merge(name: string, inputs: readonly Masked[]): Masked {
  const masks = inputs.flatMap(({ mask }) => (mask === null ? [] : [mask]));
  const mask = masks.length === inputs.length ? either(masks) : null;
  const [{ x } = { x: full([0], 0) }] = inputs;
  const width = features(x);
  const combine = COMBINE[name] ?? ((all) => all.reduce((total, one) => total + one, 0));
  const value = (i: number): number => {
    const all = inputs.map((input) => at(input.x.data, i));
    const counting = all.filter((_, n) => {
      const mask = inputs[n]?.mask ?? null;
      return mask === null || at(mask.data, Math.floor(i / width)) !== 0;
    });
    return combine(all, counting);
  };
  return {
    x: nd(
      x.shape,
      Array.from({ length: x.data.length }, (_, i) => value(i)),
    ),
    mask,
  };
}

/** Along the last axis a step counts that counts in one input; along another one, masks stand side by side too. */
export function concatenate(inputs: readonly Masked[], axis: number): Masked {
  const join = (parts: readonly Nd[], args: Args): Nd =>
    (LAYERS.Concatenate as (typeof LAYERS)[string])({ inputs: parts, weights: [], args });
  const x = join(
    inputs.map((input) => input.x),
    { axis },
  );
  if (inputs.every(({ mask }) => mask === null)) return { x, mask: null };
  const masks = inputs.map((input) => input.mask ?? full(steps(input.x), 1));
  return { x, mask: axis === x.shape.length - 1 ? either(masks) : join(masks, { axis }) };
}

/** y = x kernel + bias, of each step. */
export function dense({ x, mask }: Masked, kernel: Nd, bias: Nd): Masked {
  const [width, units] = kernel.shape as [number, number];
  const shape = [...steps(x), units];
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => {
    const [step, unit] = [Math.floor(i / units), i % units];
    let sum = at(bias.data, unit);
    for (let f = 0; f < width; f++) sum += at(x.data, step * width + f) * at(kernel.data, f * units + unit);
    return sum;
  });
  return { x: nd(shape, values), mask };
}
