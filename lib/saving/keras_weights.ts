import { toSnakeCase } from '../check';
import { corruptFile } from '../errors';
import { emptyGroup, type FileArray, type Group, groupAt, isGroup, makeGroup, putArray } from '../files/tree';
import { allLayers } from '../nesting';
import { countNumbers, type LayerSpec, type LayerState, type ModelState, type StoredWeights } from './model_state';
import { numbered, placesOf } from './places';

const VARIABLES = 'vars';
const OPTIMIZER = 'optimizer';
const LAYERS = 'layers';
/** The name of that group in the last versions of Keras 2. */
const LAYERS_BEFORE = '_layer_checkpoint_dependencies';

/** Keras 3's tree: the place of a layer follows from its class and its order, not from its name. */
export function kerasTree({ name, layers, optimizer }: ModelState): Group {
  const root = emptyGroup();
  putVariables(root, '', name, []);
  putLayers(root, '', layers, new Set());
  if (optimizer !== null) putVariables(root, OPTIMIZER, optimizer.name, optimizer.weights);
  return root;
}

/** Layers within layers stand in a folder of these. What was met before is not written again. */
function putLayers(root: Group, path: string, layers: readonly LayerState[], met: Set<LayerState>): void {
  for (const [group, layer] of numbered(layers)) {
    if (met.has(layer)) continue;
    met.add(layer);
    const own = `${path}/${LAYERS}/${group}`;
    putVariables(root, own, layer.name, []);
    for (const [folder, weights] of grouped(layer.weights, (one) => one.folder)) {
      putVariables(root, folder === '' ? own : `${own}/${folder}`, layer.name, weights);
    }
    putLayers(root, own, layer.parts, met);
  }
}

export function readKerasTree(given: Group, layers: readonly LayerSpec[], where: string): StoredWeights {
  const root = nested(given);
  const paths = new Map<LayerSpec, string>();
  findPaths(root, { path: '', holder: null, layers }, holdersOf(layers), paths);
  const optimizer = groupAt(root, `${OPTIMIZER}/${VARIABLES}`);
  return {
    of: (layer) => variablesOf(root, paths.get(layer) ?? '', layer, where),
    optimizer: optimizer === undefined ? null : variablesAt(root, OPTIMIZER, null, where),
    inOrder: () => allLayers(layers).map((layer) => variablesOf(root, paths.get(layer) ?? '', layer, where)),
  };
}

/** Python joins names by backslashes on Windows. */
function nested(root: Group): Group {
  const names = [...root.children.keys()];
  if (!names.some((name) => name.includes('\\'))) return root;
  const own = emptyGroup();
  for (const [name, node] of root.children) {
    const path = name.replaceAll('\\', '/');
    if (!isGroup(node)) putArray(own, path, node);
    else for (const [inner, child] of node.children) makeGroup(own, path).children.set(inner, child);
  }
  return own;
}

/**
 * Where each layer in a folder stands, and those within: those with weights in the order of the groups that have some, as the last versions of Keras
 * 2 count each of them twice; where their numbers differ, at the path that Keras 3 uses.
 */
function findPaths(
  root: Group,
  { path, holder, layers }: Folder,
  holders: ReadonlyMap<LayerSpec, LayerSpec | null>,
  paths: Map<LayerSpec, string>,
): void {
  const own = path === '' ? root : (groupAt(root, path) ?? emptyGroup());
  const folder = [LAYERS, LAYERS_BEFORE].find((name) => countNumbers(groupAt(own, name) ?? emptyGroup()) > 0) ?? LAYERS;
  const fresh = numbered(layers).filter(([, layer]) => holders.get(layer) === holder);
  for (const [group, layer] of fresh) paths.set(layer, `${path}/${folder}/${group}`);
  const filled = filledGroups(groupAt(own, folder) ?? emptyGroup());
  const byStem = grouped(
    fresh.map(([, layer]) => layer),
    (layer) => toSnakeCase(layer.className),
  );
  for (const [stem, same] of byStem) {
    const groups = filled.get(stem) ?? [];
    const weighted = same.some(({ built }) => built) ? same.filter(hasVariables) : same;
    if (groups.length !== weighted.length) continue;
    for (const [i, layer] of weighted.entries()) paths.set(layer, `${path}/${folder}/${groups[i]}`);
  }
  for (const [, layer] of fresh) {
    findPaths(root, { path: paths.get(layer) ?? '', holder: layer, layers: layer.parts }, holders, paths);
  }
}

/** Layers side by side, and what holds them. */
interface Folder {
  readonly path: string;
  readonly holder: LayerSpec | null;
  readonly layers: readonly LayerSpec[];
}

/** Where each layer is met first, in the order in which they are written. */
function holdersOf(layers: readonly LayerSpec[]): Map<LayerSpec, LayerSpec | null> {
  const holders = new Map<LayerSpec, LayerSpec | null>();
  const meet = (layer: LayerSpec, holder: LayerSpec | null): void => {
    if (holders.has(layer)) return;
    holders.set(layer, holder);
    for (const part of layer.parts) meet(part, layer);
  };
  for (const layer of layers) meet(layer, null);
  return holders;
}

function hasVariables(layer: LayerSpec): boolean {
  return allLayers([layer]).some(({ ownVariables }) => ownVariables.length > 0);
}

/** The names of groups with variables, by their name without its number, in the order of these. */
function filledGroups({ children }: Group): Map<string, string[]> {
  const names = [...children].filter(([, node]) => isGroup(node) && isFilled(node));
  const found = names.map(([name]) => ({ name, number: Number(/_(\d+)$/.exec(name)?.[1] ?? 0) }));
  found.sort((a, b) => a.number - b.number);
  return grouped(
    found.map(({ name }) => name),
    (name) => name.replace(/_\d+$/, ''),
  );
}

function isFilled(group: Group): boolean {
  if ((groupAt(group, VARIABLES) ?? emptyGroup()).children.size > 0) return true;
  const folders = [LAYERS, LAYERS_BEFORE].flatMap((name) => groupAt(group, name) ?? []);
  return folders.some(({ children }) => [...children.values()].some((node) => isGroup(node) && isFilled(node)));
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

function putVariables(root: Group, path: string, name: string, arrays: readonly FileArray[]): void {
  const group = makeGroup(root, `${path}/${VARIABLES}`);
  group.attributes.set('name', name);
  for (const [i, array] of arrays.entries()) group.children.set(String(i), array);
}

/** Those of a layer that is composed of others stand with these, or all with it. */
function variablesOf(root: Group, path: string, layer: LayerSpec, where: string): FileArray[] {
  const places = placesOf(layer);
  const isWithin = places.some(({ folder }) => folder !== '' && groupAt(root, `${path}/${folder}`) !== undefined);
  if (!isWithin) return variablesAt(root, path, layer, where);
  const left = new Map<string, FileArray[]>();
  for (const { folder } of places) left.set(folder, variablesAt(root, `${path}/${folder}`, null, where));
  const taken = places.flatMap(({ folder }) => left.get(folder)?.shift() ?? []);
  return [...taken, ...[...left.values()].flat()];
}

/** `vars/0`, `vars/1`, ..., or by the names of the layer's variables; none where the group is missing. */
function variablesAt(root: Group, path: string, layer: LayerSpec | null, where: string): FileArray[] {
  const { children } = groupAt(root, `${path}/${VARIABLES}`) ?? emptyGroup();
  const own = layer?.ownVariables.map(({ name }) => name) ?? [];
  const named = own.length === children.size ? own : [...children.keys()];
  const keys = children.has('0') || layer === null ? Array.from({ length: children.size }, (_, i) => String(i)) : named;
  return keys.map((key) => {
    const array = children.get(key);
    if (array !== undefined && !isGroup(array)) return array;
    throw corruptFile(where, `an array at \`${path}/${VARIABLES}/${key}\``, array === undefined ? 'none' : 'a group');
  });
}
