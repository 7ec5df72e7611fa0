import { toSnakeCase } from '../check';
import { corruptFile } from '../errors';
import { emptyGroup, type FileArray, type Group, groupAt, isGroup, makeGroup, putArray } from '../files/tree';
import { countNumbers, type LayerSpec, type ModelState, type StoredWeights } from './model_state';

const VARIABLES = 'vars';
const OPTIMIZER = 'optimizer';
const LAYERS = 'layers';
/** The name of that group in the last versions of Keras 2. */
const LAYERS_BEFORE = '_layer_checkpoint_dependencies';

/** Keras 3's tree: the place of a layer follows from its class and its order, not from its name. */
export function kerasTree({ name, layers, optimizer }: ModelState): Group {
  const root = emptyGroup();
  putVariables(root, '', name, []);
  for (const [group, layer] of groupNames(layers)) {
    putVariables(root, `${LAYERS}/${group}`, layer.name, layer.weights);
  }
  if (optimizer !== null) putVariables(root, OPTIMIZER, optimizer.name, optimizer.weights);
  return root;
}

export function readKerasTree(given: Group, layers: readonly LayerSpec[], where: string): StoredWeights {
  const root = nested(given);
  const paths = findPaths(root, layers);
  const optimizer = groupAt(root, `${OPTIMIZER}/${VARIABLES}`);
  return {
    of: (layer) => variablesAt(root, paths.get(layer) ?? '', layer, where),
    optimizer: optimizer === undefined ? null : variablesAt(root, OPTIMIZER, null, where),
    inOrder: () => layers.map((layer) => variablesAt(root, paths.get(layer) ?? '', layer, where)),
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
 * Where each layer stands: those with weights in the order of the groups that have some, as the last versions of Keras
 * 2 count each of them twice; where their numbers differ, at the path that Keras 3 uses.
 */
function findPaths(root: Group, layers: readonly LayerSpec[]): Map<LayerSpec, string> {
  const folder =
    [LAYERS, LAYERS_BEFORE].find((name) => countNumbers(groupAt(root, name) ?? emptyGroup()) > 0) ?? LAYERS;
  const paths = new Map(groupNames(layers).map(([group, layer]) => [layer, `${folder}/${group}`]));
  const filled = filledGroups(groupAt(root, folder) ?? emptyGroup());
  for (const [stem, own] of grouped(layers, (layer) => toSnakeCase(layer.className))) {
    const groups = filled.get(stem) ?? [];
    const weighted = own.some(({ built }) => built) ? own.filter(({ variables }) => variables.length > 0) : own;
    if (groups.length !== weighted.length) continue;
    for (const [i, layer] of weighted.entries()) paths.set(layer, `${folder}/${groups[i]}`);
  }
  return paths;
}

/** The names of groups with variables, by their name without its number, in the order of these. */
function filledGroups({ children }: Group): Map<string, string[]> {
  const names = [...children].filter(([, node]) => {
    return isGroup(node) && (groupAt(node, VARIABLES) ?? emptyGroup()).children.size > 0;
  });
  const found = names.map(([name]) => ({ name, number: Number(/_(\d+)$/.exec(name)?.[1] ?? 0) }));
  found.sort((a, b) => a.number - b.number);
  return grouped(
    found.map(({ name }) => name),
    (name) => name.replace(/_\d+$/, ''),
  );
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

/** `dense`, `dense_1`, ... */
function groupNames<T extends { readonly className: string }>(layers: readonly T[]): [string, T][] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const stem = toSnakeCase(layer.className);
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return [count === 0 ? stem : `${stem}_${count}`, layer];
  });
}

function putVariables(root: Group, path: string, name: string, arrays: readonly FileArray[]): void {
  const group = makeGroup(root, `${path}/${VARIABLES}`);
  group.attributes.set('name', name);
  for (const [i, array] of arrays.entries()) group.children.set(String(i), array);
}

/** `vars/0`, `vars/1`, ..., or by the names of the layer's variables; none where the group is missing. */
function variablesAt(root: Group, path: string, layer: LayerSpec | null, where: string): FileArray[] {
  const { children } = groupAt(root, `${path}/${VARIABLES}`) ?? emptyGroup();
  const own = layer?.variables.map(({ name }) => name) ?? [];
  const named = own.length === children.size ? own : [...children.keys()];
  const keys = children.has('0') || layer === null ? Array.from({ length: children.size }, (_, i) => String(i)) : named;
  return keys.map((key) => {
    const array = children.get(key);
    if (array !== undefined && !isGroup(array)) return array;
    throw corruptFile(where, `an array at \`${path}/${VARIABLES}/${key}\``, array === undefined ? 'none' : 'a group');
  });
}
