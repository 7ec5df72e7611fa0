import { defined } from '../../check';
import { invalidArgument, invalidUse } from '../../errors';
import type { Layer, Variable } from '../../layers';
import { Input } from '../../layers';
import type { SymbolicTensor } from '../../layers/layer';
import type { Traced } from '../../layers/masks';
import { checkLimit } from '../../limits';
import { type LayerSpec, type NativeModel, type NodeSpec, native, type Place } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { NativeGraph } from './native_graph';

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
  /** The layer that computes each output, where there is one. */
  readonly lastLayers: readonly (Layer | undefined)[];
  /** Builds all layers for samples of these shapes. */
  buildFor(...inputShapes: readonly Shape[]): void;
  readonly isNative: boolean;
  /** The native counterpart, which holds the values of all variables from here on. */
  readonly native: NativeModel;
  readonly lowered: Lowered;
}

/** A model in native terms, with what belongs to which layer. */
export interface Lowered {
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
}

/**
 * Symbolic tensors in an order in which each comes after those that it is made of, and Keras' order of their layers.
 */
export interface Wiring {
  readonly tensors: readonly SymbolicTensor[];
  readonly layers: readonly Layer[];
}

/** Follows the outputs back to the inputs. */
export function wire(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Wiring {
  const tensors: SymbolicTensor[] = [];
  const met = new Set<SymbolicTensor>();
  const order = new Map<Layer, number>();
  const ends = new Set(inputs);
  // Not by recursion: a graph may be deeper than the stack.
  const path: { readonly tensor: SymbolicTensor; readonly left: Iterator<SymbolicTensor> }[] = [];
  const enter = (tensor: SymbolicTensor): void => {
    if (met.has(tensor)) return;
    met.add(tensor);
    checkLimit('layers', met.size, 'outputs');
    if (!order.has(tensor.layer)) order.set(tensor.layer, order.size);
    if (!ends.has(tensor) && tensor.inputs.length === 0) throw disconnected(tensor);
    path.push({ tensor, left: (ends.has(tensor) ? [] : tensor.inputs).values() });
  };
  for (const output of outputs) {
    enter(output);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const { value: input, done } = last.left.next();
      if (done === true) tensors.push((path.pop() ?? last).tensor);
      else enter(input);
    }
  }
  for (const input of inputs) if (!met.has(input)) throw unused(input);
  return { tensors, layers: byDepth(tensors, order) };
}

/** Keras' order: by the distance from the outputs, and by the order in which they are met where it is the same. */
function byDepth(tensors: readonly SymbolicTensor[], order: ReadonlyMap<Layer, number>): Layer[] {
  const tensorDepths = new Map<SymbolicTensor, number>();
  const layerDepths = new Map<Layer, number>();
  for (const tensor of tensors.toReversed()) {
    const depth = Math.max(tensorDepths.get(tensor) ?? 0, layerDepths.get(tensor.layer) ?? 0);
    layerDepths.set(tensor.layer, depth);
    for (const input of tensor.inputs) tensorDepths.set(input, Math.max(depth + 1, tensorDepths.get(input) ?? 0));
  }
  const rank = (layer: Layer): [number, number] => [-defined(layerDepths.get(layer)), defined(order.get(layer))];
  return [...layerDepths.keys()].sort((a, b) => {
    const [[depthA, orderA], [depthB, orderB]] = [rank(a), rank(b)];
    return depthA - depthB || orderA - orderB;
  });
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
  for (const tensor of tensors) {
    if (traced.has(tensor)) continue;
    const from = tensor.inputs.map((input) => ({ ...(traced.get(input) as Traced), shape: input.sampleShape }));
    traced.set(tensor, tensor.layer.trace(graph.opsOf(tensor.layer), from));
  }
  const ends = outputs.map((output) => traced.get(output) as Traced);
  const masks = ends.map(({ mask }) => mask?.() ?? null);
  const { layers, nodes, owners, sources, variables } = graph;
  const ranks = new Map(ordered.map((layer, rank) => [layer, rank]));
  const order = [...layers.keys()].sort((a, b) => rankOf(ranks, owners[a]) - rankOf(ranks, owners[b]));
  const indices = new Map(order.map((layer, index) => [layer, index]));
  return {
    layers: order.map((i) => layers[i] as LayerSpec),
    nodes: nodes.map(({ layer, inputs: from }) => ({ layer: indices.get(layer) as number, inputs: from })),
    owners: order.map((i) => owners[i] as Layer),
    sources: order.map((i) => sources[i] as Layer),
    variables: order.map((i) => variables[i] as readonly Variable[]),
    masks,
    outputs: ends.map(({ tensor }) => tensor),
  };
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
  const layerNames = lowered.owners.map(({ name }) => name);
  const variables = lowered.variables.flat();
  const fresh = variables.filter(({ home }) => home === null);
  if (fresh.length > 0) {
    const segment = new native.WeightSegment(fresh.map(({ size }) => size));
    for (const [i, variable] of fresh.entries()) variable.moveInto({ segment, offset: segment.offsets[i] as number });
  }
  const places = variables.map(({ home }) => home as Place);
  return new native.Model({ inputSizes, inputNames, layerNames, ...lowered, places });
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

function disconnected({ layer }: SymbolicTensor): Error {
  const what = layer instanceof Input ? `the Input \`${layer.name}\`` : `an output of \`${layer.name}\``;
  return invalidUse(
    `Expected outputs that depend on the inputs alone, received one that depends on ${what}. Put it into \`inputs\`.`,
  );
}

function unused({ layer }: SymbolicTensor): Error {
  return invalidArgument('inputs', 'inputs that an output depends on', layer.name, 'Leave it out.');
}
