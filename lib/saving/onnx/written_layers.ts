import { unsupported } from '../../errors';
import type { FileArray } from '../../files/tree';
import { type Shape, sizeOf } from '../../tensor';
import type { LayerUse } from '../layer_walk';
import { isFalsy } from '../python';
import type { OnnxGraph, Value } from './written_graph';

/** A use of a layer, and the graph that it becomes a part of. */
export interface Use extends LayerUse<Value> {
  readonly graph: OnnxGraph;
}

type Emit = (use: Use, x: Value) => Value;

const INT64 = 7;

const half = (graph: OnnxGraph, x: Value): Value => {
  const inner = graph.add('Erf', [graph.add('Mul', [x, graph.scalar(Math.SQRT1_2)])]);
  const one = graph.add('Add', [inner, graph.scalar(1)]);
  return graph.add('Mul', [graph.add('Mul', [x, graph.scalar(0.5)]), one]);
};
const clip = (graph: OnnxGraph, x: Value, most: number): Value => {
  return graph.add('Clip', [x, graph.scalar(0), graph.scalar(most)]);
};
const plain =
  (operator: string, attributes: Parameters<OnnxGraph['add']>[2] = {}) =>
  (graph: OnnxGraph, x: Value): Value =>
    graph.add(operator, [x], attributes);

/** By Keras' names. */
const ACTIVATIONS: Readonly<Record<string, (graph: OnnxGraph, x: Value) => Value>> = {
  linear: (_, x) => x,
  relu: plain('Relu'),
  relu6: (graph, x) => clip(graph, x, 6),
  sigmoid: plain('Sigmoid'),
  tanh: plain('Tanh'),
  softmax: plain('Softmax', { axis: { i: -1 } }),
  log_softmax: plain('LogSoftmax', { axis: { i: -1 } }),
  elu: plain('Elu'),
  selu: plain('Selu'),
  softplus: plain('Softplus'),
  softsign: plain('Softsign'),
  exponential: plain('Exp'),
  leaky_relu: plain('LeakyRelu', { alpha: { f: 0.2 } }),
  hard_sigmoid: plain('HardSigmoid', { alpha: { f: 1 / 6 }, beta: { f: 0.5 } }),
  hard_silu: plain('HardSwish'),
  gelu: half,
  silu: (graph, x) => graph.add('Mul', [x, graph.add('Sigmoid', [x])]),
  mish: (graph, x) => graph.add('Mul', [x, graph.add('Tanh', [graph.add('Softplus', [x])])]),
};

function activated(use: Use, x: Value, given: unknown): Value {
  const name = String(given);
  const emit = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (given === null || given === undefined) return x;
  if (emit === undefined) throw refused(use, `the activation ${typeof given === 'string' ? name : 'of its config'}`);
  return emit(use.graph, x);
}

function weight({ graph, name, weights }: Use, variable: string): string | null {
  const array = weights.get(variable);
  return array === undefined ? null : graph.floats(`${name}.${variable}`, array);
}

/** What ONNX writes otherwise, or not without a loss. */
function refused({ className, name }: Pick<Use, 'className' | 'name'>, what: string): Error {
  return unsupported('format', `layers that ONNX has for 'onnx'`, `${what} of ${className} (\`${name}\`)`);
}

const same: Emit = (_, x) => x;
const merge =
  (operator: string): Emit =>
  ({ graph, inputs }) => {
    const ranked = sameRank(graph, inputs);
    return graph.add(operator, ranked, {}, broadcast(ranked.map(({ shape }) => shape)));
  };

/** ONNX aligns last axes, and would take that of a shorter sample's batch for another. */
function sameRank(graph: OnnxGraph, inputs: readonly Value[]): readonly Value[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return inputs.map((x) => {
    const shape = [...Array<number>(rank - x.shape.length).fill(1), ...x.shape];
    return shape.length === x.shape.length ? x : reshaped(graph, x, shape);
  });
}

function reshaped(graph: OnnxGraph, x: Value, shape: Shape): Value {
  return graph.add('Reshape', [x, graph.integers([-1, ...shape])], {}, shape);
}

function broadcast(shapes: readonly Shape[]): Shape {
  const [longest = []] = [...shapes].sort((a, b) => b.length - a.length);
  return longest.map((_, i) => Math.max(...shapes.map((shape) => shape[i - longest.length + shape.length] ?? 1)));
}

const dense: Emit = (use, x) => {
  const kernel = weight(use, 'kernel') as string;
  const shape = [...x.shape.slice(0, -1), Number(use.config.units)];
  const bias = weight(use, 'bias');
  const product = use.graph.add('MatMul', [x, kernel], {}, shape);
  return activated(use, bias === null ? product : use.graph.add('Add', [product, bias]), use.config.activation);
};

/** Inference alone: a difference and a product, as exact as Keras' formula. */
const batchNormalization: Emit = (use, x) => {
  const { graph, name, weights, config } = use;
  checkLastAxis(use, x);
  const { data, shape } = weights.get('moving_variance') as FileArray;
  const gamma = weights.get('gamma')?.data;
  const factors = Float32Array.from(data as Float32Array, (variance, i) => {
    return Number(gamma?.[i] ?? 1) / Math.sqrt(variance + Number(config.epsilon));
  });
  const centered = graph.add('Sub', [x, weight(use, 'moving_mean') as string]);
  const scaled = graph.add('Mul', [centered, graph.floats(`${name}.factors`, { data: factors, shape })]);
  const beta = weight(use, 'beta');
  return beta === null ? scaled : graph.add('Add', [scaled, beta]);
};

const layerNormalization: Emit = (use, x) => {
  const { graph, name, config } = use;
  checkLastAxis(use, x);
  if (!isFalsy(config.rms_scaling)) throw refused(use, 'rms_scaling');
  const units = x.shape.at(-1) as number;
  const ones = { data: new Float32Array(units).fill(1), shape: [units] };
  const beta = weight(use, 'beta');
  const inputs = [x, weight(use, 'gamma') ?? graph.floats(`${name}.ones`, ones), ...(beta === null ? [] : [beta])];
  return graph.add('LayerNormalization', inputs, { axis: { i: -1 }, epsilon: { f: Number(config.epsilon) } });
};

function checkLastAxis(use: Use, x: Value): void {
  const axes = [use.config.axis].flat();
  if (axes.length === 1 && (axes[0] === -1 || axes[0] === x.shape.length)) return;
  throw refused(use, `axis ${axes.join(', ')}`);
}

const relu: Emit = (use, x) => {
  const { max_value: most, negative_slope: slope, threshold } = use.config;
  if (!isFalsy(threshold) || (!isFalsy(slope) && most !== null))
    throw refused(use, 'a threshold, or slope and maximum,');
  if (most !== null && most !== undefined) return clip(use.graph, x, Number(most));
  return isFalsy(slope) ? use.graph.add('Relu', [x]) : use.graph.add('LeakyRelu', [x], { alpha: { f: Number(slope) } });
};

const reshape: Emit = ({ graph, config }, x) => {
  const target = config.target_shape as readonly number[];
  const known = target.reduce((product, axis) => (axis === -1 ? product : product * axis), 1);
  const shape = target.map((axis) => (axis === -1 ? sizeOf(x.shape) / known : axis));
  return reshaped(graph, x, shape);
};

const concatenate: Emit = (use) => {
  const { graph, inputs, config } = use;
  const rank = (inputs[0] as Value).shape.length;
  const axis = Number(config.axis) < 0 ? Number(config.axis) + rank : Number(config.axis) - 1;
  const shape = (inputs[0] as Value).shape.map((length, i) => {
    return i === axis ? inputs.reduce((sum, one) => sum + (one.shape[i] as number), 0) : length;
  });
  return graph.add('Concat', inputs, { axis: { i: axis + 1 } }, shape);
};

const LAYERS: Readonly<Record<string, Emit>> = {
  ...{ Dropout: same, GaussianNoise: same, GaussianDropout: same, AlphaDropout: same, SpatialDropout1D: same },
  ...{ ActivityRegularization: same, Identity: same },
  ...{ Add: merge('Sum'), Average: merge('Mean'), Maximum: merge('Max'), Minimum: merge('Min') },
  Subtract: merge('Sub'),
  Multiply({ graph, inputs }) {
    const [first, ...others] = sameRank(graph, inputs);
    return others.reduce((x, y) => graph.add('Mul', [x, y], {}, broadcast([x.shape, y.shape])), first as Value);
  },
  Concatenate: concatenate,
  Dense: dense,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Activation: (use, x) => activated(use, x, use.config.activation),
  ReLU: relu,
  LeakyReLU: ({ graph, config }, x) => graph.add('LeakyRelu', [x], { alpha: { f: Number(config.negative_slope) } }),
  ELU: ({ graph, config }, x) => graph.add('Elu', [x], { alpha: { f: Number(config.alpha) } }),
  PReLU: (use, x) => use.graph.add('PRelu', [x, weight(use, 'alpha') as string]),
  Softmax: (use, x) => {
    checkLastAxis(use, x);
    return use.graph.add('Softmax', [x], { axis: { i: -1 } });
  },
  Flatten: ({ graph }, x) => graph.add('Flatten', [x], { axis: { i: 1 } }, [sizeOf(x.shape)]),
  Reshape: reshape,
  Permute: ({ graph, config }, x) => {
    const dims = config.dims as readonly number[];
    return graph.add(
      'Transpose',
      [x],
      { perm: { ints: [0, ...dims] } },
      dims.map((axis) => x.shape[axis - 1] as number),
    );
  },
  Embedding: (use, x) => {
    const rows = use.graph.add('Cast', [x], { to: { i: INT64 } });
    const shape = [...x.shape, Number(use.config.output_dim)];
    return use.graph.add('Gather', [weight(use, 'embeddings') as string, rows], { axis: { i: 0 } }, shape);
  },
};

/** The output of a layer. Errors: `ERR_UNSUPPORTED` for what ONNX has not. */
export function emitLayer(use: Use): Value {
  const emit = Object.hasOwn(LAYERS, use.className) ? LAYERS[use.className] : undefined;
  if (emit === undefined || use.config.mask_zero === true)
    throw refused(use, emit === undefined ? 'the formula' : 'the mask');
  return emit(use, use.inputs[0] as Value);
}
