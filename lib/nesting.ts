import { checkLimit } from './limits';

/**
 * Layers and all that they consist of, each once, those that hold others before these: Keras' order of weights. Errors:
 * `ERR_UNSUPPORTED` for layers within each other beyond the limit, so that recursion on them ends.
 */
export function allLayers<L extends { readonly parts: readonly L[] }>(layers: readonly L[]): L[] {
  const found = new Set<L>();
  const add = (layer: L, level: number): void => {
    if (found.has(layer)) return;
    checkLimit('levels', level, 'layers');
    found.add(layer);
    for (const part of layer.parts) add(part, level + 1);
  };
  for (const layer of layers) add(layer, 1);
  return [...found];
}

/** All layers, each with its name after those of the models that hold it: `model/layer`. */
export function layerPaths<L extends { readonly name: string; readonly parts: readonly L[] }>(
  layers: readonly L[],
  within = '',
  found = new Map<L, string>(),
): Map<L, string> {
  for (const layer of layers) {
    if (found.has(layer)) continue;
    found.set(layer, `${within}${layer.name}`);
    layerPaths(layer.parts, `${within}${layer.name}/`, found);
  }
  return found;
}
