// A custom layer that is composed of others.
import { invalidArgument, invalidUse } from '../errors';
import { checkLimit } from '../limits';
import { atOnce, methodOf } from '../returned';
import type { Traced, TracedInput } from './masks';
import type { AddNode } from './native_ops';
import { TensorOf } from './symbolic';
import type { Variable } from './variable';

interface InnerLayer {
  readonly name: string;
  readonly variables: readonly Variable[];
  traceAll(add: AddNode, inputs: readonly TracedInput[]): readonly Traced[];
}

type InnerTensor = TensorOf<InnerLayer>;

interface InnerWiring {
  readonly inputs: readonly InnerTensor[];
  readonly outputs: readonly InnerTensor[];
  /** Each after those that it is made of. */
  readonly tensors: readonly InnerTensor[];
}

/** What `call` made of the inputs. */
export interface Composition extends InnerWiring {
  readonly output: InnerTensor;
  readonly layers: readonly InnerLayer[];
}

/** Errors: `ERR_INVALID_ARG` where `call` does not return what layers make of its inputs. */
export function compose(layer: object, call: (x: never) => unknown, inputs: readonly InnerTensor[]): Composition {
  const method = methodOf(layer, 'call');
  const given = (inputs.length === 1 ? inputs[0] : inputs) as never;
  const output: unknown = atOnce(
    within(() => call.call(layer, given)),
    method,
  );
  if (!(output instanceof TensorOf)) {
    throw invalidArgument(method, 'what `apply` of a layer returned', output, 'Compose layers, or write `forward`.');
  }
  const tensors: InnerTensor[] = [];
  const met = new Set<InnerTensor>(inputs);
  // Not by recursion: a graph may be deeper than the stack.
  const path: InnerTensor[] = [output];
  for (let tensor = path.at(-1); tensor !== undefined; tensor = path.at(-1)) {
    const next = tensor.inputs.find((input) => !met.has(input));
    if (!met.has(tensor) && tensor.inputs.length === 0) {
      throw invalidUse(
        `Expected \`${method}\` to return what comes from its input alone, received one of \`${tensor.layer.name}\`.`,
      );
    }
    if (next !== undefined && !met.has(tensor)) {
      path.push(next);
      continue;
    }
    path.pop();
    if (met.has(tensor)) continue;
    met.add(tensor);
    tensors.push(tensor);
  }
  return {
    inputs,
    output,
    outputs: [output],
    tensors,
    layers: [...new Set(tensors.map((tensor) => tensor.layer))],
  };
}

/** How many layers are composing each other. */
let level = 0;

function within(call: () => unknown): unknown {
  checkLimit('levels', level + 1, 'layers');
  level++;
  try {
    return call();
  } finally {
    level--;
  }
}

/**
 * Traces tensors of which each comes after those that it is made of: all outputs of a layer in one go, as it is computed
 * once.
 */
export function follow<L>(
  tensors: readonly TensorOf<L>[],
  traced: Map<TensorOf<L>, Traced>,
  trace: (layer: L, inputs: readonly TracedInput[]) => readonly Traced[],
): void {
  for (const tensor of tensors) {
    if (traced.has(tensor)) continue;
    const { layer, inputs, outputs } = tensor.node;
    const from = inputs.map((input) => ({ ...(traced.get(input) as Traced), shape: input.sampleShape }));
    const found = trace(layer, from);
    for (const [i, output] of outputs.entries()) traced.set(output, found[i] as Traced);
  }
}

/** Adds layers within a layer to a native model: what they make of its inputs. */
export function traceInner(
  { inputs, outputs, tensors }: InnerWiring,
  add: AddNode,
  given: readonly TracedInput[],
): Traced[] {
  const traced = new Map<InnerTensor, Traced>(inputs.map((input, i) => [input, given[i] as TracedInput]));
  follow(tensors, traced, (layer, from) => layer.traceAll(add.of(layer), from));
  return outputs.map((output) => traced.get(output) as Traced);
}

/** As Keras lists weights. */
export function trainableFirst(variables: readonly Variable[]): readonly Variable[] {
  const distinct = [...new Set(variables)];
  return [...distinct.filter(({ trainable }) => trainable), ...distinct.filter(({ trainable }) => !trainable)];
}
