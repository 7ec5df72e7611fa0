import { defined } from '../check';
import { InWords, unsupported } from '../errors';
import type { FileArray } from '../files/tree';
import type { Config } from '../identifiers';
import type { Shape } from '../tensor';
import type { LayerState, ModelState } from './model_state';

/** A use of a layer, whose inputs are values that the caller passes. */
export interface LayerUse<V> {
  /** With the names of the models around it. */
  readonly name: string;
  readonly className: string;
  readonly config: Config;
  /** By their names in the layer. */
  readonly weights: ReadonlyMap<string, FileArray>;
  readonly inputs: readonly V[];
}

/** Makes values of inputs and layers. */
export interface LayerVisitor<V> {
  /** Names what is made of the model, in errors. */
  readonly format: string;
  input(name: string, shape: Shape): V;
  layer(use: LayerUse<V>): V;
}

/** Visits all uses of layers, each after those that it reads; models within the model are inlined. */
export function walkLayers<V>(model: ModelState, visitor: LayerVisitor<V>): { inputs: V[]; outputs: V[] } {
  const { config, build_config: built } = JSON.parse(model.config) as Whole;
  // Its layers may have no weights yet, and need not fit each other.
  if (built.input_shape === null) {
    throw refused(visitor.format, 'a model that is built, by an Input or by `build`,', 'one without a shape');
  }
  const inputs: V[] = [];
  const shape = built.input_shape.slice(1) as Shape;
  const walk = { visitor, prefix: '', states: statesOf(model.layers), given: null, inputs, shape };
  return { inputs, outputs: walkModel(config, walk) };
}

/** What `toJSON` of a model returns, as far as it is read here. */
interface Whole {
  readonly config: Config;
  readonly build_config: { readonly input_shape: readonly unknown[] | null };
}

interface Walk<V> {
  readonly visitor: LayerVisitor<V>;
  readonly prefix: string;
  readonly states: ReadonlyMap<string, LayerState>;
  /** What a model within another one reads; null for the outermost. */
  readonly given: readonly V[] | null;
  /** Those of the outermost model, in its order. */
  readonly inputs: V[];
  /** The shape of a sample of the outermost model, for a chain without an Input. */
  readonly shape: Shape;
}

/** A place in Keras' graph: a layer, which use of it, and which of its outputs. */
type History = readonly [layer: string, use: number, output: number];

function statesOf(layers: readonly LayerState[]): ReadonlyMap<string, LayerState> {
  return new Map(layers.map((layer) => [layer.name, layer]));
}

function walkModel<V>(config: Config, walk: Walk<V>): V[] {
  return config.input_layers === undefined ? walkChain(config, walk) : walkGraph(config, walk);
}

function walkChain<V>(config: Config, walk: Walk<V>): V[] {
  const [first] = config.layers as readonly Config[];
  let values: V[] | null = walk.given === null ? null : [...walk.given];
  if (values === null && first !== undefined && first.class_name !== 'InputLayer' && !holdsLayers(first)) {
    values = [addInput('input', walk.shape, walk)];
  }
  for (const layer of config.layers as readonly Config[]) {
    const isInput = layer.class_name === 'InputLayer';
    if (isInput && walk.given !== null) continue;
    values = isInput ? [inputOf(layer, walk)] : visit(layer, values, walk);
  }
  if (values === null) throw refused(walk.visitor.format, 'a model with layers', 'none');
  return values;
}

function walkGraph<V>(config: Config, walk: Walk<V>): V[] {
  const values = new Map<string, readonly V[]>();
  const find = ([name, use, output]: History): V | undefined => values.get(`${use} ${name}`)?.[output];
  const ends = historiesOf(config.input_layers);
  for (const [i, [name]] of ends.entries()) {
    const layer = (config.layers as readonly Config[]).find((one) => one.name === name) as Config;
    values.set(`0 ${name}`, [walk.given === null ? inputOf(layer, walk) : (walk.given[i] as V)]);
  }
  for (let left = usesOf(config.layers as readonly Config[]); left.length > 0; ) {
    const waiting = left.filter(({ layer, use, from }) => {
      const given = from.map(find);
      if (given.includes(undefined)) return true;
      values.set(`${use} ${layer.name}`, visit(layer, given as V[], walk));
      return false;
    });
    if (waiting.length === left.length)
      throw refused(walk.visitor.format, 'a graph without cycles', 'one with a cycle');
    left = waiting;
  }
  return historiesOf(config.output_layers).map((one) => find(one) as V);
}

function inputOf<V>(layer: Config, walk: Walk<V>): V {
  const { name, batch_shape: shape } = layer.config as Config;
  return addInput(String(name), (shape as readonly number[]).slice(1), walk);
}

function addInput<V>(name: string, shape: Shape, { visitor, inputs }: Walk<V>): V {
  const input = visitor.input(name, shape);
  inputs.push(input);
  return input;
}

function holdsLayers(layer: Config): boolean {
  return Array.isArray((layer.config as Config).layers);
}

/** Without values a model begins with what a model within it begins with. */
function visit<V>(layer: Config, inputs: readonly V[] | null, walk: Walk<V>): V[] {
  const { class_name: className, config } = layer as { class_name: string; config: Config };
  const name = String(config.name);
  const state = walk.states.get(name);
  const place = `${walk.prefix}${name}`;
  if (holdsLayers(layer)) {
    return walkModel(config, { ...walk, prefix: `${place}.`, states: statesOf(state?.parts ?? []), given: inputs });
  }
  const weights = new Map(state?.weights.map((one) => [one.name, one]));
  return [walk.visitor.layer({ name: place, className, config, weights, inputs: defined(inputs ?? undefined) })];
}

function historiesOf(ends: unknown): readonly History[] {
  return (Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends) as readonly History[];
}

/** Each use of a layer, and where its inputs come from; those of graphs count from 1, as Keras does. */
function usesOf(layers: readonly Config[]) {
  return layers.flatMap((layer) => {
    const first = layer.class_name === 'Functional' ? 1 : 0;
    return (layer.inbound_nodes as readonly Config[]).map(({ args }, i) => {
      const tensors = (args as readonly unknown[]).flat() as readonly { readonly config: Config }[];
      return { layer, use: first + i, from: tensors.map(({ config }) => config.keras_history as History) };
    });
  });
}

function refused(format: string, expected: string, received: string): Error {
  return unsupported('format', `${expected} for '${format}'`, new InWords(received));
}
