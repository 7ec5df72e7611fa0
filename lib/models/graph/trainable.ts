import type { Layer, Variable } from '../../layers';
import { allLayers } from '../../nesting';
import type { Topology } from './topology';

type Trained = Pick<Topology, 'layers' | 'trainable'>;

/** What the last `compile` of any model found. */
const lastFound = new WeakMap<Layer, boolean>();

/**
 * What `trainable` said of a model at one moment, such as that of `compile`: what changes later waits for the next one.
 */
export class TrainableFlags {
  readonly #model: boolean;
  readonly #layers: ReadonlyMap<Layer, boolean>;

  constructor({ layers, trainable }: Trained) {
    this.#model = trainable;
    this.#layers = new Map(allLayers(layers).map((layer) => [layer, layer.trainable]));
    for (const [layer, own] of this.#layers) lastFound.set(layer, own);
  }

  /** Whether the layer trains; it may have been added after `compile`. */
  of(layer: Layer): boolean {
    return this.#layers.get(layer) ?? layer.trainable;
  }

  /** The variables that training changes by gradients, in the order of `getWeights`. */
  variables({ layers }: Pick<Trained, 'layers'>): Variable[] {
    if (!this.#model) return [];
    const trained = allLayers(layers).filter((layer) => this.of(layer));
    return trained.flatMap(({ ownVariables }) => ownVariables.filter((variable) => variable.trainable));
  }

  /**
   * What it says something else of by now: the model, or these layers with variables. A change that another model was
   * compiled with is meant for that one: so are layers frozen of which a GAN consists.
   */
  changed({ layers, trainable }: Trained): string[] {
    const changed = allLayers(layers).filter((layer) => {
      const { ownVariables, trainable: now } = layer;
      return this.of(layer) !== now && lastFound.get(layer) !== now && ownVariables.length > 0;
    });
    if (changed.length > 0 && this.#model !== trainable) return ['the model'];
    return changed.map(({ name }) => `\`${name}\``);
  }
}

/** Those that training changes by gradients as `trainable` stands now. */
export function trainedVariables(model: Trained): Variable[] {
  return changedVariables(model).filter((variable) => variable.trainable);
}

/** Those that training changes, by gradients or without, as `trainable` stands now. */
export function changedVariables({ layers, trainable }: Trained): Variable[] {
  return trainable ? allLayers(layers).flatMap((layer) => (layer.trainable ? layer.ownVariables : [])) : [];
}
