import { defined } from '../../check';
import { invalidArgument, invalidUse } from '../../errors';
import { Input, type Layer } from '../../layers';
import type { SymbolicNode, SymbolicTensor } from '../../layers/layer';
import { NodeOf } from '../../layers/symbolic';
import { checkLimit } from '../../limits';

/**
 * Symbolic tensors in an order in which each comes after those that it is made of, and Keras' order of their layers.
 */
export interface Wiring {
  readonly tensors: readonly SymbolicTensor[];
  readonly layers: readonly Layer[];
}

/** Follows the outputs back to the inputs. */
export function wire(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Wiring {
  const tensors: SymbolicTensor[] = [];
  const met = new Set<SymbolicTensor>();
  const order = new Map<Layer, number>();
  const ends = new Set(inputs);
  // Not by recursion: a graph may be deeper than the stack.
  const path: { readonly tensor: SymbolicTensor; readonly left: Iterator<SymbolicTensor> }[] = [];
  const enter = (tensor: SymbolicTensor): void => {
    if (met.has(tensor)) return;
    met.add(tensor);
    checkLimit('layers', met.size, 'outputs');
    if (!order.has(tensor.layer)) order.set(tensor.layer, order.size);
    if (!ends.has(tensor) && tensor.inputs.length === 0) throw disconnected(tensor);
    path.push({ tensor, left: (ends.has(tensor) ? [] : tensor.inputs).values() });
  };
  for (const output of outputs) {
    enter(output);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const { value: input, done } = last.left.next();
      if (done === true) tensors.push((path.pop() ?? last).tensor);
      else enter(input);
    }
  }
  for (const input of inputs) if (!met.has(input)) throw unused(input);
  return { tensors, layers: byDepth(tensors, order) };
}

/** Keras' order: by the distance from the outputs, and by the order in which they are met where it is the same. */
function byDepth(tensors: readonly SymbolicTensor[], order: ReadonlyMap<Layer, number>): Layer[] {
  const tensorDepths = new Map<SymbolicTensor, number>();
  const layerDepths = new Map<Layer, number>();
  for (const tensor of tensors.toReversed()) {
    const depth = Math.max(tensorDepths.get(tensor) ?? 0, layerDepths.get(tensor.layer) ?? 0);
    layerDepths.set(tensor.layer, depth);
    for (const input of tensor.inputs) tensorDepths.set(input, Math.max(depth + 1, tensorDepths.get(input) ?? 0));
  }
  const rank = (layer: Layer): [number, number] => [-defined(layerDepths.get(layer)), defined(order.get(layer))];
  return [...layerDepths.keys()].sort((a, b) => {
    const [[depthA, orderA], [depthB, orderB]] = [rank(a), rank(b)];
    return depthA - depthB || orderA - orderB;
  });
}

/** The uses of each layer, in an order in which each comes after those that it is made of. */
export function usesOf({ tensors }: Wiring): Map<Layer, SymbolicNode[]> {
  const uses = new Map<Layer, SymbolicNode[]>();
  for (const node of new Set(tensors.map((tensor) => tensor.node))) {
    const own = uses.get(node.layer) ?? [];
    uses.set(node.layer, own);
    own.push(node);
  }
  return uses;
}

/** Which use of its layer each node is, counted from 0. */
export function useNumbers(uses: ReadonlyMap<Layer, readonly SymbolicNode[]>): Map<SymbolicNode, number> {
  return new Map([...uses.values()].flatMap((nodes) => nodes.map((node, i) => [node, i] as const)));
}

/** Whether each tensor goes into one use at most. */
export function hasOnePath({ tensors }: Wiring): boolean {
  const inputs = [...new Set(tensors.map(({ node }) => node))].flatMap((node) => node.inputs);
  return new Set(inputs).size === inputs.length && tensors.filter(({ inputs: from }) => from.length === 0).length === 1;
}

/** The outputs with other tensors in the place of some: the same layers, used again. */
export function replaced(
  outputs: readonly SymbolicTensor[],
  others: ReadonlyMap<SymbolicTensor, SymbolicTensor>,
): SymbolicTensor[] {
  const known = new Map(others);
  for (const tensor of wire([...others.keys()], outputs).tensors) {
    if (known.has(tensor)) continue;
    const { layer, inputs, outputs: siblings } = tensor.node;
    const from = inputs.map((input) => known.get(input) as SymbolicTensor);
    const shapes = siblings.map(({ sampleShape }) => sampleShape);
    const node = new NodeOf(layer, from, shapes);
    for (const [i, sibling] of siblings.entries()) known.set(sibling, node.outputs[i] as SymbolicTensor);
  }
  return outputs.map((output) => known.get(output) as SymbolicTensor);
}

function disconnected({ layer }: SymbolicTensor): Error {
  const what = layer instanceof Input ? `the Input \`${layer.name}\`` : `an output of \`${layer.name}\``;
  return invalidUse(
    `Expected outputs that depend on the inputs alone, received one that depends on ${what}. Put it into \`inputs\`.`,
  );
}

function unused({ layer }: SymbolicTensor): Error {
  return invalidArgument('inputs', 'inputs that an output depends on', layer.name, 'Leave it out.');
}
