import { outOfMemory, shortened } from '../../errors';
import type { Layer, Variable } from '../../layers';
import { follow } from '../../layers/composition';
import type { SymbolicTensor } from '../../layers/layer';
import type { Traced, TracedInput } from '../../layers/masks';
import { type LayerSpec, type NativeModel, type NodeSpec, native, type Place } from '../../native';
import { allLayers } from '../../nesting';
import { type Shape, sizeOf } from '../../tensor';
import { NativeGraph } from './native_graph';
import { type Wiring, wire } from './wiring';

/** The layers of a model and how data flows through them, whatever class of model it is. */
export interface Topology {
  /** As users see them. */
  readonly layers: readonly Layer[];
  /** Whether anything of the model trains. */
  trainable: boolean;
  /** Layer by layer, trainable ones first. */
  readonly variables: readonly Variable[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The shape of one sample of each input; null before the model is built. */
  readonly inputShapes: readonly Shape[] | null;
  readonly outputShapes: readonly Shape[] | null;
  /** The symbolic tensors; none before the model is built. */
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** Builds all layers for samples of these shapes. */
  buildFor(...inputShapes: readonly Shape[]): void;
  readonly isNative: boolean;
  /** The native counterpart, which holds the values of all variables from here on. */
  readonly native: NativeModel;
  readonly lowered: Lowered;
}

/** A model in native terms, with what belongs to which layer. */
export interface Lowered {
  /** How many there are: tensors are numbered from these on, node by node. */
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
  readonly nodes: readonly NodeSpec[];
  readonly outputs: readonly number[];
  /** The tensor that is the mask of each output; null where it has none. */
  readonly masks: readonly (number | null)[];
  /** The layer that each native layer belongs to. */
  readonly owners: readonly Layer[];
  /** Itself, or the one among those that it is composed of. */
  readonly sources: readonly Layer[];
  /** The variables that each native layer holds. */
  readonly variables: readonly (readonly Variable[])[];
  /** The uses of all layers that are computed, those within models among them, in the order of the data's way. */
  readonly uses: readonly Use[];
}

/** A use of a layer, and the tensor that it returns. */
export interface Use {
  readonly layer: Layer;
  readonly tensor: number;
}

/**
 * The native layers and nodes of a model. A layer that is used again is the same native layer. Native layers have the
 * order of the model's, so that variables, and the optimizer's slots for them, have Keras' order.
 */
export function lower(
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
  { tensors, layers: ordered }: Wiring,
): Lowered {
  const graph = new NativeGraph(inputs.length);
  const traced = new Map<SymbolicTensor, Traced>(inputs.map((input, i) => [input, { tensor: i, mask: null }]));
  followIn(graph, tensors, traced);
  const ends = outputs.map((output) => traced.get(output) as Traced);
  const masks = ends.map(({ mask }) => mask?.() ?? null);
  const { layers, nodes, owners, sources, variables } = graph;
  const ranks = new Map(allLayers(ordered).map((layer, rank) => [layer, rank]));
  const order = [...layers.keys()].sort((a, b) => rankOf(ranks, owners[a]) - rankOf(ranks, owners[b]));
  const indices = new Map(order.map((layer, index) => [layer, index]));
  return {
    inputs: inputs.length,
    layers: order.map((i) => layers[i] as LayerSpec),
    nodes: nodes.map(({ layer, inputs: from }) => ({ layer: indices.get(layer) as number, inputs: from })),
    owners: order.map((i) => owners[i] as Layer),
    sources: order.map((i) => sources[i] as Layer),
    variables: order.map((i) => variables[i] as readonly Variable[]),
    uses: graph.uses,
    masks,
    outputs: ends.map(({ tensor }) => tensor),
  };
}

/** What a layer consists of takes its place: native code knows no layers within layers. */
function traceLayer(layer: Layer, from: readonly TracedInput[], graph: NativeGraph): readonly Traced[] {
  const { innerGraph } = layer;
  if (innerGraph === null) {
    const found = layer.traceAll(graph.opsOf(layer), from);
    graph.uses.push(...found.map(({ tensor }) => ({ layer, tensor })));
    return found;
  }
  const { inputs, outputs } = innerGraph;
  const traced = new Map<SymbolicTensor, Traced>(inputs.map((input, i) => [input, from[i] as TracedInput]));
  followIn(graph, wire(inputs, outputs).tensors, traced);
  return outputs.map((output) => traced.get(output) as Traced);
}

/** The most numbers of a sample: the core's `kMostElements`. */
const MOST_NUMBERS = 2 ** 31;

function followIn(graph: NativeGraph, tensors: readonly SymbolicTensor[], traced: Map<SymbolicTensor, Traced>): void {
  for (const { layer, sampleShape } of tensors) {
    if (sizeOf(sampleShape) > MOST_NUMBERS) throw outOfMemory(layer.name, sampleShape, 'Use smaller layers.');
  }
  follow(tensors, traced, (layer, from) => traceLayer(layer, from, graph));
}

/** The layer that computes a tensor, within those that hold it. */
export function lastLayer(tensor: SymbolicTensor | undefined): Layer | undefined {
  let found = tensor;
  while (found?.layer.innerGraph != null) found = found.layer.innerGraph.outputs[found.index];
  return found?.layer;
}

function rankOf(ranks: ReadonlyMap<Layer, number>, layer: Layer | undefined): number {
  return layer === undefined ? 0 : (ranks.get(layer) ?? 0);
}

/** The native model. Values that no other model has yet move into native memory together. */
export function enterNative(
  inputShapes: readonly Shape[],
  inputNames: readonly string[],
  lowered: Lowered,
): NativeModel {
  const inputSizes = inputShapes.map((shape) => sizeOf(shape));
  const layerNames = lowered.owners.map(({ name }) => shortened(name));
  const variables = lowered.variables.flat();
  const fresh = variables.filter(({ home }) => home === null);
  if (fresh.length > 0) {
    const segment = new native.WeightSegment(fresh.map(({ size }) => size));
    for (const [i, variable] of fresh.entries()) variable.moveInto({ segment, offset: segment.offsets[i] as number });
  }
  const places = variables.map(({ home }) => home as Place);
  return new native.Model({
    inputSizes,
    inputNames: inputNames.map((name) => shortened(name)),
    layerNames,
    ...lowered,
    places,
  });
}

/** Whether a layer takes an input as indices, by which there is no gradient. */
export function takesIndices(topology: Topology): boolean {
  return topology.native.indexLayers.some((layer) => layer >= 0);
}

/** The native counterpart of each variable, in the native order. */
export function nativeVariables(
  model: NativeModel,
  { variables }: Lowered,
): Map<Variable, NativeModel['variables'][number]> {
  const left = variables.map((own) => [...own]);
  return new Map(
    model.variables.map((info) => {
      const variable = left[info.layer]?.shift();
      if (variable === undefined || variable.size !== info.size) {
        throw new Error(`The native variable \`${info.name}\` belongs to no layer.`);
      }
      return [variable, info];
    }),
  );
}
