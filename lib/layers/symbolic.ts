import { notCloneable } from '../cloning';
import { invalidArgument } from '../errors';
import type { Shape } from '../tensor';
import type { Layer } from './layer';

/** A batch shape as Keras writes it: the batch comes first and is null. */
export type BatchShape = readonly (number | null)[];

/**
 * The output of a layer before there is any data: what `layer.apply` gives and takes, and `Model` is made of. It knows its
 * shape and where it comes from.
 */
export class SymbolicTensor {
  protected readonly cloning = notCloneable('a SymbolicTensor', 'send toJSON() of the model that is made of it');
  /** Of one sample. */
  readonly sampleShape: Shape;
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];

  constructor(layer: Layer, inputs: readonly SymbolicTensor[], sampleShape: Shape) {
    this.layer = layer;
    this.inputs = inputs;
    this.sampleShape = sampleShape;
  }

  /** `[null, 784]` */
  get shape(): BatchShape {
    return [null, ...this.sampleShape];
  }
}

/** What can be applied to: an `Input` stands for its output. */
export type SymbolicLike = SymbolicTensor | { readonly output: SymbolicTensor };

/** The tensors of an argument: one or an array. */
export function toSymbolic(given: unknown, argument: string): readonly SymbolicTensor[] {
  return Array.from<unknown, SymbolicTensor>(Array.isArray(given) ? given : [given], (one) => {
    if (one instanceof SymbolicTensor) return one;
    const output = typeof one === 'object' && one !== null && 'output' in one ? one.output : undefined;
    if (output instanceof SymbolicTensor) return output;
    throw invalidArgument(argument, 'an Input, or what `layer.apply` gave,', one, 'Data goes into `predict`.');
  });
}
