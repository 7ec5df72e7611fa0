import { double, doubles, type GraphParts, listed, node, raw, scalar } from './helpers/onnx_writer';

/** Numbers in no order, none of them 0. */
export const some = (count: number, seed = 1): number[] => {
  return Array.from({ length: count }, (_, i) => Math.fround(Math.sin(7 * i + seed) + 0.1));
};

export interface Case extends GraphParts {
  /** Classes of the layers that are expected, without inputs. */
  readonly layers: string;
}

export const i = (value: number): object => ({ i: value });
/** Names of intermediate values that say nothing. */
const mlp = (...nodes: GraphParts['nodes']): Pick<GraphParts, 'nodes' | 'weights'> => ({
  nodes: [node('Gemm', 'x w b', 'h', { transB: i(1) }), ...nodes],
  weights: { w: raw([4, 3], some(12)), b: raw([4], some(4, 2)) },
});
const unary = (type: string, attributes = {}, layers = 'Dense', opset = 13): Case => {
  return { ...mlp(node(type, 'h', 'y', attributes)), layers, opset };
};

/** How exporters write layers. */
export const LAYERS: Readonly<Record<string, Case>> = {
  'Gemm of PyTorch': { ...mlp(node('Identity', 'h', 'y')), layers: 'Dense' },
  'Gemm with alpha and beta': {
    nodes: [node('Gemm', 'x w b', 'y', { alpha: 0.5, beta: 2 })],
    weights: { w: listed([3, 2], some(6)), b: listed([1, 2], [1, 2]) },
    layers: 'Dense',
  },
  'Gemm with one number for a bias': {
    nodes: [node('Gemm', 'x w b', 'y')],
    weights: { w: raw([3, 2], some(6)), b: scalar(0.5) },
    layers: 'Dense',
  },
  'Gemm without a bias': { nodes: [node('Gemm', 'x w', 'y')], weights: { w: raw([3, 2], some(6)) }, layers: 'Dense' },
  'Gemm with beta 0': {
    nodes: [node('Gemm', 'x w b', 'y', { beta: 0 })],
    weights: { w: raw([3, 2], some(6)), b: raw([2], [1, 2]) },
    layers: 'Dense',
  },
  'MatMul and Add of Keras': {
    nodes: [node('MatMul', 'x w', 'm'), node('Add', 'm b', 'a'), node('Relu', 'a', 'y')],
    weights: { w: raw([3, 2], some(6)), b: raw([2], some(2)) },
    layers: 'Dense',
  },
  'Add with the bias before': {
    nodes: [node('MatMul', 'x w', 'm'), node('Add', 'b m', 'y')],
    weights: { w: raw([3, 2], some(6)), b: raw([2], some(2)) },
    layers: 'Dense',
  },
  'kernels that are transposed first': {
    nodes: [node('Transpose', 'w', 'wt', { perm: [1, 0] }), node('MatMul', 'x wt', 'm'), node('Add', 'b m', 'y')],
    weights: { w: raw([2, 3], some(6)), b: raw([2], some(2)) },
    layers: 'Dense',
  },
  'a bias that others read too': {
    nodes: [node('MatMul', 'x w', 'm'), node('Add', 'm b', 'a'), node('Mul', 'a m', 'y')],
    weights: { w: raw([3, 2], some(6)), b: raw([2], some(2)) },
    layers: 'Dense Rescaling Multiply',
  },
  'constants of nodes': {
    nodes: [node('Constant', '', 'w', { value: raw([3, 2], some(6)) }), node('MatMul', 'x w', 'y')],
    layers: 'Dense',
  },
  'double precision': {
    nodes: [node('MatMul', 'x w', 'm'), node('Add', 'm b', 'y')],
    weights: { w: double([3, 2], some(6)), b: doubles([1, 2], some(2)) },
    elemType: 11,
    outputs: { y: 11 },
    layers: 'Dense',
  },
  'more axes': {
    nodes: [node('MatMul', 'x w', 'm'), node('Add', 'm b', 'a'), node('Tanh', 'a', 'y')],
    weights: { w: raw([3, 2], some(6)), b: raw([2], some(2)) },
    inputs: { x: [1, 3] },
    layers: 'Dense',
  },
  BatchNormalization: {
    nodes: [node('BatchNormalization', 'x g b m v', 'y', { epsilon: 0.01, momentum: 0.8 })],
    weights: { g: raw([3], some(3)), b: raw([3], some(3, 2)), m: raw([3], some(3, 3)), v: raw([3], [1, 2, 3]) },
    layers: 'BatchNormalization',
  },
  'BatchNormalization of channels': {
    nodes: [node('BatchNormalization', 'x g b m v', 'y')],
    weights: { g: raw([1], [2]), b: raw([1], [0.5]), m: raw([1], [1]), v: raw([1], [3]) },
    inputs: { x: [1, 3] },
    layers: 'BatchNormalization',
  },
  LayerNormalization: {
    nodes: [node('LayerNormalization', 'x g b', 'y', { axis: i(-1), epsilon: 0.01 })],
    weights: { g: raw([3], some(3)), b: raw([3], some(3, 2)) },
    opset: 17,
    layers: 'LayerNormalization',
  },
  'LayerNormalization of all axes': {
    nodes: [node('LayerNormalization', 'x g', 'y', { axis: i(1) })],
    weights: { g: raw([1, 3], some(3)) },
    inputs: { x: [1, 3] },
    opset: 17,
    layers: 'LayerNormalization',
  },
  'a norm in parts, as PyTorch writes it before opset 17': {
    nodes: [
      ...[node('ReduceMean', 'x', 'm', { axes: [-1] }), node('Sub', 'x m', 'd'), node('Pow', 'd two', 'p')],
      ...[node('ReduceMean', 'p', 'v', { axes: [-1] }), node('Add', 'v e', 'w'), node('Sqrt', 'w', 's')],
      ...[node('Div', 'd s', 'n'), node('Mul', 'n g', 'o'), node('Add', 'o b', 'y')],
    ],
    weights: { two: scalar(2), e: scalar(1e-5), g: raw([3], some(3)), b: raw([3], some(3, 2)) },
    layers: 'LayerNormalization',
  },
  'PRelu of PyTorch': {
    ...mlp(node('PRelu', 'h s', 'y')),
    weights: { ...mlp().weights, s: raw([1], [0.25]) },
    layers: 'Dense PReLU',
  },
  'PRelu for each unit': {
    ...mlp(node('PRelu', 'h s', 'y')),
    weights: { ...mlp().weights, s: raw([4], some(4)) },
    layers: 'Dense PReLU',
  },
  'an embedding': {
    nodes: [node('Cast', 'x', 'k', { to: i(7) }), node('Gather', 't k', 'e'), node('Flatten', 'e', 'y')],
    weights: { t: raw([5, 2], some(10)) },
    layers: 'Embedding Flatten',
  },
  'constants, one for all or one for each': {
    nodes: [
      ...[node('Sub', 'x m', 'a'), node('Div', 'a s', 'b'), node('Mul', 'b f', 'c'), node('Add', 'c f', 'd')],
      ...[node('Sub', 'f d', 'e'), node('Neg', 'e', 'y')],
    ],
    weights: { m: raw([3], some(3)), s: raw([1, 3], [1, 2, 4]), f: scalar(0.5) },
    layers: 'Rescaling Rescaling Rescaling Rescaling Rescaling Rescaling',
  },
};

/** Activations as operators. */
export const ACTIVATIONS: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    ['Relu', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Exp', 'Elu', 'Selu', 'Softmax', 'LogSoftmax'].map((type) => [
      type,
      unary(type),
    ]),
  ),
  ...{ HardSwish: unary('HardSwish'), Mish: unary('Mish', {}, 'Dense', 18), Celu: unary('Celu', { alpha: 0.5 }) },
  ThresholdedRelu: unary('ThresholdedRelu', { alpha: 0.5 }),
  ...{ Gelu: unary('Gelu', {}, 'Dense', 20), 'Gelu by tanh': unary('Gelu', { approximate: 'tanh' }, 'Dense', 20) },
  'Gelu of onnxruntime': unary('Gelu of com.microsoft'),
  'LeakyRelu by default': unary('LeakyRelu', {}, 'Dense LeakyReLU'),
  LeakyRelu: unary('LeakyRelu', { alpha: 0.3 }, 'Dense LeakyReLU'),
  'Elu with alpha': unary('Elu', { alpha: 0.5 }, 'Dense ELU'),
  'HardSigmoid by default': unary('HardSigmoid', {}, 'Dense Rescaling ReLU'),
  'HardSigmoid of PyTorch': unary('HardSigmoid', { alpha: 1 / 6, beta: 0.5 }),
  'Softmax of opset 9': unary('Softmax', { axis: i(1) }, 'Dense', 9),
  'Softmax of all axes': { nodes: [node('Softmax', 'x', 'y')], inputs: { x: [3, 1] }, opset: 11, layers: 'Softmax' },
  'Softmax of another axis': {
    nodes: [node('Softmax', 'x', 'y', { axis: i(1) })],
    inputs: { x: [3, 1] },
    layers: 'Softmax',
  },
  'Clip of opset 6': unary('Clip', { min: 0, max: 6 }, 'Dense ReLU', 9),
  Clip: {
    ...mlp(node('Clip', 'h zero six', 'y')),
    weights: { ...mlp().weights, zero: scalar(0), six: scalar(0.5) },
    layers: 'Dense ReLU',
  },
  'Clip from -1 to 1': {
    ...mlp(node('Clip', 'h least most', 'y')),
    weights: { ...mlp().weights, least: scalar(-1), most: scalar(1) },
    layers: 'Dense',
  },
  'Clip from 0': {
    ...mlp(node('Clip', 'h zero', 'y')),
    weights: { ...mlp().weights, zero: scalar(0) },
    layers: 'Dense',
  },
  'Relu and Clip': {
    ...mlp(node('Relu', 'h', 'r'), node('Clip', 'r - most', 'y')),
    weights: { ...mlp().weights, most: scalar(0.5) },
    layers: 'Dense ReLU',
  },
};

const parts = (numbers: Readonly<Record<string, number>>, ...nodes: GraphParts['nodes']): Case => ({
  ...mlp(...nodes),
  weights: { ...mlp().weights, ...Object.fromEntries(Object.entries(numbers).map(([name, v]) => [name, scalar(v)])) },
  layers: 'Dense Activation',
});
const erfTail = [node('Erf', 'd', 'e'), node('Add', 'e one', 'p')];
const cube = (power: GraphParts['nodes']): GraphParts['nodes'] => [
  ...[
    ...power,
    node('Mul', 'c k', 'kc'),
    node('Add', 'h kc', 'in'),
    node('Mul', 'in beta', 's'),
    node('Tanh', 's', 't'),
  ],
  ...[node('Add', 't one', 'p'), node('Mul', 'h p', 'm'), node('Mul', 'm half', 'y')],
];
const constants = { one: 1, half: 0.5, k: 0.044715, beta: Math.sqrt(2 / Math.PI) };

/** Activations in parts, as exporters write what their opset lacks. */
export const FORMULAS: Readonly<Record<string, Case>> = {
  'gelu of PyTorch': parts(
    { ...constants, root: Math.SQRT2 },
    node('Div', 'h root', 'd'),
    ...erfTail,
    ...[node('Mul', 'h p', 'm'), node('Mul', 'm half', 'y')],
  ),
  'gelu of Keras': parts(
    { ...constants, root: Math.SQRT1_2 },
    ...[node('Mul', 'half h', 'q'), node('Mul', 'h root', 'd')],
    ...[node('Erf', 'd', 'e'), node('Add', 'one e', 'p'), node('Mul', 'q p', 'y')],
  ),
  'gelu with the half before': parts(
    { ...constants, root: Math.SQRT2 },
    ...[node('Div', 'h root', 'd'), ...erfTail, node('Mul', 'p half', 'q'), node('Mul', 'h q', 'y')],
  ),
  'gelu by tanh of PyTorch': parts(constants, ...cube([node('Mul', 'h h', 'h2'), node('Mul', 'h h2', 'c')])),
  'gelu by tanh of Keras': parts({ ...constants, three: 3 }, ...cube([node('Pow', 'h three', 'c')])),
  'softplus of PyTorch': parts(
    { most: 20 },
    ...[node('Softplus', 'h', 's'), node('Greater', 'h most', 'g'), node('Where', 'g h s', 'y')],
  ),
  silu: parts({}, node('Sigmoid', 'h', 's'), node('Mul', 'h s', 'y')),
  mish: parts({}, node('Softplus', 'h', 's'), node('Tanh', 's', 't'), node('Mul', 'h t', 'y')),
  'hard silu': parts(
    {},
    node('HardSigmoid', 'h', 's', { alpha: Math.fround(1 / 6), beta: 0.5 }),
    node('Mul', 'h s', 'y'),
  ),
  'hard silu of opset 11': parts(
    { three: 3, zero: 0, six: 6 },
    ...[
      node('Add', 'h three', 'a'),
      node('Clip', 'a zero six', 'c'),
      node('Div', 'c six', 'd'),
      node('Mul', 'h d', 'y'),
    ],
  ),
  logistic: parts(
    { one: 1 },
    node('Neg', 'h', 'n'),
    node('Exp', 'n', 'e'),
    node('Add', 'e one', 'p'),
    node('Reciprocal', 'p', 'y'),
  ),
  'a quick gelu, of layers': {
    ...parts({ f: 1.702 }, node('Mul', 'h f', 'a'), node('Sigmoid', 'a', 's'), node('Mul', 'h s', 'y')),
    layers: 'Dense Rescaling Activation Multiply',
  },
};
