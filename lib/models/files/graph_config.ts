import { defined } from '../../check';
import { InWords, invalidArgument, unsupported } from '../../errors';
import type { Config } from '../../identifiers';
import { Input, type Layer } from '../../layers';
import type { SymbolicLike, SymbolicTensor } from '../../layers/layer';
import { dtypePolicy } from '../../layers/layer';
import { checkLimit } from '../../limits';
import { isFalsy, isFields } from '../../saving/python';
import { useNumbers, usesOf, type Wiring } from '../graph/wiring';
import { isModel } from '../model_classes';
import { type CustomObjects, inLayer, layerConfig, layerFromConfig } from './config';
import { withNumbers } from './sharing';

interface GraphParts {
  readonly trainable: boolean;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  readonly wiring: Wiring;
  /** Whether they were given without an array. */
  readonly single: { readonly inputs: boolean; readonly outputs: boolean };
}

/** Where a tensor comes from: a layer's name, which use of the layer it is, and which of its outputs. */
type InboundNode = readonly [layer: string, use: number, output: number];

/** Layers and how they are connected, in Keras' form. */
export function graphConfig(name: string, { inputs, outputs, wiring, single, trainable }: GraphParts): Config {
  const uses = usesOf(wiring);
  const numbers = useNumbers(uses);
  const historyOf = ({ layer, node, index }: SymbolicTensor): InboundNode => {
    return [layer.name, firstUse(layer) + defined(numbers.get(node)), index];
  };
  const argument = (tensor: SymbolicTensor): Config => ({
    class_name: '__keras_tensor__',
    config: { shape: tensor.shape, dtype: 'float32', keras_history: historyOf(tensor) },
  });
  const written = withNumbers(wiring.layers, () => wiring.layers.map(layerConfig));
  const layers = wiring.layers.map((layer, i) => ({
    ...written[i],
    name: layer.name,
    inbound_nodes: defined(uses.get(layer)).flatMap(({ inputs: from }) => {
      if (from.length === 0) return [];
      const given = from.map(argument);
      return [{ args: layer.takesList ? [given] : given, kwargs: {} }];
    }),
  }));
  const listed = (tensors: readonly SymbolicTensor[], one: boolean): unknown => {
    const histories = tensors.map(historyOf);
    return one ? histories[0] : histories;
  };
  return {
    name,
    trainable,
    dtype: dtypePolicy(),
    layers,
    input_layers: listed(inputs, single.inputs),
    output_layers: listed(outputs, single.outputs),
  };
}

/** A graph within a model counts its uses from 1: the first one, in Keras, is that by which it was made. */
export function firstUse({ className }: Layer): number {
  return className === 'Functional' ? 1 : 0;
}

interface LayerEntry {
  readonly layer: Layer;
  readonly nodes: readonly (readonly InboundNode[])[];
  /** The outputs of each use. */
  readonly uses: (readonly SymbolicLike[])[];
  /** What the first use is called. */
  readonly first: number;
  /** Inputs of the next use that are there. */
  found: number;
}

/** The reverse of {@link graphConfig}; Keras' own configs fit too. */
export function graphFromConfig(
  config: Config,
  customObjects: CustomObjects,
): {
  readonly inputs: SymbolicLike | SymbolicLike[];
  readonly outputs: SymbolicLike | SymbolicLike[];
  readonly name?: string;
} {
  const layers = config.layers as readonly Config[];
  const entries = new Map<string, LayerEntry>();
  let uses = 0;
  const ends = [config.input_layers, config.output_layers];
  const reached = reachedFrom(ends, layers);
  const firsts = firstUses([...ends, ...layers.map(({ inbound_nodes }) => inbound_nodes)]);
  for (const given of layers) {
    if (!reached.has(String(given.name))) continue;
    const layer = layerFromConfig(given, customObjects);
    inLayer(layer.name, () => checkCalls(given.inbound_nodes));
    const nodes = Array.isArray(given.inbound_nodes) ? given.inbound_nodes.map(historiesIn) : [];
    uses += nodes.length;
    checkLimit('layers', uses, 'config.layers');
    const first = isModel(layer) ? (firsts.get(layer.name) ?? 0) : 0;
    entries.set(layer.name, { layer, nodes, first, uses: layer instanceof Input ? [[layer]] : [], found: 0 });
  }
  connect(entries);
  const find = (histories: unknown): SymbolicLike | SymbolicLike[] => {
    const found = historiesIn(histories).map((history) => outputOf(entries, history));
    // Keras writes a list of one for a tensor, and reads a tensor of it.
    return found.length === 1 ? (found[0] as SymbolicLike) : found;
  };
  const { name } = config;
  return {
    inputs: find(config.input_layers),
    outputs: find(config.output_layers),
    ...(typeof name === 'string' && { name }),
  };
}

/** The lowest number that a use of each layer has: versions of Keras count those of models from 0 or from 1. */
function firstUses(histories: readonly unknown[]): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  for (const [name, use] of histories.flatMap(historiesIn)) firsts.set(name, Math.min(use, firsts.get(name) ?? use));
  return firsts;
}

/**
 * The names of the layers that these depend on. Not among them is what only computes masks: Keras has operations for
 * it, whose outputs are arguments by name; here layers know of masks by themselves.
 */
export function reachedFrom(ends: unknown, layers: readonly Config[]): ReadonlySet<string> {
  const nodes = new Map(layers.map(({ name, inbound_nodes }) => [name, inbound_nodes]));
  const names = new Set<string>();
  // Iterating over a set reaches what is added meanwhile.
  for (const [name] of historiesIn(ends)) names.add(name);
  for (const name of names) for (const [from] of historiesIn(nodes.get(name))) names.add(from);
  return names;
}

/**
 * Applies each layer as soon as its inputs are there, in the order in which they stand as far as that goes. A layer
 * that waits is looked at again when the output comes that it waits for: the order may be any.
 */
function connect(entries: ReadonlyMap<string, LayerEntry>): void {
  const waiting = new Map<string, LayerEntry[]>();
  const ready = [...entries.values()];
  // What is put at the end meanwhile has its turn too.
  for (const entry of ready) {
    const { layer, nodes, uses, first } = entry;
    const next = nodes[uses.length];
    if (layer instanceof Input || next === undefined) continue;
    const missing = missingOf(entry, next, entries);
    if (missing !== undefined) {
      const others = waiting.get(missing) ?? [];
      others.push(entry);
      waiting.set(missing, others);
      continue;
    }
    const inputs = next.map((history) => outputOf(entries, history));
    const outputs = inLayer(layer.name, () =>
      layer.apply(inputs.length === 1 && !layer.takesList ? (inputs[0] as SymbolicLike) : inputs),
    );
    const use = first + uses.push([outputs as SymbolicTensor | SymbolicTensor[]].flat());
    entry.found = 0;
    ready.push(entry);
    for (const other of waiting.get(placeOf(layer.name, use - 1)) ?? []) ready.push(other);
  }
}

/** The first input that is not there yet. */
function missingOf(
  entry: LayerEntry,
  next: readonly InboundNode[],
  entries: ReadonlyMap<string, LayerEntry>,
): string | undefined {
  for (; entry.found < next.length; entry.found++) {
    const history = next[entry.found] as InboundNode;
    if (findOutput(entries, history) === undefined) return placeOf(history[0], history[1]);
  }
  return undefined;
}

function placeOf(name: string, use: number): string {
  return `${use} ${name}`;
}

function findOutput(
  entries: ReadonlyMap<string, LayerEntry>,
  [name, use, output]: InboundNode,
): SymbolicLike | undefined {
  const entry = entries.get(name);
  return entry?.uses[use - entry.first]?.[output];
}

function outputOf(entries: ReadonlyMap<string, LayerEntry>, history: InboundNode): SymbolicLike {
  const output = findOutput(entries, history);
  if (output !== undefined) return output;
  throw invalidArgument(
    'config',
    'layers that are connected without a cycle',
    new InWords(`a use of \`${history[0]}\``),
  );
}

/**
 * Layers are called with their inputs alone: masks are known without, and `training: false` is how a model predicts. Errors:
 * `ERR_UNSUPPORTED`.
 */
function checkCalls(nodes: unknown): void {
  for (const node of Array.isArray(nodes) ? nodes : []) {
    for (const [name, value] of Object.entries(callOptions(node))) {
      if (value === null || ['inputs', 'mask'].includes(name) || (name === 'training' && isFalsy(value))) continue;
      throw unsupported(name, 'null for an option of a call', value);
    }
  }
}

/** The arguments by name of one call: Keras 2 has them behind each of its inputs. */
function callOptions(node: unknown): Config {
  if (isFields(node)) return (node.kwargs ?? {}) as Config;
  const parts = (Array.isArray(node) ? node : []).flat().filter(isFields);
  return Object.assign({}, ...parts);
}

/** All histories in an object, in the order in which they stand; of arguments by name those of the inputs. */
function historiesIn(value: unknown): InboundNode[] {
  if (Array.isArray(value)) {
    const [name, use, output] = value;
    if (typeof name === 'string' && typeof use === 'number')
      return [[name, use, typeof output === 'number' ? output : 0]];
    return value.flatMap(historiesIn);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    historiesIn(key === 'kwargs' ? (inner as Config | null)?.inputs : inner),
  );
}
