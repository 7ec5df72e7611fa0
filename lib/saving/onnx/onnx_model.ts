import { encodeOnnx } from '../../files/onnx';
import { arraysIn } from '../../files/tree';
import type { Format } from '../format';
import { walkLayers } from '../layer_walk';
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

function graphOf(model: ModelState): object {
  const graph = new OnnxGraph();
  const { inputs, outputs } = walkLayers<Value>(model, {
    format: 'onnx',
    input: (name, shape) => ({ name, shape }),
    layer: (use) => emitLayer({ ...use, graph, epsilon: model.epsilon }),
  });
  return graph.toModel(model.name, inputs, outputs, OPSET);
}
