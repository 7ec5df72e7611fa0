import { sizeOf } from '../../tensor';
import { sampleIndices } from '../layer_config';
import { isFalsy } from '../python';
import { emitActivation, emitRelu } from './written_activations';
import { ENCODINGS } from './written_encodings';
import type { OnnxGraph, Value } from './written_graph';
import { MERGES } from './written_merges';
import { NORMS } from './written_norms';
import { type Emit, permuted, reduced, refused, reshaped, type Use, weight } from './written_use';

const same: Emit = (_, x) => x;

function activated(use: Use, x: Value, given: unknown): Value {
  const result = emitActivation(use.graph, x, given);
  if (typeof result === 'string') throw refused(use, `the activation ${result}`);
  return result;
}

const dense: Emit = (use, x) => {
  const kernel = weight(use, 'kernel') as string;
  const shape = [...x.shape.slice(0, -1), Number(use.config.units)];
  const bias = weight(use, 'bias');
  const product = use.graph.add('MatMul', [x, kernel], {}, shape);
  return activated(use, bias === null ? product : use.graph.add('Add', [product, bias]), use.config.activation);
};

/** The operator takes one axis; of several, the formula. */
const softmax: Emit = ({ graph, config }, x) => {
  const axes = sampleIndices(config.axis, x.shape.length);
  const [axis = 0] = axes;
  if (axes.length === 1) return graph.add('Softmax', [x], { axis: { i: axis - x.shape.length } });
  const powers = graph.add('Exp', [graph.add('Sub', [x, reduced(graph, 'ReduceMax', x, axes)])]);
  return graph.add('Div', [powers, reduced(graph, 'ReduceSum', powers, axes)]);
};

/** Channels that come first move to the end. */
const flatten: Emit = ({ graph, config }, x) => {
  const [first = 0, ...others] = x.shape.keys();
  const isMoved = config.data_format === 'channels_first' && others.length > 0;
  const moved = isMoved ? permuted(graph, x, [...others, first]) : x;
  return graph.add('Flatten', [moved], { axis: { i: 1 } }, [sizeOf(x.shape)]);
};

const reshape: Emit = ({ graph, config }, x) => {
  const target = config.target_shape as readonly number[];
  const known = sizeOf(target.filter((size) => size !== -1));
  const shape = target.map((size) => (size === -1 ? sizeOf(x.shape) / known : size));
  return reshaped(graph, x, shape);
};

function repeated(graph: OnnxGraph, x: Value, times: number): Value {
  const shape = [times, ...x.shape];
  return graph.add('Expand', [reshaped(graph, x, [1, ...x.shape]), graph.integers([1, ...shape])], {}, shape);
}

const LAYERS: Readonly<Record<string, Emit>> = {
  ...{ Dropout: same, GaussianNoise: same, GaussianDropout: same, AlphaDropout: same, SpatialDropout1D: same },
  ...{ ActivityRegularization: same, Identity: same },
  ...{ ...MERGES, ...NORMS, ...ENCODINGS },
  Dense: dense,
  Activation: (use, x) => activated(use, x, use.config.activation),
  ReLU: ({ graph, config }, x) => emitRelu(graph, x, config),
  LeakyReLU: ({ graph, config }, x) => graph.add('LeakyRelu', [x], { alpha: { f: Number(config.negative_slope) } }),
  ELU: ({ graph, config }, x) => graph.add('Elu', [x], { alpha: { f: Number(config.alpha) } }),
  PReLU: (use, x) => use.graph.add('PRelu', [x, weight(use, 'alpha') as string]),
  Softmax: softmax,
  ...{ Flatten: flatten, Reshape: reshape },
  Permute: ({ graph, config }, x) =>
    permuted(
      graph,
      x,
      (config.dims as readonly number[]).map((axis) => axis - 1),
    ),
  RepeatVector: ({ graph, config }, x) => repeated(graph, x, Number(config.n)),
};

/** The output of a layer. Errors: `ERR_UNSUPPORTED` for what ONNX has not. */
export function emitLayer(use: Use): Value {
  const emit = Object.hasOwn(LAYERS, use.className) ? LAYERS[use.className] : undefined;
  if (emit === undefined) throw refused(use, 'the formula');
  if (!isFalsy(use.config.mask_zero)) throw refused(use, 'the mask');
  return emit(use, use.inputs[0] as Value);
}
