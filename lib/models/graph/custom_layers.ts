import type { Layer } from '../../layers';
import { CustomCall } from '../../layers/custom_layer';
import type { CustomNode, LayerSpec } from '../../native';
import type { Lowered } from './topology';

/** The layers of a model that JavaScript computes. */
export class CustomLayers {
  readonly #lowered: Lowered;

  /** null where native code computes all of them. */
  static of(lowered: Lowered): CustomLayers | null {
    return lowered.sources.some(({ runsHere }) => runsHere) ? new CustomLayers(lowered) : null;
  }

  private constructor(lowered: Lowered) {
    this.#lowered = lowered;
  }

  forward(node: CustomNode, training: boolean): Float32Array {
    return this.#call(node).forward(training);
  }

  backward(node: CustomNode): ReturnType<CustomCall['backward']> {
    return this.#call(node).backward();
  }

  #call(custom: CustomNode): CustomCall {
    const { nodes, layers, sources, variables } = this.#lowered;
    const index = nodes[custom.node]?.layer ?? -1;
    const layer = sources[index] as Layer;
    return new CustomCall(layer, layers[index] as LayerSpec, variables[index] ?? [], layer.declared, custom);
  }
}
