import type { LayerOptions } from '../layer';
import { ElementwiseMerge } from './base_merge';

/**
 * The sum of the inputs.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others, or for one input. Source: `keras.layers.Add`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Add().apply([a, b]) }).predictSync([[[1, 2]], [[3, 4]]]).toArray(); // [[4, 6]]
 * ```
 */
export class Add extends ElementwiseMerge {
  protected readonly type = 'add';

  constructor(options: LayerOptions = {}) {
    super('Add', options);
  }
}
