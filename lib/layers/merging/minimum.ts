import type { LayerOptions } from '../layer';
import { ExtremeMerge } from './base_merge';

/**
 * The least of the inputs, element by element, of those whose mask does not leave it out.
 *
 * Shapes: those that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Minimum`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Minimum().apply([a, b]) }).predictSync([[[1, 5]], [[3, 4]]]).toArray(); // [[1, 4]]
 * ```
 */
export class Minimum extends ExtremeMerge {
  protected readonly type = 'minimum';
  protected readonly loser = Number.POSITIVE_INFINITY;

  constructor(options: LayerOptions = {}) {
    super('Minimum', options);
  }
}
