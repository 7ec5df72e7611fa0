import type { LayerOptions } from '../layer';
import { ExtremeMerge } from './base_merge';

/**
 * The greatest of the inputs, element by element, of those whose mask does not leave it out.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Maximum`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Maximum().apply([a, b]) }).predictSync([[[1, 5]], [[3, 4]]]).toArray(); // [[3, 5]]
 * ```
 */
export class Maximum extends ExtremeMerge {
  protected readonly type = 'maximum';
  protected readonly loser = Number.NEGATIVE_INFINITY;

  constructor(options: LayerOptions = {}) {
    super('Maximum', options);
  }
}
