import type { FileArray } from '../../files/tree';
import { type Shape, sizeOf } from '../../tensor';
import { sampleIndices } from '../layer_config';
import type { OnnxGraph, Value } from './written_graph';
import { constantAlong, type Emit, reduced, reshaped, type Use, weightAlong } from './written_use';

/** By gamma, plus beta, where the layer has them. */
function scaled(use: Use, x: Value, axes: readonly number[], gamma = 'gamma', beta = 'beta'): Value {
  const [factor, offset] = [weightAlong(use, gamma, axes, x.shape), weightAlong(use, beta, axes, x.shape)];
  const product = factor === null ? x : use.graph.add('Mul', [x, factor]);
  return offset === null ? product : use.graph.add('Add', [product, offset]);
}

/** Less the mean, by the deviation of what lies along some axes. */
function standardized(graph: OnnxGraph, x: Value, axes: readonly number[], epsilon: number): Value {
  const centered = graph.add('Sub', [x, reduced(graph, 'ReduceMean', x, axes)]);
  return divided(graph, centered, axes, epsilon);
}

/** By the root of the mean of squares. */
function divided(graph: OnnxGraph, x: Value, axes: readonly number[], epsilon: number): Value {
  const squares = reduced(graph, 'ReduceMean', graph.add('Mul', [x, x]), axes);
  return graph.add('Div', [x, graph.add('Sqrt', [graph.add('Add', [squares, graph.scalar(epsilon)])])]);
}

/** By the length, but for one below the root of `least`. */
export function ofLengthOne(graph: OnnxGraph, x: Value, axes: readonly number[], least: number): Value {
  const squares = reduced(graph, 'ReduceSumSquare', x, axes);
  return graph.add('Div', [x, graph.add('Sqrt', [graph.add('Max', [squares, graph.scalar(least)])])]);
}

/** Inference alone: a difference and a product, as exact as Keras' formula. */
const batchNormalization: Emit = (use, x) => {
  const { graph, weights, config } = use;
  const axes = sampleIndices(config.axis, x.shape.length);
  const { data } = weights.get('moving_variance') as FileArray;
  const gamma = weights.get('gamma')?.data;
  const factors = Float32Array.from(data as Float32Array, (variance, i) => {
    return Number(gamma?.[i] ?? 1) / Math.sqrt(variance + Number(config.epsilon));
  });
  const centered = graph.add('Sub', [x, weightAlong(use, 'moving_mean', axes, x.shape) as string]);
  const product = graph.add('Mul', [centered, constantAlong(use, 'factors', factors, axes, x.shape)]);
  const beta = weightAlong(use, 'beta', axes, x.shape);
  return beta === null ? product : graph.add('Add', [product, beta]);
};

/** The operator takes the last axes; others have the formula in parts. */
const layerNormalization: Emit = (use, x) => {
  const { graph, name, config } = use;
  const [axes, epsilon] = [sampleIndices(config.axis, x.shape.length), Number(config.epsilon)];
  const first = x.shape.length - axes.length;
  if (axes[0] !== first) {
    return scaled(use, standardized(graph, x, axes, epsilon), axes);
  }
  const shape: Shape = x.shape.slice(first);
  const ones = { data: new Float32Array(sizeOf(shape)).fill(1), shape };
  const [gamma, beta] = [weightAlong(use, 'gamma', axes, x.shape), weightAlong(use, 'beta', axes, x.shape)];
  const inputs = [x, gamma ?? graph.floats(`${name}.ones`, ones), ...(beta === null ? [] : [beta])];
  return graph.add('LayerNormalization', inputs, { axis: { i: -axes.length }, epsilon: { f: epsilon } });
};

/** Channels are split into groups, which the other axes belong to as a whole. */
const groupNormalization: Emit = (use, x) => {
  const { graph, config } = use;
  const [axis = 0] = sampleIndices(config.axis, x.shape.length);
  const channels = x.shape[axis] as number;
  const groups = Number(config.groups) === -1 ? channels : Number(config.groups);
  const split = reshaped(graph, x, x.shape.toSpliced(axis, 1, groups, channels / groups));
  const others = [...split.shape.keys()].filter((one) => one !== axis);
  const normal = standardized(graph, split, others, Number(config.epsilon));
  return scaled(use, reshaped(graph, normal, x.shape), [axis]);
};

/** Less the mean, by the deviation, or the reverse: of what was given, or what was found in data. */
const normalization: Emit = (use, x) => {
  const { graph, config, epsilon } = use;
  const axes = sampleIndices(config.axis, x.shape.length);
  const kept = axes.map((axis) => x.shape[axis] as number);
  const statistic = (name: 'mean' | 'variance', change: (value: number) => number = Number): string => {
    const { data } = use.weights.get(name) ?? spread(config[name], kept);
    const values = Float32Array.from(data as Float32Array, change);
    return constantAlong(use, name === 'mean' ? name : 'factors', values, axes, x.shape);
  };
  const divisor = (variance: number): number => Math.max(Math.sqrt(variance), epsilon);
  if (config.invert === true) {
    return graph.add('Add', [graph.add('Mul', [x, statistic('variance', divisor)]), statistic('mean')]);
  }
  const centered = graph.add('Sub', [x, statistic('mean')]);
  return graph.add('Mul', [centered, statistic('variance', (value) => 1 / divisor(value))]);
};

/** Nested numbers as an array of a shape that they broadcast to. */
function spread(given: unknown, shape: Shape): Pick<FileArray, 'data'> {
  const fill = (value: unknown, sizes: Shape): number[] => {
    const [size, ...rest] = sizes;
    if (size === undefined) return [value].flat(Number.POSITIVE_INFINITY).map(Number);
    const list = depth(value) < sizes.length ? [value] : (value as readonly unknown[]);
    return Array.from({ length: size }, (_, i) => fill(list[list.length === 1 ? 0 : i], rest)).flat();
  };
  return { data: Float64Array.from(fill(given, shape)) };
}

function depth(value: unknown): number {
  return Array.isArray(value) ? 1 + depth(value[0]) : 0;
}

export const NORMS: Readonly<Record<string, Emit>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization(use, x) {
    const axes = sampleIndices(use.config.axis, x.shape.length);
    return scaled(use, divided(use.graph, x, axes, Number(use.config.epsilon)), axes, 'scale');
  },
  UnitNormalization({ graph, config }, x) {
    return ofLengthOne(graph, x, sampleIndices(config.axis, x.shape.length), 1e-12);
  },
  Normalization: normalization,
};
