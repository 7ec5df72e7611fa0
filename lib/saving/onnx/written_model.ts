import { encodeOnnx } from '../../files/onnx';
import { walkLayers } from '../layer_walk';
import type { ModelState } from '../model_state';
import { OnnxGraph, type Value } from './written_graph';
import { emitLayer } from './written_layers';

/** The set of operators: that of LayerNormalization, of 2022. */
const OPSET = 17;

/** A model as a graph of operators. */
export function encodeOnnxModel(model: ModelState): Promise<Uint8Array> {
  return encodeOnnx(graphOf(model));
}

function graphOf(model: ModelState): object {
  const graph = new OnnxGraph();
  const { inputs, outputs } = walkLayers<Value>(model, {
    format: 'onnx',
    input: (name, shape) => ({ name, shape }),
    layer: (use) => emitLayer({ ...use, graph, epsilon: model.epsilon }),
  });
  return graph.toModel(model.name, inputs, outputs, OPSET);
}
