import type { OnnxGraph, Value } from './written_graph';
import { type Emit, reduced, reshaped, type Use, weight } from './written_use';

const FLOAT = 1;
const INT64 = 7;

/** A row for each code, of codes that tell which one it is; or one for all codes of the last axis. */
function encoded({ graph, config }: Use, codes: Value, count: number): Value {
  const isEach = config.output_mode === 'one_hot' && codes.shape.at(-1) !== 1;
  const of = reshaped(graph, codes, [...codes.shape, 1]);
  const shape = [...codes.shape, count];
  const all = graph.integers(Array.from({ length: count }, (_, code) => code));
  const found = graph.add('Cast', [graph.add('Equal', [of, all], {}, shape)], { to: { i: FLOAT } });
  if (isEach || codes.shape.length === 0) return found;
  const sums = reduced(graph, config.output_mode === 'count' ? 'ReduceSum' : 'ReduceMax', found, [
    codes.shape.length - 1,
  ]);
  return reshaped(graph, sums, [...codes.shape.slice(0, -1), count]);
}

/** How many boundaries are not above a number. */
function binOf(graph: OnnxGraph, x: Value, name: string, boundaries: readonly number[]): Value {
  const array = { data: Float32Array.from(boundaries), shape: [boundaries.length] };
  const of = reshaped(graph, x, [...x.shape, 1]);
  const shape = [...x.shape, boundaries.length];
  const isBelow = graph.add('Less', [of, graph.floats(`${name}.boundaries`, array)], {}, shape);
  const reached = graph.add('Cast', [graph.add('Not', [isBelow])], { to: { i: FLOAT } });
  return reshaped(graph, reduced(graph, 'ReduceSum', reached, [x.shape.length]), x.shape);
}

function rescaled({ graph, config, name }: Use, x: Value): Value {
  const [scale, offset] = ['scale', 'offset'].map((what) => {
    const values = [config[what]].flat().map(Number);
    const shape = values.length === 1 ? [] : [values.length];
    return graph.floats(`${name}.${what}`, { data: Float32Array.from(values), shape });
  }) as [string, string];
  return graph.add('Add', [graph.add('Mul', [x, scale]), offset]);
}

export const ENCODINGS: Readonly<Record<string, Emit>> = {
  Rescaling: rescaled,
  Discretization(use, x) {
    const { graph, config, name } = use;
    const boundaries = config.bin_boundaries as readonly number[];
    const bins = binOf(graph, x, name, boundaries);
    if (config.output_mode === 'int') return bins;
    return encoded(use, graph.add('Cast', [bins], { to: { i: INT64 } }), boundaries.length + 1);
  },
  CategoryEncoding(use, x) {
    return encoded(use, use.graph.add('Cast', [x], { to: { i: INT64 } }), Number(use.config.num_tokens));
  },
  Embedding(use, x) {
    const rows = use.graph.add('Cast', [x], { to: { i: INT64 } });
    const shape = [...x.shape, Number(use.config.output_dim)];
    return use.graph.add('Gather', [weight(use, 'embeddings') as string, rows], { axis: { i: 0 } }, shape);
  },
};
