import type { Config } from '../../identifiers';
import { activationOf } from '../layer_config';
import type { OnnxGraph, Value } from './written_graph';

type Emit = (graph: OnnxGraph, x: Value, config: Config) => Value;

const option = (config: Config, name: string, otherwise: number): number => Number(config[name] ?? otherwise);

const plain =
  (operator: string, attributes: Parameters<OnnxGraph['add']>[2] = {}): Emit =>
  (graph, x) =>
    graph.add(operator, [x], attributes);

function clipped(graph: OnnxGraph, x: Value, least: number, most: number): Value {
  return graph.add('Clip', [x, graph.scalar(least), graph.scalar(most)]);
}

/** Above a threshold what it is, up to a maximum, below by a factor. */
export const emitRelu: Emit = (graph, x, config) => {
  const [slope, threshold] = [option(config, 'negative_slope', 0), option(config, 'threshold', 0)];
  const most = config.max_value === null ? undefined : (config.max_value as number | undefined);
  if (threshold === 0 && most === undefined) {
    return slope === 0 ? graph.add('Relu', [x]) : graph.add('LeakyRelu', [x], { alpha: { f: slope } });
  }
  const passed = threshold === 0 ? x : graph.add('ThresholdedRelu', [x], { alpha: { f: threshold } });
  const above = most === undefined ? passed : clipped(graph, passed, 0, Number(most));
  if (slope === 0) return above;
  const rest = graph.add('Min', [graph.add('Sub', [x, graph.scalar(threshold)]), graph.scalar(0)]);
  return graph.add('Add', [above, graph.add('Mul', [rest, graph.scalar(slope)])]);
};

const gelu: Emit = (graph, x, { approximate }) => {
  const half = graph.add('Mul', [x, graph.scalar(0.5)]);
  const inner =
    approximate === true
      ? graph.add('Tanh', [graph.add('Mul', [cubic(graph, x), graph.scalar(Math.sqrt(2 / Math.PI))])])
      : graph.add('Erf', [graph.add('Mul', [x, graph.scalar(Math.SQRT1_2)])]);
  return graph.add('Mul', [half, graph.add('Add', [inner, graph.scalar(1)])]);
};

function cubic(graph: OnnxGraph, x: Value): Value {
  const cube = graph.add('Mul', [x, graph.add('Mul', [x, x])]);
  return graph.add('Add', [x, graph.add('Mul', [cube, graph.scalar(0.044715)])]);
}

const threshold: Emit = (graph, x, config) => {
  const [least, otherwise] = [option(config, 'threshold', 0), option(config, 'default_value', 0)];
  if (otherwise === 0) return graph.add('ThresholdedRelu', [x], { alpha: { f: least } });
  return graph.add('Where', [graph.add('Greater', [x, graph.scalar(least)]), x, graph.scalar(otherwise)], {}, x.shape);
};

const sparsePlus: Emit = (graph, x) => {
  const bent = graph.add('Add', [clipped(graph, x, -1, 1), graph.scalar(1)]);
  const curve = graph.add('Mul', [graph.add('Mul', [bent, bent]), graph.scalar(0.25)]);
  return graph.add('Where', [graph.add('Greater', [x, graph.scalar(1)]), x, curve]);
};

/** Below 0 the sum of the formula would cancel: the two roots of its parabola have the product -b / 4. */
const squareplus: Emit = (graph, x, config) => {
  const b = option(config, 'b', 4);
  const root = graph.add('Sqrt', [graph.add('Add', [graph.add('Mul', [x, x]), graph.scalar(b)])]);
  const above = graph.add('Mul', [graph.add('Add', [graph.add('Abs', [x]), root]), graph.scalar(0.5)]);
  const below = graph.add('Div', [graph.scalar(b / 4), above], {}, x.shape);
  return graph.add('Where', [graph.add('Less', [x, graph.scalar(0)]), below, above]);
};

/** By Keras' names. */
const ACTIVATIONS: Readonly<Record<string, Emit>> = {
  linear: (_, x) => x,
  relu: emitRelu,
  relu6: (graph, x) => clipped(graph, x, 0, 6),
  leaky_relu: (graph, x, config) => {
    return graph.add('LeakyRelu', [x], { alpha: { f: option(config, 'negative_slope', 0.2) } });
  },
  sigmoid: plain('Sigmoid'),
  tanh: plain('Tanh'),
  softmax: plain('Softmax', { axis: { i: -1 } }),
  log_softmax: plain('LogSoftmax', { axis: { i: -1 } }),
  elu: (graph, x, config) => graph.add('Elu', [x], { alpha: { f: option(config, 'alpha', 1) } }),
  celu: (graph, x, config) => graph.add('Celu', [x], { alpha: { f: option(config, 'alpha', 1) } }),
  selu: plain('Selu'),
  softplus: plain('Softplus'),
  softsign: plain('Softsign'),
  exponential: plain('Exp'),
  hard_sigmoid: plain('HardSigmoid', { alpha: { f: 1 / 6 }, beta: { f: 0.5 } }),
  hard_silu: plain('HardSwish'),
  hard_tanh: (graph, x) => clipped(graph, x, -1, 1),
  hard_shrink: (graph, x, config) => graph.add('Shrink', [x], { lambd: { f: option(config, 'threshold', 0.5) } }),
  soft_shrink: (graph, x, config) => {
    const f = option(config, 'threshold', 0.5);
    return graph.add('Shrink', [x], { lambd: { f }, bias: { f } });
  },
  ...{ gelu, threshold, squareplus, sparse_plus: sparsePlus },
  sparse_sigmoid: (graph, x) => {
    return clipped(graph, graph.add('Mul', [graph.add('Add', [x, graph.scalar(1)]), graph.scalar(0.5)]), 0, 1);
  },
  silu: (graph, x) => graph.add('Mul', [x, graph.add('Sigmoid', [x])]),
  mish: (graph, x) => graph.add('Mul', [x, graph.add('Tanh', [graph.add('Softplus', [x])])]),
  log_sigmoid: (graph, x) => graph.add('Neg', [graph.add('Softplus', [graph.add('Neg', [x])])]),
  tanh_shrink: (graph, x) => graph.add('Sub', [x, graph.add('Tanh', [x])]),
};

/** An activation of a layer's config; its name where ONNX has no operators for it. */
export function emitActivation(graph: OnnxGraph, x: Value, given: unknown): Value | string {
  const { name, config } = activationOf(given);
  const emit = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  return emit === undefined ? name : emit(graph, x, config);
}
