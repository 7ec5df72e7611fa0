import type { LayerOptions } from '../layer';
import { ElementwiseMerge } from './base_merge';

/**
 * The first input less the second.
 *
 * Shapes: two that broadcast. Errors: `ERR_SHAPE_MISMATCH` for others. Source: `keras.layers.Subtract`.
 *
 * @example
 * ```ts
 * const [a, b] = [new Input({ shape: [2] }), new Input({ shape: [2] })];
 * new Model({ inputs: [a, b], outputs: new Subtract().apply([a, b]) }).predictSync([[[1, 2]], [[3, 5]]]).toArray(); // [[-2, -3]]
 * ```
 */
export class Subtract extends ElementwiseMerge {
  protected readonly type = 'subtract';

  constructor(options: LayerOptions = {}) {
    super('Subtract', options);
  }

  protected override get inputCount(): number {
    return 2;
  }
}
