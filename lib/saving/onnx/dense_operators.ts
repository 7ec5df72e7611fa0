import type { FileArray } from '../../files/tree';
import { type Shape, sizeOf } from '../../tensor';
import { transposed } from '../named_weights';
import type { OnnxNode } from './node';
import type { Constant, Step, Tensor } from './values';

type Operator = (node: OnnxNode) => Tensor;

function checkShape(node: OnnxNode, { array, name }: Constant, shape: Shape): FileArray {
  const isSame = array.shape.join() === shape.join();
  if (!isSame) throw node.corrupt(`\`${name.slice(0, 60)}\` of [${shape.join(', ')}]`, `[${array.shape.join(', ')}]`);
  node.context.spend(array.data.length);
  return array;
}

function dense(node: OnnxNode, kernel: FileArray, bias: FileArray | null, named: string): Tensor {
  const x = node.tensor(0);
  const [inputs = 0, units = 0] = kernel.shape;
  if (inputs !== x.shape.at(-1)) throw node.corrupt(`a kernel for ${x.shape.at(-1)} inputs`, `one for ${inputs}`);
  node.context.spend(kernel.data.length + units);
  const config = { units, activation: 'linear', use_bias: bias !== null };
  const step: Step = { className: 'Dense', config, weights: { kernel, ...(bias !== null && { bias }) }, named };
  return node.result([...x.shape.slice(0, -1), units], [x], [step]);
}

function kernelOf(node: OnnxNode, { array }: Constant, isTransposed: boolean): FileArray {
  if (array.shape.length !== 2) throw node.refused(`weights of shape [${array.shape.join(', ')}]`);
  node.context.spend(isTransposed ? array.data.length : 0);
  return isTransposed ? transposed(array) : array;
}

const times = ({ data, shape }: FileArray, factor: number): FileArray => {
  return factor === 1
    ? { data, shape }
    : { data: Float64Array.from(data as Float64Array, (value) => value * factor), shape };
};

const matMul: Operator = (node) => {
  const kernel = node.constant(1);
  if (node.tensor(0).shape.length === 0) throw node.refused('an input without axes');
  return dense(node, kernelOf(node, kernel, false), null, kernel.name);
};

const gemm: Operator = (node) => {
  if (node.tensor(0).shape.length !== 1) throw node.corrupt('a matrix', 'a tensor of more axes');
  if (node.int('transA', 0) !== 0) throw node.refused('transA');
  const kernel = node.constant(1);
  const array = times(kernelOf(node, kernel, node.int('transB', 0) !== 0), node.float('alpha', 1));
  const beta = node.float('beta', 1);
  const bias = node.inputs[2] === undefined || beta === 0 ? null : times(biasOf(node, array.shape[1] ?? 0), beta);
  return dense(node, array, bias, kernel.name);
};

/** A row of numbers, or one for all units. */
function biasOf(node: OnnxNode, units: number): FileArray {
  const { data, shape } = node.constant(2).array;
  const count = sizeOf(shape);
  if ((shape.at(-1) ?? 1) !== count || shape.length > 2 || (count !== 1 && count !== units)) {
    throw node.refused(`a bias of shape [${shape.join(', ')}]`);
  }
  node.context.spend(units);
  return { data: count === units ? data : new Float64Array(units).fill(Number(data[0])), shape: [units] };
}

const batchNormalization: Operator = (node) => {
  const { shape } = node.tensor(0);
  const [epsilon, momentum] = [node.float('epsilon', 1e-5), node.float('momentum', 0.9)];
  node.ignore('spatial');
  if (node.int('training_mode', 0) !== 0) throw node.refused('training_mode');
  if (shape.length === 0) throw node.refused('an input without channels');
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => checkShape(node, node.constant(i), shape.slice(0, 1)));
  const weights = { gamma, beta, moving_mean: mean, moving_variance: variance } as Record<string, FileArray>;
  return node.layer(
    'BatchNormalization',
    { axis: shape.length === 1 ? -1 : 1, epsilon, momentum },
    { weights, named: node.constant(1).name },
  );
};

const layerNormalization: Operator = (node) => {
  const { shape } = node.tensor(0);
  node.ignore('stash_type');
  const axis = node.axis(node.int('axis', -1), shape);
  if (axis === 0) throw node.refused('the axis of the batch');
  const along = shape.slice(axis - 1);
  const gamma = checkShape(node, node.constant(1), along);
  const beta = node.inputs[2] === undefined ? null : checkShape(node, node.constant(2), along);
  const config = {
    axis: along.length === 1 ? -1 : along.map((_, i) => i - along.length),
    ...{ epsilon: node.float('epsilon', 1e-5), center: beta !== null, scale: true },
  };
  return node.layer('LayerNormalization', config, {
    ...{ weights: { gamma, ...(beta !== null && { beta }) }, named: node.constant(1).name },
  });
};

/** `(x - offset) scale`, as two layers that round as it does. */
const scaler: Operator = (node) => {
  const x = node.tensor(0);
  const units = x.shape.at(-1) ?? 1;
  const [offset, scale] = ['offset', 'scale'].map((name) => {
    const floats = node.attribute(name)?.floats ?? [];
    if (floats.length !== 1 && floats.length !== units)
      throw node.corrupt(`${units} numbers as ${name}`, `${floats.length}`);
    return floats;
  }) as [readonly number[], readonly number[]];
  return node.result(
    x.shape,
    [x],
    [
      { className: 'Rescaling', config: { scale: 1, offset: offset.map((value) => -value) } },
      { className: 'Rescaling', config: { scale, offset: 0 } },
    ],
  );
};

export const DENSE_OPERATORS: Readonly<Record<string, Operator>> = {
  ...{ MatMul: matMul, Gemm: gemm, BatchNormalization: batchNormalization, LayerNormalization: layerNormalization },
  'ai.onnx.ml.Scaler': scaler,
};
