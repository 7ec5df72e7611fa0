import { InWords, unsupported } from '../../errors';
import type { FileArray } from '../../files/tree';
import type { Shape } from '../../tensor';
import type { LayerUse } from '../layer_walk';
import type { OnnxGraph, Value } from './written_graph';

/** A use of a layer, and the graph that it becomes a part of. */
export interface Use extends LayerUse<Value> {
  readonly graph: OnnxGraph;
  /** What divisors are kept above. */
  readonly epsilon: number;
}

export type Emit = (use: Use, x: Value) => Value;

/** The name of a weight, null where the layer has none. */
export function weight({ graph, name, weights }: Use, variable: string): string | null {
  const array = weights.get(variable);
  return array === undefined ? null : graph.floats(`${name}.${variable}`, array);
}

/** The name of a weight along some axes of a sample, null where the layer has none. */
export function weightAlong(use: Use, variable: string, axes: readonly number[], sample: Shape): string | null {
  const array = use.weights.get(variable);
  return array === undefined ? null : constantAlong(use, variable, array.data, axes, sample);
}

/** The name of numbers that lie along some axes of a sample. */
export function constantAlong(
  { graph, name }: Use,
  what: string,
  data: FileArray['data'],
  axes: readonly number[],
  sample: Shape,
): string {
  const [first = 0] = axes;
  const shape = sample.map((size, i) => (axes.includes(i) ? size : 1)).slice(first);
  const own = shape.length === 1 ? `${name}.${what}` : `${name}.${what}_${shape.join('x')}`;
  return graph.floats(own, { data, shape });
}

/** What ONNX writes otherwise, or not without a loss. */
export function refused({ className, name }: Pick<Use, 'className' | 'name'>, what: string): Error {
  return unsupported('format', `layers that ONNX has for 'onnx'`, new InWords(`${what} of ${className} (\`${name}\`)`));
}

export function reshaped(graph: OnnxGraph, x: Value, shape: Shape): Value {
  return graph.add('Reshape', [x, graph.integers([-1, ...shape])], {}, shape);
}

/** With the axes of a sample in another order. */
export function permuted(graph: OnnxGraph, x: Value, order: readonly number[]): Value {
  const perm = { ints: [0, ...order.map((axis) => axis + 1)] };
  return graph.add(
    'Transpose',
    [x],
    { perm },
    order.map((axis) => x.shape[axis] as number),
  );
}

/** A sum, a mean or another number of what lies along some axes of a sample, which stay with size 1. */
export function reduced(graph: OnnxGraph, operator: string, x: Value, axes: readonly number[]): Value {
  const along = axes.map((axis) => axis + 1);
  const shape = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  // ReduceSum alone takes its axes as an input, in this set of operators.
  if (operator === 'ReduceSum') return graph.add(operator, [x, graph.integers(along)], {}, shape);
  return graph.add(operator, [x], { axes: { ints: along } }, shape);
}
