import type { Layer, Variable } from '../../layers';
import { allLayers } from '../../nesting';
import type { Topology } from './topology';

type Trained = Pick<Topology, 'layers' | 'trainable'>;

/**
 * What `trainable` said of a model at one moment, such as that of `compile`: what changes later waits for the next one.
 */
export class TrainableFlags {
  readonly #model: boolean;
  readonly #layers: ReadonlyMap<Layer, boolean>;

  constructor({ layers, trainable }: Trained) {
    this.#model = trainable;
    this.#layers = new Map(allLayers(layers).map((layer) => [layer, layer.trainable]));
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

  /** What it says something else of by now: the model, or these layers with variables. */
  changed({ layers, trainable }: Trained): string[] {
    if (this.#model !== trainable) return ['the model'];
    const changed = allLayers(layers).filter((layer) => {
      return this.of(layer) !== layer.trainable && layer.ownVariables.length > 0;
    });
    return changed.map(({ name }) => `\`${name}\``);
  }
}

/** Those that training changes as `trainable` stands now. */
export function trainedVariables(model: Trained): Variable[] {
  return new TrainableFlags(model).variables(model);
}
