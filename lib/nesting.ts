/** Layers and all that they consist of, each once, those that hold others before these: Keras' order of weights. */
export function allLayers<L extends { readonly parts: readonly L[] }>(layers: readonly L[]): L[] {
  const found = new Set<L>();
  const add = (layer: L): void => {
    if (found.has(layer)) return;
    found.add(layer);
    layer.parts.forEach(add);
  };
  layers.forEach(add);
  return [...found];
}
