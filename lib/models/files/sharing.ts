import type { Config } from '../../identifiers';
import type { Layer } from '../../layers';

// A config holds a layer that stands in several models within each other once for each of them; Keras says that these are
// one layer by a number, `shared_object_id`. Configs are written and read synchronously: one at a time.

let numbers: ReadonlyMap<Layer, number> | null = null;
let made: Map<unknown, Layer> | null = null;

/** Writes a config of these layers, and of those within them. */
export function withNumbers<T>(layers: readonly Layer[], write: () => T): T {
  if (numbers !== null) return write();
  numbers = numbersOf(layers);
  try {
    return write();
  } finally {
    numbers = null;
  }
}

/** What tells that the layer stands elsewhere too. */
export function sharingConfig(layer: Layer): Config {
  const number = numbers?.get(layer);
  return number === undefined ? {} : { shared_object_id: number };
}

/** Reads a config: within it a number stands for one layer. */
export function withLayers<T>(read: () => T): T {
  if (made !== null) return read();
  made = new Map();
  try {
    return read();
  } finally {
    made = null;
  }
}

/** The layer that was made of another config with this one's number, class and name, or a new one. */
export function sharedLayer(config: unknown, make: () => Layer): Layer {
  const { shared_object_id: number, config: own } = (config ?? {}) as Config & { readonly config?: Config };
  if (number === undefined) return make();
  const key = JSON.stringify([number, own?.name]);
  const layer = made?.get(key) ?? make();
  made?.set(key, layer);
  return layer;
}

function numbersOf(layers: readonly Layer[]): Map<Layer, number> {
  const places = new Map<Layer, number>();
  const count = (parts: readonly Layer[]): void => {
    for (const layer of new Set(parts)) {
      const others = places.get(layer) ?? 0;
      places.set(layer, others + 1);
      if (others === 0) count(layer.parts);
    }
  };
  count(layers);
  const shared = [...places].filter(([, number]) => number > 1);
  return new Map(shared.map(([layer], i) => [layer, i + 1]));
}
