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
  /** null until all that layers are composed of is there. */
  #still: ReadonlySet<Layer> | null;

  constructor({ layers, trainable }: Trained) {
    this.#model = trainable;
    const all = allLayers(layers);
    this.#layers = new Map(all.map((layer) => [layer, layer.trainable]));
    this.#still = all.every(({ built }) => built) ? stillWithin(all) : null;
  }

  /** As what the last `compile` found. */
  record(): void {
    for (const [layer, own] of this.#layers) lastFound.set(layer, own);
  }

  /** Whether the layer trains, or one that a layer is composed of; it may have been added after `compile`. */
  of(layer: Layer): boolean {
    return this.#layers.get(layer) ?? (layer.trainable && !this.#still?.has(layer));
  }

  /** The variables that training changes by gradients, in the order of `getWeights`. */
  variables({ layers }: Pick<Trained, 'layers'>): Variable[] {
    const all = allLayers(layers);
    this.#still ??= stillWithin(all);
    const trained = all.filter((layer) => this.of(layer));
    return this.#model ? without(this.#still, trained).filter((variable) => variable.trainable) : [];
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
  const all = allLayers(layers);
  const trained = all.filter((layer) => layer.trainable);
  return trainable ? without(stillWithin(all), trained) : [];
}

/** The variables of layers without those of the ones that stay as they are. */
function without(still: ReadonlySet<Layer>, layers: readonly Layer[]): Variable[] {
  const kept = new Set([...still].flatMap(({ variables }) => variables));
  return layers.flatMap(({ ownVariables }) => ownVariables.filter((variable) => !kept.has(variable)));
}

/** Those that do not train among the layers that these are composed of, with all that they hold. */
function stillWithin(layers: readonly Layer[]): Set<Layer> {
  const still = new Set<Layer>();
  const visit = (inner: readonly Layer[], isStill: boolean): void => {
    for (const layer of inner) {
      const stays = isStill || !layer.trainable;
      if (stays) still.add(layer);
      visit([...layer.composedOf, ...layer.parts], stays);
    }
  };
  for (const { composedOf } of layers) visit(composedOf, false);
  return still;
}
