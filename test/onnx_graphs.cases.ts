import { int64, int64s, node, raw, scalar } from './helpers/onnx_writer';
import { type Case, i, some } from './onnx_layers.cases';

const flat = { inputs: { x: [3, 1] }, weights: { one: int64([1], [-1]), to: int64s([2], [-1, 3]) } };

/** Shapes, branches, and what is left out. */
export const GRAPHS: Readonly<Record<string, Case>> = {
  Flatten: { nodes: [node('Flatten', 'x', 'y', { axis: i(1) })], inputs: { x: [3, 1] }, layers: 'Flatten' },
  'Reshape of Keras': { ...flat, nodes: [node('Reshape', 'x to', 'y')], layers: 'Flatten' },
  'Reshape with 0 for the batch': {
    nodes: [node('Reshape', 'x to', 'y')],
    weights: { to: int64([3], [0, -1, 1]) },
    layers: 'Reshape',
  },
  'Reshape with a fixed batch': {
    nodes: [node('Reshape', 'x to', 'y')],
    inputs: { x: [3, 1] },
    weights: { to: int64([2], [3, -1]) },
    batch: 3,
    layers: 'Flatten',
  },
  'view(x.size(0), -1) of PyTorch': {
    ...flat,
    nodes: [
      ...[node('Shape', 'x', 's'), node('Constant', '', 'k', { value: int64([], [0]) }), node('Gather', 's k', 'g')],
      ...[node('Unsqueeze', 'g', 'u', { axes: [0] }), node('Concat', 'u one', 'to2', { axis: i(0) })],
      node('Reshape', 'x to2', 'y'),
    ],
    opset: 11,
    layers: 'Flatten',
  },
  'a part of the sizes': {
    ...flat,
    nodes: [
      ...[node('Shape', 'x', 's'), node('Slice', 's zero end', 'g'), node('Concat', 'g one', 'to2', { axis: i(0) })],
      node('Reshape', 'x to2', 'y'),
    ],
    weights: { ...flat.weights, zero: int64([1], [0]), end: int64([1], [1]) },
    layers: 'Flatten',
  },
  'Transpose of samples': {
    nodes: [node('Transpose', 'x', 't', { perm: [0, 2, 1] }), node('Relu', 't', 'y')],
    inputs: { x: [3, 1] },
    layers: 'Permute Activation',
  },
  'Unsqueeze and Squeeze': {
    nodes: [node('Unsqueeze', 'x axes', 'u'), node('Relu', 'u', 'r'), node('Squeeze', 'r axes', 'y')],
    weights: { axes: int64([1], [1]) },
    layers: 'Reshape Activation Flatten',
  },
  'a residual and a gate': {
    nodes: [
      ...[node('Gemm', 'x w b', 'h'), node('Relu', 'h', 'r'), node('Add', 'r x', 'a'), node('Mul', 'a r', 'm')],
      ...[node('Concat', 'a m x', 'c', { axis: i(-1) }), node('Identity', 'c', 'y')],
    ],
    weights: { w: raw([3, 3], some(9)), b: raw([3], some(3)) },
    layers: 'Dense Add Multiply Concatenate',
  },
  'all merges': {
    nodes: [
      ...[node('Sigmoid', 'x', 't'), node('Sub', 'x t', 'a'), node('Sum', 'a x t', 'b'), node('Mean', 'b x', 'c')],
      ...[node('Max', 'c t', 'd'), node('Min', 'd x', 'y')],
    ],
    layers: 'Activation Subtract Add Average Maximum Minimum',
  },
  'several inputs and outputs': {
    nodes: [node('Relu', 'x', 'y'), node('Concat', 'x x2', 'z', { axis: i(1) })],
    inputs: { x: [3], x2: [3] },
    outputs: { y: 1, z: 1 },
    layers: 'Activation Concatenate',
  },
  'a value that is an output and read': {
    nodes: [node('Gemm', 'x w', 'y'), node('Relu', 'y', 'z')],
    weights: { w: raw([3, 2], some(6)) },
    outputs: { y: 1, z: 1 },
    layers: 'Dense Activation',
  },
  'what changes nothing in use': {
    nodes: [
      ...[node('Cast', 'x', 'c', { to: i(1) }), node('Dropout', 'c', 'd', { ratio: 0.5 }), node('Identity', 'd', 'e')],
      node('Relu', 'e', 'y'),
    ],
    opset: 9,
    layers: 'Activation',
  },
  'Dropout since opset 12': {
    nodes: [node('Dropout', 'x ratio training', 'd mask'), node('Relu', 'd', 'y')],
    weights: { ratio: scalar(0.5), training: { dims: [], dataType: 9, int32Data: [0] } },
    layers: 'Activation',
  },
  'an input that comes out': { nodes: [node('Identity', 'x', 'y')], layers: '' },
  'weights that stand among the inputs': {
    nodes: [node('Gemm', 'x w', 'y')],
    weights: { w: raw([3, 2], some(6)) },
    more: {
      input: ['x', 'w'].map((name) => {
        return {
          name,
          type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 3 }, { dimValue: name === 'x' ? 3 : 2 }] } } },
        };
      }),
    },
    layers: 'Dense',
  },
  'nodes that no output needs': {
    nodes: [node('Conv', 'x w', 'q'), node('Loop', 'q', 'r'), node('Relu', 'x', 'y')],
    weights: { w: { dims: [1], dataType: 8, stringData: [Buffer.from('a')] } },
    layers: 'Activation',
  },
};

const classifier = [
  ...[node('MatMul', 'x w', 'm'), node('Add', 'm b', 'a'), node('Relu', 'a', 'r'), node('MatMul', 'r w2', 'm2')],
  node('Add', 'm2 b2', 'a2'),
];
const labels = [
  node('ArgMax', 'p', 'k', { axis: i(1) }),
  node('ArrayFeatureExtractor of ai.onnx.ml', 'classes k', 'f'),
  ...[node('Cast', 'f', 'f2', { to: i(7) }), node('Reshape', 'f2 flat', 'label')],
];
const ofSklearn = (units: number) => ({
  ...{
    w: raw([3, 4], some(12)),
    b: raw([1, 4], some(4)),
    w2: raw([4, units], some(4 * units)),
    b2: raw([1, units], some(units)),
  },
  ...{ classes: { dims: [2], dataType: 8, stringData: [Buffer.from('a'), Buffer.from('b')] }, flat: int64([1], [-1]) },
});

/** As skl2onnx writes MLPClassifier and MLPRegressor. */
export const SKLEARN: Readonly<Record<string, Case>> = {
  'a classifier with labels': {
    nodes: [...classifier, node('Softmax', 'a2', 'p', { axis: i(1) }), ...labels],
    weights: ofSklearn(3),
    outputs: { label: 8, p: 1 },
    layers: 'Dense Dense',
  },
  'two classes': {
    nodes: [
      ...[
        ...classifier,
        node('Sigmoid', 'a2', 's'),
        node('Sub', 'one s', 'n'),
        node('Concat', 'n s', 'p', { axis: i(1) }),
      ],
      ...[...labels, node('ZipMap of ai.onnx.ml', 'p', 'z', { classlabels_int64s: [0, 1] })],
    ],
    weights: { ...ofSklearn(1), one: scalar(1) },
    outputs: { label: 7, z: 0 },
    layers: 'Dense Dense Rescaling Concatenate',
  },
  'a regressor after a scaler': {
    nodes: [
      node('Scaler of ai.onnx.ml', 'x0', 'x', { offset: { floats: [1, 2, 3] }, scale: { floats: [0.5, 1, 0.25] } }),
      ...[...classifier, node('Reshape', 'a2 to', 'y')],
    ],
    inputs: { x0: [3] },
    weights: { ...ofSklearn(1), to: int64([2], [-1, 1]) },
    layers: 'Rescaling Rescaling Dense Dense',
  },
};
