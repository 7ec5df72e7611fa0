import { elementAt } from '../../check';
import type { Variable } from '../../layers';
import { CustomCall } from '../../layers/custom_layer';
import type { CustomNode } from '../../native';
import type { Lowered } from './topology';

/** The layers of a model that JavaScript computes. */
export class CustomLayers {
  readonly #lowered: Lowered;
  readonly #trained: ReadonlySet<Variable>;
  /** The nodes whose gradients training needs: they hold what it changes, or come after that. */
  #needed: ReadonlySet<number> | null = null;

  /** null where native code computes all of them; `trained` are the variables that training changes. */
  static of(lowered: Lowered, trained: readonly Variable[] = []): CustomLayers | null {
    return lowered.sources.some(({ runsHere }) => runsHere) ? new CustomLayers(lowered, trained) : null;
  }

  private constructor(lowered: Lowered, trained: readonly Variable[]) {
    this.#lowered = lowered;
    this.#trained = new Set(trained);
  }

  forward(node: CustomNode, training: boolean): Float32Array {
    return this.#call(node).forward(training);
  }

  /** With `explains` all gradients are wanted, those by the inputs of the model too. */
  backward(node: CustomNode, explains = false): ReturnType<CustomCall['backward']> {
    this.#needed ??= neededNodes(this.#lowered, this.#trained);
    const call = this.#call(node);
    return explains || this.#needed.has(node.node) ? call.backward() : call.nothing();
  }

  #call(custom: CustomNode): CustomCall {
    const { nodes, layers, sources, variables } = this.#lowered;
    const index = elementAt(nodes, custom.node).layer;
    const layer = elementAt(sources, index);
    return new CustomCall(layer, elementAt(layers, index), elementAt(variables, index), layer.declared, custom);
  }
}

function neededNodes({ inputs, nodes, variables }: Lowered, trained: ReadonlySet<Variable>): ReadonlySet<number> {
  const needed = new Set<number>();
  for (const [n, node] of nodes.entries()) {
    const isTrained = variables[node.layer]?.some((variable) => trained.has(variable)) ?? false;
    if (isTrained || node.inputs.some((tensor) => needed.has(tensor - inputs))) needed.add(n);
  }
  return needed;
}
