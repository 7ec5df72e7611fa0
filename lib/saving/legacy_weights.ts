import { corruptFile, GemsbokError, listed } from '../errors';
import {
  type Attribute,
  emptyGroup,
  type FileArray,
  type Group,
  groupAt,
  isGroup,
  makeGroup,
  nodeAt,
  putArray,
} from '../files/tree';
import { allLayers } from '../nesting';
import type { LayerSpec, LayerState, ModelState, NamedArray, StoredWeights, VariableSpec } from './model_state';

const WEIGHTS = 'model_weights';
const OPTIMIZER = 'optimizer_weights';
const LAYER_NAMES = 'layer_names';
const WEIGHT_NAMES = 'weight_names';

/** Names of one attribute: an attribute of an old group has 64 KB, and a name takes 16 bytes. */
const NAMES_AT_ONCE = 4000;

/** The tree of `.h5` files, in which layers stand by their names. `attributes` hold versions and configs. */
export function legacyTree(
  { name, layers, optimizer }: ModelState,
  attributes: Readonly<Record<string, string>>,
): Group {
  const root = emptyGroup(attributes);
  const weights = makeGroup(root, WEIGHTS);
  for (const key of ['backend', 'keras_version']) weights.attributes.set(key, attributes[key] ?? '');
  putNames(
    weights,
    LAYER_NAMES,
    layers.map((layer) => layer.name),
  );
  for (const layer of layers) {
    const paths = pathsIn(layer, name);
    const arrays = inLegacyOrder<LayerState, NamedArray>(layer, (one) => one.weights);
    putArrays(
      makeGroup(weights, layer.name),
      arrays.map((array) => paths.get(array) ?? ''),
      arrays,
    );
  }
  putArrays(makeGroup(weights, 'top_level_model_weights'), [], []);
  if (optimizer !== null) {
    const names = optimizer.weights.map((_, i) => `${optimizer.name}/${['iteration', 'learning_rate'][i] ?? i}`);
    putArrays(makeGroup(root, OPTIMIZER), names, optimizer.weights);
  }
  return root;
}

/** Where each array stands, by the names of the layers that hold it. */
function pathsIn({ name, weights, parts }: LayerState, folder: string): Map<NamedArray, string> {
  const own = weights.map((array) => [array, `${folder}/${name}/${array.name}`] as const);
  return new Map([...parts.flatMap((part) => [...pathsIn(part, `${folder}/${name}`)]), ...own]);
}

/** The weights of a layer and of all within it: those that training changes come first. */
function inLegacyOrder<L extends { readonly trainable: boolean; readonly parts: readonly L[] }, W extends Weight>(
  layer: L,
  weightsOf: (layer: L) => readonly W[],
): W[] {
  const all = allLayers([layer]).flatMap((one) => {
    return weightsOf(one).map((weight) => ({ weight, trained: one.trainable && weight.trainable }));
  });
  const first = layer.trainable ? all.filter(({ trained }) => trained) : [];
  return [...new Set([...first, ...all])].map(({ weight }) => weight);
}

interface Weight {
  readonly trainable: boolean;
}

/** Whether a file has that layout: of a model, or of its weights alone. */
export function isLegacyTree(root: Group): boolean {
  return root.children.has(WEIGHTS) || namesIn(root, LAYER_NAMES).length > 0;
}

/** Layers are found by their names, or in order where those are not the model's. Errors: `ERR_SHAPE_MISMATCH`. */
export function readLegacyTree(root: Group, layers: readonly LayerSpec[], where: string): StoredWeights {
  const weights = groupAt(root, WEIGHTS) ?? root;
  const groups = namesIn(weights, LAYER_NAMES).map((name) => {
    const group = groupAt(weights, name);
    if (group === undefined) throw corruptFile(where, `a group for the layer \`${name}\``, 'none');
    return [name, arraysIn(group, where)] as const;
  });
  const stored = new Map(groups.filter(([, arrays]) => arrays.length > 0));
  const optimizer = groupAt(root, OPTIMIZER);
  let byLayer: Map<LayerSpec, readonly FileArray[]> | null = null;
  return {
    of(layer) {
      byLayer ??= arraysByLayer(layers, stored, where);
      return byLayer.get(layer) ?? [];
    },
    optimizer: optimizer === undefined ? null : arraysIn(optimizer, where),
    inOrder: () => [...stored.values()],
  };
}

/** What each layer with weights has: by names, or in order. Arrays of layers within stand with those that hold them. */
function arraysByLayer(
  layers: readonly LayerSpec[],
  stored: ReadonlyMap<string, readonly FileArray[]>,
  where: string,
): Map<LayerSpec, readonly FileArray[]> {
  const own = layers.filter((layer) => variablesIn(layer).length > 0);
  if (stored.size !== own.length) throw otherLayers(own, [...stored.keys()], where);
  const named = own.every(({ name }) => stored.has(name));
  const all = [...stored.values()];
  return new Map(
    own.flatMap((layer, i) => {
      return [...distributed(layer, (named ? stored.get(layer.name) : all[i]) ?? [])];
    }),
  );
}

function variablesIn(layer: LayerSpec): VariableSpec[] {
  return inLegacyOrder<LayerSpec, VariableSpec>(layer, ({ ownVariables }) => ownVariables);
}

/** The arrays of a layer's group, of each layer within it; what is too much stays with the layer, and is refused there. */
function distributed(layer: LayerSpec, arrays: readonly FileArray[]): Map<LayerSpec, readonly FileArray[]> {
  const places = new Map(variablesIn(layer).map((variable, i) => [variable, i]));
  if (layer.parts.length === 0 || places.size !== arrays.length) return new Map([[layer, arrays]]);
  return new Map(
    allLayers([layer]).map((one) => {
      return [one, one.ownVariables.map((variable) => arrays[places.get(variable) ?? -1] as FileArray)];
    }),
  );
}

function putArrays(group: Group, names: readonly string[], arrays: readonly FileArray[]): void {
  putNames(group, WEIGHT_NAMES, names);
  for (const [i, array] of arrays.entries()) putArray(group, names[i] ?? '', array);
}

function arraysIn(group: Group, where: string): FileArray[] {
  return namesIn(group, WEIGHT_NAMES).map((name) => {
    const array = nodeAt(group, name);
    if (array !== undefined && !isGroup(array)) return array;
    throw corruptFile(where, `an array \`${name}\``, array === undefined ? 'none' : 'a group');
  });
}

function putNames({ attributes }: Group, key: string, names: readonly string[]): void {
  const parts = Math.ceil(names.length / NAMES_AT_ONCE);
  for (let i = 0; i < parts; i++) {
    const part = names.slice(i * NAMES_AT_ONCE, (i + 1) * NAMES_AT_ONCE);
    attributes.set(parts === 1 ? key : `${key}${i}`, part);
  }
}

function namesIn({ attributes }: Group, key: string): readonly string[] {
  const names: Attribute[] = [];
  if (attributes.has(key)) names.push(attributes.get(key) as Attribute);
  else for (let i = 0; attributes.has(`${key}${i}`); i++) names.push(attributes.get(`${key}${i}`) as Attribute);
  return names.flat();
}

function otherLayers(own: readonly LayerSpec[], found: readonly string[], where: string): GemsbokError {
  const expected = `${own.length} layers with weights (${listed(own.map(({ name }) => name))})`;
  return new GemsbokError(
    'ERR_SHAPE_MISMATCH',
    `Expected ${expected} in ${where}, received ${found.length} (${listed(found)}).`,
  );
}
