import { unsupported } from '../../errors';
import { encodeOnnx } from '../../files/onnx';
import { arraysIn } from '../../files/tree';
import type { Config } from '../../identifiers';
import type { Format } from '../format';
import { describedBy, type ModelState, parseObject } from '../model_state';
import { readNamed } from '../named_weights';
import { CONFIG, readOnnxModel, SEPARATOR } from './read_model';
import { OnnxGraph, type Value } from './written_graph';
import { emitLayer } from './written_layers';

/** The set of operators: that of LayerNormalization, of 2022. */
const OPSET = 17;

// As a protocol buffer tags them: the producer and its version, a domain, versions, a comment, the graph, its operators.
const FIELDS = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42];
const MOST_VERSIONS = 32;

/** Graphs of operators, for inference elsewhere; those of dense nets become layers again. */
export const ONNX: Format = {
  name: 'onnx',
  extensions: ['.onnx'],
  holds: 'model',
  // The version of the format, and a further field.
  matches: ({ start }) =>
    start[0] === '\b' &&
    start.charCodeAt(1) > 0 &&
    start.charCodeAt(1) <= MOST_VERSIONS &&
    FIELDS.includes(start.charCodeAt(2)),
  read: ({ bytes, where }) => readOnnxModel(bytes, where),
  describe: ({ texts }, where) => describedBy(parseObject(texts.get(CONFIG), CONFIG, where), null, where),
  weightsOf(root, layers, where, layout) {
    return readNamed(arraysIn(root), layers, { separator: SEPARATOR, isOrdered: true, layout }, where);
  },
  write: async (model, name) => new Map([[name, await encodeOnnx(graphOf(model))]]),
};

/** A place in Keras' graph: a layer, and which use of it. */
type History = readonly [layer: string, use: number];

function graphOf(model: ModelState): object {
  const { config } = JSON.parse(model.config) as { config: Config };
  const layers = config.layers as readonly Config[];
  const graph = new OnnxGraph();
  const inputs: Value[] = [];
  const values = new Map<string, Value>();
  const weights = new Map(
    model.layers.map((layer) => [layer.name, new Map(layer.weights.map((one) => [one.name, one]))]),
  );
  const run = (layer: Config, from: readonly Value[]): Value => {
    const { class_name: className, config: own } = layer as { class_name: string; config: Config };
    const name = String(own.name);
    if (className !== 'InputLayer') {
      return emitLayer({ graph, name, className, config: own, weights: weights.get(name) ?? new Map(), inputs: from });
    }
    const input = { name, shape: (own.batch_shape as readonly number[]).slice(1) };
    inputs.push(input);
    return input;
  };
  if (config.input_layers === undefined) return chain(model.name, layers, graph, run, inputs);
  const find = ([name, use]: History): Value | undefined => values.get(`${use} ${name}`);
  for (let left = usesOf(layers); left.length > 0; ) {
    const waiting = left.filter(({ layer, use, from }) => {
      const given = from.map(find);
      if (given.includes(undefined)) return true;
      values.set(`${use} ${layer.name}`, run(layer, given as Value[]));
      return false;
    });
    if (waiting.length === left.length) throw unsupported('layers', 'a graph without cycles', 'one with');
    left = waiting;
  }
  const listed = (ends: unknown): Value[] => {
    const list = (Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends) as readonly History[];
    return list.map((one) => find(one) as Value);
  };
  return graph.toModel(model.name, listed(config.input_layers), listed(config.output_layers), OPSET);
}

function chain(
  name: string,
  layers: readonly Config[],
  graph: OnnxGraph,
  run: (layer: Config, from: readonly Value[]) => Value,
  inputs: readonly Value[],
): object {
  let value: Value | null = null;
  for (const layer of layers) {
    if (value === null && layer.class_name !== 'InputLayer') {
      throw unsupported('format', "a model that begins with an Input for 'onnx'", String(layer.class_name));
    }
    value = run(layer, value === null ? [] : [value]);
  }
  if (value === null) throw unsupported('format', "a model with layers for 'onnx'", 'none');
  return graph.toModel(name, inputs, [value], OPSET);
}

/** Each use of a layer, and where its inputs come from. */
function usesOf(layers: readonly Config[]) {
  return layers.flatMap((layer) => {
    const nodes = layer.inbound_nodes as readonly Config[];
    if (nodes.length === 0) return [{ layer, use: 0, from: [] as History[] }];
    return nodes.map(({ args }, use) => {
      const tensors = (args as readonly unknown[]).flat() as readonly { readonly config: Config }[];
      return { layer, use, from: tensors.map(({ config }) => config.keras_history as History) };
    });
  });
}
