import { GemsbokError, listed } from '../errors';
import type { FileArray } from '../files/tree';
import { allLayers } from '../nesting';
import type { LayerSpec, StoredWeights } from './model_state';
import { placesOf } from './places';

/** Where a kernel has its inputs: in rows as Keras, or in columns as PyTorch. */
export type Layout = 'keras' | 'torch';

/** What PyTorch calls a variable: the first of these that a layer has. */
const TORCH: ReadonlyMap<string, readonly string[]> = new Map([
  ['weight', ['kernel', 'gamma', 'embeddings', 'alpha']],
  ['bias', ['bias', 'beta']],
  ['running_mean', ['moving_mean']],
  ['running_var', ['moving_variance']],
]);
/** Counted by PyTorch, and part of no formula. */
const IDLE = 'num_batches_tracked';

/** The arrays of one layer, by the last part of their names. */
type Arrays = Map<string, FileArray>;

/** How names are read. */
export interface Naming {
  /** Between the parts of a name: `dense.kernel`, `dense/kernel`. */
  readonly separator: string;
  /** Arrays stand in the order of the layers; else the numbers in their names tell it. */
  readonly isOrdered: boolean;
  readonly layout: Layout;
}

/**
 * Weights in one list, each with a name: those of layers are found by their names where all are there, else in order.
 * Errors: `ERR_SHAPE_MISMATCH` for another number of layers.
 */
export function readNamed(
  arrays: ReadonlyMap<string, FileArray>,
  layers: readonly LayerSpec[],
  { separator, isOrdered, layout }: Naming,
  where: string,
): StoredWeights {
  const groups = grouped(arrays, separator);
  if (!isOrdered) sortByNumbers(groups);
  let found: ReadonlyMap<LayerSpec, Arrays> | null = null;
  return {
    of(layer) {
      found ??= byLayer(groups, layers, separator, where);
      return arraysOf(layer, found.get(layer) ?? new Map(), layout);
    },
    optimizer: null,
    inOrder: () => groups.map(([, own]) => [...own.values()]),
  };
}

/** What PyTorch would call a variable of a layer. */
export function torchName(variable: string): string {
  for (const [name, variables] of TORCH) if (variables.includes(variable)) return name;
  return variable;
}

/** Only those of a Dense differ: PyTorch keeps tables and factors as Keras does. */
export function isTurned(className: string, variable: string, layout: Layout): boolean {
  return layout === 'torch' && className === 'Dense' && variable === 'kernel';
}

export function transposed({ data, shape }: FileArray): FileArray {
  const [rows = 0, columns = 0] = shape;
  const turned = data.slice();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column] as never;
    }
  }
  return { data: turned, shape: [columns, rows] };
}

/** A collator takes longer to make than most files to read. */
function sortByNumbers(groups: [string, Arrays][]): void {
  const { compare } = new Intl.Collator('en', { numeric: true });
  groups.sort(([a], [b]) => compare(a, b));
}

function grouped(arrays: ReadonlyMap<string, FileArray>, separator: string): [string, Arrays][] {
  const groups = new Map<string, Arrays>();
  for (const [path, array] of arrays) {
    const parts = path.split(separator);
    // TensorFlow numbers the results of an operation.
    const name = (parts.pop() ?? '').replace(/:0$/, '');
    if (name === IDLE) continue;
    const key = parts.join(separator);
    groups.set(key, (groups.get(key) ?? new Map()).set(name, array));
  }
  return [...groups];
}

function byLayer(
  groups: readonly (readonly [string, Arrays])[],
  layers: readonly LayerSpec[],
  separator: string,
  where: string,
): ReadonlyMap<LayerSpec, Arrays> {
  const own = allLayers(layers).filter(({ ownVariables }) => ownVariables.length > 0);
  const names = new Set(own.map(({ name }) => name));
  if (own.length !== groups.length) {
    const expected = `${own.length} layers with weights (${listed(own.map(({ name }) => name))})`;
    const received = `${groups.length} (${listed(groups.map(([name]) => name))})`;
    throw new GemsbokError('ERR_SHAPE_MISMATCH', `Expected ${expected} in ${where}, received ${received}.`);
  }
  for (const nameOf of [(key: string) => key, (key: string) => key.split(separator).pop() ?? '']) {
    const named = new Map(groups.map(([key, arrays]) => [nameOf(key), arrays]));
    if (names.size === own.length && own.every(({ name }) => named.has(name)))
      return new Map(own.map((layer) => [layer, named.get(layer.name) as Arrays]));
  }
  return new Map(own.map((layer, i) => [layer, groups[i]?.[1] as Arrays]));
}

/** In the order of the layer's variables; all that there are, in their order, where names say nothing. */
function arraysOf(layer: LayerSpec, arrays: Arrays, layout: Layout): readonly FileArray[] {
  const own = placesOf(layer).map(({ name }) => name);
  const named = new Map<string, FileArray>();
  for (const [name, array] of arrays) {
    const known = own.includes(name) ? name : TORCH.get(name)?.find((one) => own.includes(one));
    if (known !== undefined) named.set(known, array);
  }
  const isNamed = named.size === own.length && arrays.size === own.length;
  return [...(isNamed ? own.map((name) => named.get(name) as FileArray) : arrays.values())].map((array, i) => {
    return isTurned(layer.className, own[i] ?? '', layout) && array.shape.length === 2 ? transposed(array) : array;
  });
}
