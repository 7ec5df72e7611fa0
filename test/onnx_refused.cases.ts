import { type GraphParts, int64, listed, node, raw } from './helpers/onnx_writer';
import { i, some } from './onnx_layers.cases';

const alone = (type: string, attributes = {}, more: Partial<GraphParts> = {}): GraphParts => {
  return { nodes: [node(type, 'x', 'y', attributes)], ...more };
};
const weights = { w: raw([3, 2], some(6)) };
const deep = Array.from({ length: 10_001 }, (_, k) => node('Relu', k === 0 ? 'x' : `y${k - 1}`, `y${k}`));

/** Sound models that are no nets of layers, and what the error names. */
export const REFUSED: Readonly<Record<string, readonly [parts: GraphParts, message: RegExp]>> = {
  ...Object.fromEntries(
    ['Conv', 'LSTM', 'If', 'Sin', 'TopK', 'Mystery of my.domain'].map((type) => {
      return [type, [alone(type), new RegExp(type.split(' of ').reverse().join('.'))]] as const;
    }),
  ),
  'Erf alone': [alone('Erf'), /Erf/],
  'a part of the norms alone': [alone('ReduceMean', { axes: [-1] }), /ReduceMean/],
  'an operator before others': [{ nodes: [node('Conv', 'x', 'c'), node('Relu', 'c', 'y')] }, /Conv/],
  'an attribute that is not known': [alone('Relu', { slope: 0.5 }), /slope of Relu/],
  'Gemm of columns': [{ nodes: [node('Gemm', 'x w', 'y', { transA: i(1) })], weights }, /transA of Gemm/],
  'weights that are computed': [{ nodes: [node('Relu', 'x', 'r'), node('MatMul', 'x r', 'y')] }, /MatMul/],
  'weights before the input': [{ nodes: [node('MatMul', 'w x', 'y')], weights }, /MatMul/],
  'a batch that is mixed': [alone('Transpose', { perm: [1, 0] }), /Transpose/],
  'a reshape that mixes samples': [
    { nodes: [node('Reshape', 'x to', 'y')], weights: { to: int64([1], [-1]) } },
    /Reshape/,
  ],
  'a softmax of the batch': [alone('Softmax', { axis: i(0) }), /batch.*Softmax/],
  'a concatenation of batches': [{ nodes: [node('Concat', 'x x', 'y', { axis: i(0) })] }, /batch.*Concat/],
  'a dropout that drops': [
    {
      nodes: [node('Dropout', 'x - training', 'y')],
      weights: { training: { dims: [], dataType: 9, int32Data: [1] } },
    },
    /training_mode of Dropout/,
  ],
  'shapes of other ranks': [{ nodes: [node('Add', 'x x2', 'y')], inputs: { x: [3], x2: [1, 3] } }, /Add/],
  'an opset of 2016': [alone('Relu', {}, { opset: 6 }), /opset/],
  'sizes that are not fixed': [alone('Relu', {}, { inputs: { x: ['width'] } }), /width/],
  'an input of texts': [alone('Relu', {}, { elemType: 8 }), /elem_type 8/],
  'labels alone': [alone('ArgMax', {}, { outputs: { y: 7 } }), /ArgMax/],
  'external data': [
    {
      nodes: [node('MatMul', 'x w', 'y')],
      weights: {
        w: { dims: [3, 2], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: '/etc/passwd' }] },
      },
    },
    /`w`.*external data/,
  ],
  'weights of texts': [
    {
      nodes: [node('MatMul', 'x w', 'y')],
      weights: { w: { dims: [1], dataType: 8, stringData: [Buffer.from('a')] } },
    },
    /`w`.*8/,
  ],
  'sparse weights': [
    { nodes: [node('MatMul', 'x w', 'y')], more: { sparseInitializer: [{ values: { ...raw([1], [1]), name: 'w' } }] } },
    /sparse w/,
  ],
  'an output that depends on nothing': [{ nodes: [node('Identity', 'w', 'y')], weights }, /outputs/],
  'too many nodes': [{ nodes: deep, outputs: { y10000: 1 } }, /10000/],
  'weights that are used too often': [
    {
      nodes: Array.from({ length: 40 }, (_, k) => node('MatMul', k === 0 ? 'x' : `y${k - 1}`, `y${k}`)).map((one) => {
        return { ...one, input: [...one.input, 'w'] };
      }),
      inputs: { x: [100] },
      weights: { w: raw([100, 100], Array(10_000).fill(0)) },
      outputs: { y39: 1 },
    },
    /16 uses/,
  ],
};

const gemm = (w: object): GraphParts => ({ nodes: [node('Gemm', 'x w', 'y')], weights: { w: w as never } });

/** Models that contradict themselves. */
export const DAMAGED: Readonly<Record<string, GraphParts>> = {
  'too few bytes': gemm({ dims: [3, 2], dataType: 1, rawData: new Uint8Array(20) }),
  'too many bytes': gemm({ dims: [3, 2], dataType: 1, rawData: new Uint8Array(28) }),
  'too few numbers': gemm(listed([3, 2], some(5))),
  'no numbers': gemm({ dims: [3, 2], dataType: 1 }),
  'a shape without bounds': gemm({ dims: [2 ** 50, 2 ** 50], dataType: 1, floatData: [1] }),
  'a negative shape': gemm({ dims: [-3, -2], dataType: 1, rawData: new Uint8Array(24) }),
  'a kernel for other inputs': gemm(raw([4, 2], some(8))),
  'a value that nothing gives': { nodes: [node('Relu', 'z', 'y')] },
  'a value before its node': { nodes: [node('Relu', 'h', 'y'), node('Relu', 'x', 'h')] },
  'a value twice': { nodes: [node('Relu', 'x', 'y'), node('Tanh', 'x', 'y')] },
  'an output that nothing gives': { nodes: [node('Relu', 'x', 'h')] },
  'no outputs': { nodes: [node('Relu', 'x', 'y')], outputs: {} },
  'an operator without inputs': { nodes: [node('Relu', '-', 'y')] },
  'an axis that is not there': { nodes: [node('Softmax', 'x', 'y', { axis: i(2 ** 40) })] },
  'norms of other sizes': {
    nodes: [node('LayerNormalization', 'x g', 'y')],
    weights: { g: raw([2], [1, 2]) },
    opset: 17,
  },
  'constants that are not finite': {
    nodes: [node('Mul', 'x c', 'y')],
    weights: { c: raw([1], [Number.NaN]) },
  },
  'tensors that do not fit': {
    nodes: [node('Concat', 'x x2', 'y', { axis: i(1) })],
    inputs: { x: [3, 1], x2: [3, 2] },
  },
};
