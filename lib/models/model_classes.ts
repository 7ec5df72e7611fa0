import type { Config, Serialized } from '../identifiers';
import type { Layer } from '../layers';

/** A model as a layer of others. */
export interface LayerModel extends Layer {
  toJSON(): Serialized & Config;
}

interface ModelClass {
  readonly prototype: Layer;
  fromConfig(config: Config, customObjects: never): Layer;
}

/** By the names that configs have; each class tells its own, as configs of models hold those of others. */
const CLASSES = new Map<string, ModelClass>();

export function registerModel(names: readonly string[], type: ModelClass): void {
  for (const name of names) CLASSES.set(name, type);
}

export function modelClass(name: unknown): ModelClass | undefined {
  return typeof name === 'string' ? CLASSES.get(name) : undefined;
}

export function isModel(layer: Layer): layer is LayerModel {
  const type = CLASSES.get(layer.className);
  return type !== undefined && Object.prototype.isPrototypeOf.call(type.prototype, layer);
}
