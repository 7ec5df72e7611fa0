import { toSnakeCase } from '../../check';
import { decodeOnnx } from '../../files/onnx';
import { emptyGroup, type FileArray, type Group } from '../../files/tree';
import type { Config } from '../../identifiers';
import { LIMITS } from '../../limits';
import type { Contents } from '../format';
import { recognised } from './forms';
import { CONFIG, SEPARATOR } from './places';
import { type ReadGraph, readGraph } from './read_graph';
import type { Planned, Step, Tensor } from './values';

/** A model of layers that computes what a graph of operators does. */
export async function readOnnxModel(bytes: Uint8Array, where: string): Promise<Contents> {
  const graph = readGraph(await decodeOnnx(bytes, where), where);
  const needed = neededFor(graph.outputs, graph.tensors);
  const layers = planned(graph, needed);
  const root = emptyGroup();
  const names = named([...layers.values()]);
  for (const [layer, name] of names) putWeights(root, name, layer.weights);
  return { texts: new Map([[CONFIG, JSON.stringify(configOf(graph, layers, names))]]), root };
}

/** How a tensor comes about, and how often it is read. */
interface Need {
  readonly from: readonly Tensor[];
  readonly steps: readonly Step[];
  reads: number;
}

/** What outputs depend on. Errors: `ERR_UNSUPPORTED` where an operator that is not a layer is among it. */
function neededFor(outputs: readonly Tensor[], tensors: readonly Tensor[]): ReadonlyMap<Tensor, Need> {
  const reads = new Map<Tensor, number>();
  const read = (tensor: Tensor): void => void reads.set(tensor, (reads.get(tensor) ?? 0) + 1);
  const needs: [Tensor, Need][] = [];
  outputs.forEach(read);
  for (const tensor of [...tensors].reverse()) {
    const count = reads.get(tensor);
    if (count === undefined) continue;
    const whole = recognised(tensor);
    const { from, steps } = whole === null ? tensor : { from: [whole.from], steps: [whole.step] };
    if (steps instanceof Error) throw steps;
    from.forEach(read);
    needs.push([tensor, { from, steps: steps as readonly Step[], reads: count }]);
  }
  return new Map(needs.reverse());
}

/** The layer of each tensor; inputs of the model have none. */
type Layers = ReadonlyMap<Tensor, Planned>;

function planned({ inputs }: ReadGraph, needed: ReadonlyMap<Tensor, Need>): Layers {
  const layers = new Map<Tensor, Planned>();
  for (const { name, tensor } of inputs) layers.set(tensor, plan(inputStep(name, tensor), []));
  for (const [tensor, { from, steps }] of needed) {
    let before = from.map((one) => layers.get(one) as Planned);
    let canFold = from.length === 1 && needed.get(from[0] as Tensor)?.reads === 1;
    for (const step of steps) {
      if (!(canFold && step.fold?.(before[0] as Planned))) before = [plan(step, before)];
      canFold = true;
    }
    if (!layers.has(tensor)) layers.set(tensor, before[0] as Planned);
  }
  return layers;
}

function inputStep(name: string, { shape }: Tensor): Step {
  return { className: 'InputLayer', config: { batch_shape: [null, ...shape] }, named: name };
}

function plan({ className, config, weights = {}, named }: Step, from: readonly Planned[]): Planned {
  return { className, config, weights, named, from };
}

// How names of weights begin with that of their layer, here and in PyTorch, and in TensorFlow.
const NAMES = [/^(.+)\.(?:weight|kernel|gamma|alpha|embeddings|ones)$/, /([^/]+)\/(?:MatMul|Cast)(?:\/[^/]*)*$/];

/** A name for each layer, which tells where it comes from as far as the file says it. */
function named(layers: readonly Planned[]): ReadonlyMap<Planned, string> {
  const counts = new Map<string, number>();
  const names = new Set<string>();
  const unique = (base: string): string => {
    for (let count = counts.get(base) ?? 0; ; count++) {
      const name = count === 0 ? base : `${base}_${count}`;
      counts.set(base, count + 1);
      if (!names.has(name)) return name;
    }
  };
  return new Map(
    [...allOf(layers)].map((layer) => {
      const { className, named: given = '' } = layer;
      const found = className === 'InputLayer' ? given : NAMES.map((pattern) => pattern.exec(given)?.[1]).find(Boolean);
      const base = (found ?? toSnakeCase(className)).replaceAll(SEPARATOR, '_').slice(0, LIMITS.characters - 10);
      const name = unique(base);
      names.add(name);
      return [layer, name] as const;
    }),
  );
}

/** With those in between of which no tensor of the graph is an output, each after those before it. */
function allOf(layers: readonly Planned[]): Set<Planned> {
  const all = new Set<Planned>();
  for (const layer of layers) {
    const chain = [layer];
    for (
      let last = layer;
      last.from.length === 1 && !all.has(last.from[0] as Planned);
      last = chain.at(-1) as Planned
    ) {
      chain.push(last.from[0] as Planned);
    }
    for (const one of chain.reverse()) all.add(one);
  }
  return all;
}

function putWeights(root: Group, layer: string, weights: Readonly<Record<string, FileArray>>): void {
  for (const [name, array] of Object.entries(weights)) root.children.set(`${layer}${SEPARATOR}${name}`, array);
}

/** A Sequential where each layer reads the one before, else a graph. */
function configOf({ name, inputs, outputs }: ReadGraph, layers: Layers, names: ReadonlyMap<Planned, string>): Config {
  const all = [...names.keys()];
  const ends = outputs.map((tensor) => layers.get(tensor) as Planned);
  const isChain = all.every(({ from }, i) => from.length === Math.min(i, 1) && from[0] === all[i - 1]);
  const own = name === '' ? {} : { name: name.slice(0, LIMITS.characters) };
  const entry = (layer: Planned): Config => ({
    class_name: layer.className,
    config: { ...layer.config, name: names.get(layer) },
  });
  if (isChain && all.length > 1 && ends.length === 1 && ends[0] === all.at(-1)) {
    return { class_name: 'Sequential', config: { ...own, layers: all.map(entry) } };
  }
  const history = (layer: Planned): unknown => [names.get(layer), 0, 0];
  const tensor = (layer: Planned): Config => ({
    class_name: '__keras_tensor__',
    config: { shape: null, dtype: 'float32', keras_history: history(layer) },
  });
  const connected = all.map((layer) => {
    const given = layer.from.map(tensor);
    const nodes = given.length === 0 ? [] : [{ args: given.length > 1 ? [given] : given, kwargs: {} }];
    return { ...entry(layer), name: names.get(layer), inbound_nodes: nodes };
  });
  const inputLayers = inputs.map((input) => history(layers.get(input.tensor) as Planned));
  const config = { ...own, layers: connected, input_layers: inputLayers, output_layers: ends.map(history) };
  return { class_name: 'Functional', config };
}
