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
