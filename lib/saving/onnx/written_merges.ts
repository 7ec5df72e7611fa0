import { type Shape, sizeOf } from '../../tensor';
import { sampleIndices } from '../layer_config';
import type { OnnxGraph, Value } from './written_graph';
import { ofLengthOne } from './written_norms';
import { type Emit, permuted, reshaped } from './written_use';

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

function broadcast(shapes: readonly Shape[]): Shape {
  const [longest = []] = [...shapes].sort((a, b) => b.length - a.length);
  return longest.map((_, i) => Math.max(...shapes.map((shape) => shape[i - longest.length + shape.length] ?? 1)));
}

const concatenate: Emit = ({ graph, inputs, config }, { shape: first }) => {
  const [axis = 0] = sampleIndices(config.axis, first.length);
  const total = inputs.reduce((sum, one) => sum + (one.shape[axis] as number), 0);
  return graph.add('Concat', inputs, { axis: { i: axis + 1 } }, first.with(axis, total));
};

/** Products of matrices: the axis of the sums moves to the end of the first, and to the start of the second. */
const dot: Emit = ({ graph, inputs, config, epsilon }) => {
  const pair = [config.axes].flat();
  const matrices = inputs.map((x, i) => {
    const [axis = 0] = sampleIndices(pair[i] ?? pair[0], x.shape.length);
    const vectors = config.normalize === true ? ofLengthOne(graph, x, [axis], epsilon) : x;
    const others = [...x.shape.keys()].filter((one) => one !== axis);
    const moved = permuted(graph, vectors, i === 0 ? [...others, axis] : [axis, ...others]);
    const [rest, size] = [others.map((one) => x.shape[one] as number), x.shape[axis] as number];
    return { rest, matrix: reshaped(graph, moved, i === 0 ? [sizeOf(rest), size] : [size, sizeOf(rest)]) };
  });
  const rest = matrices.flatMap((one) => one.rest);
  const sums = matrices.map(({ rest }) => sizeOf(rest));
  const product = graph.add(
    'MatMul',
    matrices.map(({ matrix }) => matrix),
    {},
    sums,
  );
  return reshaped(graph, product, rest.length === 0 ? [1] : rest);
};

export const MERGES: Readonly<Record<string, Emit>> = {
  ...{ Add: merge('Sum'), Average: merge('Mean'), Maximum: merge('Max'), Minimum: merge('Min') },
  Subtract: merge('Sub'),
  Multiply({ graph, inputs }) {
    const [first, ...others] = sameRank(graph, inputs);
    return others.reduce((x, y) => graph.add('Mul', [x, y], {}, broadcast([x.shape, y.shape])), first as Value);
  },
  Concatenate: concatenate,
  Dot: dot,
};
