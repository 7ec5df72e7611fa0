import { toSnakeCase } from '../check';
import { corruptFile } from '../errors';
import { emptyGroup, type FileArray, type Group, groupAt, isGroup, makeGroup } from '../files/tree';
import type { Layer } from '../layers';
import type { ModelState, StoredWeights } from './model_state';
import { storedArrays } from './model_state';

const VARIABLES = 'vars';
const OPTIMIZER = 'optimizer';
const LAYERS = 'layers';
/** Of the last versions of Keras 2. */
const LAYERS_BEFORE = '_layer_checkpoint_dependencies';

/** Keras 3's tree: the place of a layer follows from its class and its order, not from its name. */
export function kerasTree({ name, layers, optimizer }: ModelState): Group {
  const root = emptyGroup();
  putVariables(root, '', name, []);
  for (const [group, layer] of placesOf(layers)) {
    putVariables(root, `${LAYERS}/${group}`, layer.name, storedArrays(layer));
  }
  if (optimizer !== null) putVariables(root, OPTIMIZER, optimizer.name, optimizer.weights);
  return root;
}

export function readKerasTree(root: Group, layers: readonly Layer[], where: string): StoredWeights {
  const folder = root.children.has(LAYERS) ? LAYERS : LAYERS_BEFORE;
  const places = new Map(placesOf(layers).map(([group, layer]) => [layer, `${folder}/${group}`]));
  const optimizer = groupAt(root, `${OPTIMIZER}/${VARIABLES}`);
  return {
    of: (layer) => variablesAt(root, places.get(layer) ?? '', where),
    optimizer: optimizer === undefined ? null : variablesAt(root, OPTIMIZER, where),
  };
}

/** `dense`, `dense_1`, ... */
function placesOf(layers: readonly Layer[]): [string, Layer][] {
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

/** `vars/0`, `vars/1`, ...; none where the group is missing. */
function variablesAt(root: Group, path: string, where: string): FileArray[] {
  const { children } = groupAt(root, `${path}/${VARIABLES}`) ?? emptyGroup();
  return Array.from({ length: children.size }, (_, i) => {
    const array = children.get(String(i));
    if (array !== undefined && !isGroup(array)) return array;
    throw corruptFile(where, `an array at \`${path}/${VARIABLES}/${i}\``, array === undefined ? 'none' : 'a group');
  });
}
