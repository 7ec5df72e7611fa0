import { InWords, unsupported } from '../../errors';
import type { Layer, Variable } from '../../layers';
import type { AddNode } from '../../layers/native_ops';
import type { LayerSpec, NodeSpec } from '../../native';

/** The layers and nodes of a native model, while they are put together. */
export class NativeGraph {
  readonly layers: LayerSpec[] = [];
  readonly nodes: NodeSpec[] = [];
  /** The layer of the model that each native layer belongs to. */
  readonly owners: Layer[] = [];
  /** Itself, or the one among those that it is composed of. */
  readonly sources: Layer[] = [];
  /** The variables that each native layer holds. */
  readonly variables: (readonly Variable[])[] = [];
  /** The output of each use of a layer of the model. */
  readonly uses: { readonly layer: Layer; readonly tensor: number }[] = [];
  readonly #inputs: number;
  readonly #known = new Map<string, number>();
  readonly #ids = new Map<Layer, number>();
  readonly #owned = new Set<readonly Variable[]>();

  constructor(inputs: number) {
    this.#inputs = inputs;
  }

  /** What adds the native ops of one use of a layer, of which the first holds the variables. */
  opsOf(layer: Layer, owner = layer): AddNode {
    let op = 0;
    const add = (spec: LayerSpec, inputs: readonly number[]): number => {
      this.nodes.push({ layer: this.#layerOf(layer, owner, spec, op++), inputs });
      return this.#inputs + this.nodes.length - 1;
    };
    return Object.assign(add, { of: (inner: object) => this.opsOf(inner as Layer, owner) });
  }

  /** A layer that is used again is the same native layer. */
  #layerOf(layer: Layer, owner: Layer, spec: LayerSpec, op: number): number {
    const id = this.#ids.get(layer) ?? this.#ids.size;
    this.#ids.set(layer, id);
    const key = JSON.stringify([id, op, spec]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const variables = op === 0 ? layer.variables : [];
    if (variables.length > 0 && this.#owned.has(variables)) {
      throw unsupported(
        'inputs',
        `inputs that all have masks, or none, for the layer \`${layer.name}\``,
        new InWords('both'),
      );
    }
    this.#known.set(key, this.layers.length);
    this.owners.push(owner);
    this.sources.push(layer);
    this.variables.push(variables);
    this.#owned.add(variables);
    return this.layers.push(spec) - 1;
  }
}
