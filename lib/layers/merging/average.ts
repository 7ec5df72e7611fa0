import type { LayerOptions } from '../layer';
import { ElementwiseMerge } from './base_merge';

/**
 * The mean of the inputs, element by element.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Average`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Average().apply([a, b]) }).predictSync([[[1, 2]], [[3, 4]]]).toArray(); // [[2, 3]]
 * ```
 */
export class Average extends ElementwiseMerge {
  protected readonly type = 'average';

  constructor(options: LayerOptions = {}) {
    super('Average', options);
  }
}
