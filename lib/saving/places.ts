// Where files hold the variables of a layer that is composed of others.
import { toSnakeCase } from '../check';
import type { LayerSpec, Place, VariableSpec } from './model_state';

/** The places of all variables of a layer, in their order; those of layers in no field stand with the layer itself. */
export function placesOf(layer: LayerSpec): Place[] {
  const folders = new Map<VariableSpec, string>();
  if (layer.composedOf.length > 0) findFolders(layer, '', folders, new Set());
  const names = new Map<string, number>();
  return layer.ownVariables.map((variable) => {
    const folder = folders.get(variable) ?? '';
    const name = join(folder, variable.name).replaceAll('/', '_');
    const count = names.get(name) ?? 0;
    names.set(name, count + 1);
    return { folder, name: count === 0 ? name : `${name}_${count}` };
  });
}

/** As Keras does: a layer that stands in several fields counts at the first. */
function findFolders(holder: LayerSpec, folder: string, folders: Map<VariableSpec, string>, met: Set<LayerSpec>): void {
  if (met.has(holder)) return;
  met.add(holder);
  if (holder.composedOf.length > 0) {
    for (const [path, inner] of fieldsOf(holder)) findFolders(inner, join(folder, path), folders, met);
    return;
  }
  for (const variable of holder.ownVariables) if (!folders.has(variable)) folders.set(variable, folder);
  for (const [name, part] of numbered(holder.parts)) findFolders(part, join(folder, 'layers', name), folders, met);
}

/** Layers in fields, and in lists that stand there, by Keras' names for both, in its order. */
function fieldsOf(holder: object): [string, LayerSpec][] {
  const fields = Object.entries(holder).map(([key, value]) => [toSnakeCase(key), value as unknown] as const);
  return fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]): [string, LayerSpec][] => {
      if (isLayer(value)) return [[key, value]];
      const inList = Array.isArray(value) ? value.filter(isLayer) : [];
      return numbered(inList).map(([name, one]) => [join(key, name), one]);
    });
}

function isLayer(value: unknown): value is LayerSpec {
  return typeof value === 'object' && value !== null && 'composedOf' in value && 'ownVariables' in value;
}

/** `dense`, `dense_1`, ... */
export function numbered<T extends { readonly className: string }>(layers: readonly T[]): [string, T][] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const stem = toSnakeCase(layer.className);
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return [count === 0 ? stem : `${stem}_${count}`, layer];
  });
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}
