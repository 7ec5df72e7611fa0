/** What layers give in inference, in float64: element by element, by the formulas of Keras' documentation. */

import { at, full, type Nd, nd, sizeOf } from './ndarray';

/** A layer's inputs with the batch, its weights in Keras' order, and its arguments with their defaults. */
export interface Call {
  readonly inputs: readonly Nd[];
  readonly weights: readonly Nd[];
  readonly args: Readonly<Record<string, unknown>>;
}

type Index = readonly number[];

function offset(shape: Index, index: Index): number {
  return index.reduce((sum, i, axis) => sum * at(shape as number[], axis) + i, 0);
}

function get(x: Nd, index: Index): number {
  return at(x.data, offset(x.shape, index));
}

function indices(shape: Index): Index[] {
  return shape.reduce<Index[]>(
    (before, size) => before.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

function build(shape: number[], value: (index: Index) => number): Nd {
  return nd(shape, indices(shape).map(value));
}

/** The element at the trailing axes of `index`; axes of one element broadcast. */
function broadcastAt(x: Nd, index: Index): number {
  return get(
    x,
    [index.slice(0, 1), index.slice(index.length - x.shape.length + 1)]
      .flat()
      .map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
  );
}

const axesOf = (args: Call['args'], rank: number): number[] =>
  [args.axis as number | number[]].flat().map((axis) => (axis < 0 ? axis + rank : axis));

const first = ({ inputs }: Call): Nd => inputs[0] ?? full([0], 0);

/** All elements that agree with `index` but for these axes. */
function along(x: Nd, index: Index, axes: readonly number[]): number[] {
  const others = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  return indices(others).map((other) =>
    get(
      x,
      index.map((i, axis) => (axes.includes(axis) ? (other[axis] ?? 0) : i)),
    ),
  );
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]): number => mean(values.map((value) => (value - mean(values)) ** 2));
const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value ** 2, 0);

/** Of a weight with an element for each place along the axes. */
function weightAt(weight: Nd | undefined, index: Index, axes: readonly number[], none: number): number {
  return weight === undefined
    ? none
    : get(
        weight,
        axes.map((axis) => index[axis] ?? 0),
      );
}

/** gamma and beta, as far as there are any. */
function scaled(call: Call, value: number, index: Index, axes: readonly number[]): number {
  const { center = true, scale = true } = call.args;
  const [gamma, beta] = scale ? call.weights : [undefined, call.weights[0]];
  return value * weightAt(gamma, index, axes, 1) + weightAt(center ? beta : undefined, index, axes, 0);
}

function batchNormalization(call: Call): Nd {
  const x = first(call);
  const axes = axesOf(call.args, x.shape.length);
  const [moving, spread] = call.weights.slice(-2);
  return build(x.shape, (index) => {
    const deviation = Math.sqrt(weightAt(spread, index, axes, 1) + (call.args.epsilon as number));
    return scaled(call, (get(x, index) - weightAt(moving, index, axes, 0)) / deviation, index, axes);
  });
}

function layerNormalization(call: Call): Nd {
  const x = first(call);
  const axes = axesOf(call.args, x.shape.length).sort((a, b) => a - b);
  // Keras reshapes weights whose axes were named in another order, and does not transpose them.
  const weights = call.weights.map(({ data }) =>
    nd(
      axes.map((axis) => at(x.shape, axis)),
      data,
    ),
  );
  return build(x.shape, (index) => {
    const values = along(x, index, axes);
    const normal = (get(x, index) - mean(values)) / Math.sqrt(variance(values) + (call.args.epsilon as number));
    return scaled({ ...call, weights }, normal, index, axes);
  });
}

function groupNormalization(call: Call): Nd {
  const x = first(call);
  const axes = axesOf(call.args, x.shape.length);
  const [axis = 0] = axes;
  const channels = x.shape[axis] ?? 1;
  const size = call.args.groups === -1 ? 1 : channels / (call.args.groups as number);
  return build(x.shape, (index) => {
    const group = Math.floor((index[axis] ?? 0) / size);
    const same = indices(x.shape).filter(
      (other) => other[0] === index[0] && Math.floor((other[axis] ?? 0) / size) === group,
    );
    const values = same.map((other) => get(x, other));
    const normal = (get(x, index) - mean(values)) / Math.sqrt(variance(values) + (call.args.epsilon as number));
    return scaled(call, normal, index, axes);
  });
}

function rmsNormalization(call: Call): Nd {
  const x = first(call);
  const axes = axesOf(call.args, x.shape.length);
  return build(x.shape, (index) => {
    const values = along(x, index, axes);
    const root = Math.sqrt(squares(values) / values.length + (call.args.epsilon as number));
    return (get(x, index) / root) * weightAt(call.weights[0], index, axes, 1);
  });
}

function unitNormalization(call: Call): Nd {
  const x = first(call);
  const axes = axesOf(call.args, x.shape.length);
  return build(x.shape, (index) => get(x, index) * Math.min(1e12, 1 / Math.sqrt(squares(along(x, index, axes)))));
}

function softmax(call: Call): Nd {
  const x = first(call);
  const axes = axesOf(call.args, x.shape.length);
  return build(x.shape, (index) => {
    const values = along(x, index, axes);
    const most = Math.max(...values);
    return Math.exp(get(x, index) - most) / values.reduce((sum, value) => sum + Math.exp(value - most), 0);
  });
}

function prelu(call: Call): Nd {
  const x = first(call);
  const alpha = call.weights[0] ?? full([1], 0);
  return build(x.shape, (index) => {
    const slope = get(
      alpha,
      index.slice(1).map((i, axis) => (alpha.shape[axis] === 1 ? 0 : i)),
    );
    return get(x, index) > 0 ? get(x, index) : slope * get(x, index);
  });
}

function merge(call: Call, combine: (values: readonly number[]) => number): Nd {
  const rank = Math.max(...call.inputs.map(({ shape }) => shape.length));
  const padded = call.inputs.map(({ shape, data }) =>
    nd([shape[0] ?? 0, ...new Array<number>(rank - shape.length).fill(1), ...shape.slice(1)], data),
  );
  const shape = Array.from({ length: rank }, (_, axis) => Math.max(...padded.map((x) => x.shape[axis] ?? 1)));
  return build(shape, (index) => combine(padded.map((x) => broadcastAt(x, index))));
}

function concatenate(call: Call): Nd {
  const x = first(call);
  const [axis = 0] = axesOf(call.args, x.shape.length);
  const shape = x.shape.map((size, i) =>
    i === axis ? call.inputs.reduce((sum, one) => sum + (one.shape[axis] ?? 0), 0) : size,
  );
  return build(shape, (index) => {
    let left = index[axis] ?? 0;
    const source = call.inputs.find((one) => {
      if (left < (one.shape[axis] ?? 0)) return true;
      left -= one.shape[axis] ?? 0;
      return false;
    });
    return get(
      source ?? x,
      index.map((i, one) => (one === axis ? left : i)),
    );
  });
}

function dot({ inputs, args }: Call): Nd {
  const [a, b] = inputs as [Nd, Nd];
  const [one, other] = [args.axes, args.axes].flat() as [number, number];
  const axes = [one < 0 ? one + a.shape.length : one, other < 0 ? other + b.shape.length : other] as const;
  const unit = (x: Nd, axis: number): Nd =>
    args.normalize === true ? unitNormalization({ inputs: [x], weights: [], args: { axis } }) : x;
  const [x, z] = [unit(a, axes[0]), unit(b, axes[1])];
  const [mine, others] = [x.shape.toSpliced(axes[0], 1), z.shape.toSpliced(axes[1], 1).slice(1)];
  const shape = [...mine, ...others];
  const product = build(shape, (index) => {
    const [i, j] = [index.slice(0, mine.length), [index[0] ?? 0, ...index.slice(mine.length)]];
    return Array.from({ length: x.shape[axes[0]] ?? 0 }, (_, k) => k).reduce(
      (sum, k) => sum + get(x, i.toSpliced(axes[0], 0, k)) * get(z, j.toSpliced(axes[1], 0, k)),
      0,
    );
  });
  return shape.length === 1 ? nd([...shape, 1], product.data) : product;
}

function masking(call: Call): Nd {
  const x = first(call);
  const last = x.shape.length - 1;
  return build(x.shape, (index) =>
    along(x, index, [last]).every((value) => value === call.args.mask_value) ? 0 : get(x, index),
  );
}

function normalization(call: Call): Nd {
  const x = first(call);
  const axes = axesOf(call.args, x.shape.length);
  const [average, spread] = call.weights;
  return build(x.shape, (index) => {
    const deviation = Math.max(1e-7, Math.sqrt(weightAt(spread, index, axes, 1)));
    const center = weightAt(average, index, axes, 0);
    return call.args.invert === true ? get(x, index) * deviation + center : (get(x, index) - center) / deviation;
  });
}

function rescaling(call: Call): Nd {
  const factor = (name: string, index: Index): number => {
    const values = [call.args[name] as number | number[]].flat();
    return at(values, values.length === 1 ? 0 : (index.at(-1) ?? 0));
  };
  return build(
    first(call).shape,
    (index) => get(first(call), index) * factor('scale', index) + factor('offset', index),
  );
}

function permute(call: Call): Nd {
  const x = first(call);
  const dims = [0, ...(call.args.dims as number[])];
  return build(
    dims.map((axis) => at(x.shape, axis)),
    (index) =>
      get(
        x,
        dims.map((_, axis) => at(index as number[], dims.indexOf(axis))),
      ),
  );
}

function repeatVector(call: Call): Nd {
  const [rows = 0, features = 0] = first(call).shape;
  return build([rows, call.args.n as number, features], ([row = 0, , i = 0]) => get(first(call), [row, i]));
}

function embedding(call: Call): Nd {
  const [table = full([0], 0)] = call.weights;
  const shape = [...first(call).shape, at(table.shape, 1)];
  return build(shape, (index) => get(table, [get(first(call), index.slice(0, -1)), index.at(-1) ?? 0]));
}

function flattened(call: Call): Nd {
  const [rows = 0, ...sample] = first(call).shape;
  return nd([rows, sizeOf(sample)], first(call).data);
}

export const LAYERS: Readonly<Record<string, (call: Call) => Nd>> = {
  Add: (call) => merge(call, (values) => values.reduce((sum, value) => sum + value, 0)),
  Average: (call) => merge(call, mean),
  BatchNormalization: batchNormalization,
  Concatenate: concatenate,
  Dot: dot,
  Embedding: embedding,
  Flatten: flattened,
  GroupNormalization: groupNormalization,
  LayerNormalization: layerNormalization,
  Masking: masking,
  Maximum: (call) => merge(call, (values) => Math.max(...values)),
  Minimum: (call) => merge(call, (values) => Math.min(...values)),
  Multiply: (call) => merge(call, (values) => values.reduce((product, value) => product * value, 1)),
  Normalization: normalization,
  Permute: permute,
  PReLU: prelu,
  RepeatVector: repeatVector,
  Rescaling: rescaling,
  RMSNormalization: rmsNormalization,
  Softmax: softmax,
  Subtract: (call) => merge(call, ([a = 0, b = 0]) => a - b),
  UnitNormalization: unitNormalization,
};
