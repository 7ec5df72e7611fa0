// A layer of the caller's own that is composed of others.
import { invalidArgument, invalidUse } from '../errors';
import { checkLimit } from '../limits';
import { atOnce, methodOf } from '../returned';
import type { Shape } from '../tensor';
import type { Traced, TracedInput } from './masks';
import type { AddNode } from './native_ops';
import type { Variable } from './variable';

interface InnerLayer {
  readonly name: string;
  readonly variables: readonly Variable[];
  trace(add: AddNode, inputs: readonly TracedInput[]): Traced;
}

interface InnerTensor {
  readonly layer: InnerLayer;
  readonly inputs: readonly InnerTensor[];
  readonly sampleShape: Shape;
}

/** What `call` made of the inputs. */
export interface Composition {
  readonly inputs: readonly InnerTensor[];
  readonly output: InnerTensor;
  /** Without the inputs, each after those that it is made of. */
  readonly tensors: readonly InnerTensor[];
  readonly layers: readonly InnerLayer[];
}

/** Errors: `ERR_INVALID_ARG` where `call` does not return what layers make of its inputs. */
export function compose(
  layer: object,
  call: (x: never) => unknown,
  inputs: readonly InnerTensor[],
  isTensor: (value: unknown) => boolean,
): Composition {
  const method = methodOf(layer, 'call');
  const given = (inputs.length === 1 ? inputs[0] : inputs) as never;
  const output: unknown = atOnce(
    within(() => call.call(layer, given)),
    method,
  );
  if (!isTensor(output)) {
    throw invalidArgument(method, 'what `apply` of a layer returned', output, 'Compose layers, or write `forward`.');
  }
  const tensors: InnerTensor[] = [];
  const met = new Set<InnerTensor>(inputs);
  // Not by recursion: a graph may be deeper than the stack.
  const path = [output as InnerTensor];
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
    output: output as InnerTensor,
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

/** Adds all layers of it to a native model. */
export function traceInner(
  { inputs, output, tensors }: Composition,
  add: AddNode,
  given: readonly TracedInput[],
): Traced {
  const traced = new Map<InnerTensor, Traced>(inputs.map((input, i) => [input, given[i] as TracedInput]));
  for (const tensor of tensors) {
    const from = tensor.inputs.map((input) => ({ ...(traced.get(input) as Traced), shape: input.sampleShape }));
    traced.set(tensor, tensor.layer.trace(add.of(tensor.layer), from));
  }
  return traced.get(output) as Traced;
}

/** As Keras lists weights. */
export function trainableFirst(variables: readonly Variable[]): readonly Variable[] {
  const distinct = [...new Set(variables)];
  return [...distinct.filter(({ trainable }) => trainable), ...distinct.filter(({ trainable }) => !trainable)];
}
