import type { LayerOptions } from '../layer';
import { fill, filled, type Mask, type TracedInput } from '../masks';
import type { AddNode } from '../native_ops';
import { ElementwiseMerge, shapesOf } from './base_merge';

/**
 * The product of the inputs, element by element; steps that an input's mask leaves out count as 1.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Multiply`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Multiply().apply([a, b]) }).predictSync([[[1, 2]], [[3, 4]]]).toArray(); // [[3, 8]]
 * ```
 */
export class Multiply extends ElementwiseMerge {
  protected readonly type = 'multiply';

  constructor(options: LayerOptions = {}) {
    super('Multiply', options);
  }

  /** A masked step counts as 1; where none counts, the product is 0. */
  protected override traceValues(add: AddNode, inputs: readonly TracedInput[], mask: Mask | null): number {
    const tensor = super.traceValues(add, filled(add, inputs, 1), mask);
    return mask === null ? tensor : fill(add, { tensor, shape: this.shapeAfter(...shapesOf(inputs)) }, mask, 0);
  }
}
