import type { FileArray } from '../../files/tree';
import { type Shape, sizeOf } from '../../tensor';
import { transposed } from '../named_weights';
import type { OnnxNode } from './node';
import { BATCH, type Constant, type Sizes, type Tensor, type Value } from './values';

type Operator = (node: OnnxNode) => Value;

const FLOATS: readonly number[] = [1, 10, 11, 16];

const first = (node: OnnxNode): Value => {
  const [value] = node.inputs;
  if (value === undefined) throw node.corrupt('an input', 'none');
  return value;
};

const cast: Operator = (node) => {
  const value = first(node);
  const to = node.int('to', 1);
  node.ignore('saturate', 'round_mode');
  if (value.kind !== 'tensor' || FLOATS.includes(to)) return value;
  return { ...node.result(value.shape, [value], node.refused('integers')), rounded: value };
};

const dropout: Operator = (node) => {
  node.ignore('ratio', 'seed', 'is_test');
  const isTraining = node.inputs[2] !== undefined && Number(node.constant(2).array.data[0]) !== 0;
  if (isTraining) throw node.refused('training_mode');
  return first(node);
};

const reshapedTo = (node: OnnxNode, x: Tensor, shape: Shape): Tensor => {
  if (shape.join() === x.shape.join()) return x;
  return node.result(
    shape,
    [x],
    [
      shape.length === 1
        ? { className: 'Flatten', config: {} }
        : { className: 'Reshape', config: { target_shape: shape } },
    ],
  );
};

/** The sizes of a sample that a target asks for, whose first is that of the batch. */
function sampleSizes(node: OnnxNode, target: readonly number[], x: Tensor): Shape {
  const [batch, ...rest] = target;
  const keepsZeros = node.int('allowzero', 0) !== 0;
  const sizes = rest.map((size, i) => (size === 0 && !keepsZeros ? (x.shape[i] ?? 0) : size));
  const size = sizeOf(x.shape);
  const known = sizeOf(sizes.filter((one) => one !== -1));
  const shape = sizes.map((one) => (one === -1 ? size / known : one));
  const isBatch =
    batch === BATCH || (batch === 0 && !keepsZeros) || (batch !== undefined && batch === node.context.batch);
  const isShape =
    sizes.filter((one) => one === -1).length < 2 && shape.every((one) => Number.isSafeInteger(one) && one > 0);
  if (isBatch && isShape && sizeOf(shape) === size) return shape;
  throw node.refused(`[${target.slice(0, 8).join(', ')}], which mixes samples,`);
}

const reshape: Operator = (node) => {
  const value = first(node);
  const target = node.integersAt(1, 'shape');
  if (target === undefined) throw node.corrupt('a shape', 'none');
  if (value.kind === 'tensor') return reshapedTo(node, value, sampleSizes(node, target, value));
  if (value.kind === 'sizes') return value;
  return ofShape(node, node.constant(0), filled(target, node.constant(0).array));
};

/** A shape without -1. */
function filled(target: readonly number[], { data, shape }: FileArray): Shape {
  const sizes = target.map((size, i) => (size === 0 ? (shape[i] ?? 0) : size));
  const known = sizeOf(sizes.filter((size) => size !== -1));
  return sizes.map((size) => (size === -1 ? data.length / known : size));
}

function ofShape(node: OnnxNode, { array, name }: Constant, shape: Shape): Constant {
  if (sizeOf(shape) !== array.data.length) throw node.corrupt(`${array.data.length} numbers`, `[${shape.join(', ')}]`);
  return { kind: 'constant', name, array: { data: array.data, shape } };
}

const flatten: Operator = (node) => {
  const x = node.tensor(0);
  const axis = node.axis(node.int('axis', 1), x.shape);
  if (axis !== 1) throw node.refused(`axis ${axis}`);
  return reshapedTo(node, x, [sizeOf(x.shape)]);
};

const transpose: Operator = (node) => {
  const value = first(node);
  const perm = node.ints('perm');
  if (value.kind === 'constant') {
    const { array, name } = value;
    if (array.shape.length !== 2 || (perm ?? [1, 0]).join() !== '1,0') throw node.refused('weights of other axes');
    node.context.spend(array.data.length);
    return { kind: 'constant', name, array: transposed(array) };
  }
  const x = node.tensor(0);
  const [batch, ...dims] = perm ?? [];
  const isOrder = [...dims].sort((a, b) => a - b).join() === x.shape.map((_, i) => i + 1).join();
  if (batch !== 0 || !isOrder) throw node.refused(`the order ${perm?.join(', ') ?? 'of the batch'}`);
  return node.result(
    dims.map((axis) => x.shape[axis - 1] as number),
    [x],
    [{ className: 'Permute', config: { dims } }],
  );
};

const shapeOf: Operator = (node) => {
  const value = first(node);
  const [start, end] = [node.int('start', 0), node.int('end', undefined)];
  const shape = value.kind === 'constant' ? value.array.shape : [BATCH, ...node.tensor(0).shape];
  return { kind: 'sizes', sizes: shape.slice(start, end) };
};

/** Sizes; integers of the file serve as well. */
function sizesOf(node: OnnxNode, value: Value | undefined): readonly number[] {
  if (value?.kind === 'sizes') return value.sizes;
  if (value?.kind === 'constant' && value.array.shape.length < 2)
    return Array.from(value.array.data as Float64Array, Number);
  throw node.refused('other inputs');
}

const gather: Operator = (node) => {
  const [values, indices] = node.inputs;
  if (node.int('axis', 0) !== 0) throw node.refused('another axis');
  if (values?.kind === 'sizes') {
    const sizes = sizesOf(node, indices).map((index) => values.sizes.at(index));
    if (sizes.includes(undefined)) throw node.corrupt('axes that are there', 'others');
    return { kind: 'sizes', sizes: sizes as number[] };
  }
  const { array, name } = node.constant(0);
  const given = node.tensor(1);
  const x = given.rounded ?? given;
  const [rows = 0, columns = 0] = array.shape;
  if (array.shape.length !== 2) throw node.refused('a table of other axes');
  node.context.spend(array.data.length);
  const config = { input_dim: rows, output_dim: columns };
  const step = { className: 'Embedding', config, weights: { embeddings: array }, named: name };
  return node.result([...x.shape, columns], [x], [step]);
};

const slice: Operator = (node) => {
  const value = first(node);
  if (value.kind !== 'sizes') throw node.refused();
  const [starts, ends] = [node.integersAt(1, 'starts') ?? [], node.integersAt(2, 'ends') ?? []];
  const [axes, steps] = [node.integersAt(3, 'axes') ?? [0], node.integersAt(4, 'steps') ?? [1]];
  if (starts.length !== 1 || axes.join() !== '0' || steps.join() !== '1')
    throw node.refused('more than a part of sizes');
  return { kind: 'sizes', sizes: value.sizes.slice(starts[0], ends[0]) };
};

/** Adds axes of size 1, or takes them away. */
function axesChanged(change: (node: OnnxNode, shape: Shape, axes: readonly number[] | undefined) => Shape): Operator {
  return (node) => {
    const value = first(node);
    const axes = node.integersAt(1, 'axes');
    if (value.kind === 'sizes') return value;
    if (value.kind === 'constant') return ofShape(node, value, change(node, value.array.shape, axes));
    const x = node.tensor(0);
    const [batch, ...shape] = change(node, [BATCH, ...x.shape], axes);
    if (batch !== BATCH) throw node.refused('the axis of the batch');
    return reshapedTo(node, x, shape);
  };
}

const unsqueeze = axesChanged((node, shape, axes = []) => {
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  if (added.size !== axes.length || rank > 64) throw node.corrupt('different axes', axes.slice(0, 8).join(', '));
  let next = 0;
  return Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (shape[next++] as number)));
});

const squeeze = axesChanged((node, shape, axes) => {
  const gone = axes?.map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (gone?.some((axis) => shape[axis] !== 1)) throw node.corrupt('axes of size 1', 'others');
  return shape.filter((size, i) => !(gone === undefined ? size === 1 : gone.includes(i)));
});

const concat: Operator = (node) => {
  const isOfSizes = node.inputs.some((value) => value?.kind === 'sizes');
  const axis = node.int('axis', 1);
  if (isOfSizes) return { kind: 'sizes', sizes: node.inputs.flatMap((value) => sizesOf(node, value)) } satisfies Sizes;
  const tensors = node.inputs.map((_, i) => node.tensor(i));
  const [{ shape }] = tensors as [Tensor];
  const along = node.axis(axis, shape);
  if (along === 0) throw node.refused('the axis of the batch');
  if (tensors.length === 1) return tensors[0] as Tensor;
  const sum = tensors.reduce((total, one) => total + (one.shape[along - 1] ?? Number.NaN), 0);
  const isSame = tensors.every(
    (one) => one.shape.every((size, i) => i === along - 1 || size === shape[i]) && one.shape.length === shape.length,
  );
  if (!isSame) throw node.corrupt('tensors that fit', 'others');
  const config = { axis: along - shape.length - 1 };
  return node.result(
    shape.map((size, i) => (i === along - 1 ? sum : size)),
    tensors,
    [{ className: 'Concatenate', config }],
  );
};

export const SHAPE_OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: first,
  Constant(node) {
    const array = node.constantOf();
    node.context.hold(array.data.length);
    return { kind: 'constant', name: '', array };
  },
  'ai.onnx.ml.ZipMap'(node) {
    node.ignore('classlabels_strings', 'classlabels_int64s');
    return first(node);
  },
  ...{ Cast: cast, Dropout: dropout, Flatten: flatten, Reshape: reshape, Transpose: transpose, Shape: shapeOf },
  ...{ Gather: gather, Slice: slice, Unsqueeze: unsqueeze, Squeeze: squeeze, Concat: concat },
};
