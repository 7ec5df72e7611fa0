import { corruptFile, GemsbokError } from '../errors';
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
import type { LayerSpec, ModelState, StoredWeights } from './model_state';

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
    const names = layer.weights.map((array) => `${name}/${layer.name}/${array.name}`);
    putArrays(makeGroup(weights, layer.name), names, layer.weights);
  }
  putArrays(makeGroup(weights, 'top_level_model_weights'), [], []);
  if (optimizer !== null) {
    const names = optimizer.weights.map((_, i) => `${optimizer.name}/${['iteration', 'learning_rate'][i] ?? i}`);
    putArrays(makeGroup(root, OPTIMIZER), names, optimizer.weights);
  }
  return root;
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

/** What each layer with weights has: by names, or in order. */
function arraysByLayer(
  layers: readonly LayerSpec[],
  stored: ReadonlyMap<string, readonly FileArray[]>,
  where: string,
): Map<LayerSpec, readonly FileArray[]> {
  const own = layers.filter(({ variables }) => variables.length > 0);
  if (stored.size !== own.length) throw otherLayers(own, [...stored.keys()], where);
  const named = own.every(({ name }) => stored.has(name));
  const all = [...stored.values()];
  return new Map(own.map((layer, i) => [layer, (named ? stored.get(layer.name) : all[i]) ?? []]));
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
  const expected = `${own.length} layers with weights (${own.map(({ name }) => name).join(', ')})`;
  return new GemsbokError(
    'ERR_SHAPE_MISMATCH',
    `Expected ${expected} in ${where}, received ${found.length} (${found.join(', ')}).`,
  );
}
