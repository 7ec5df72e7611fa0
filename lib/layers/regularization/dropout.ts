import { checkNumber } from '../../check';
import { checkLayerOptions } from '../layer';
import { type DropoutOptions, DroppingLayer, ZERO_TO_ONE } from './base_dropout';

/**
 * Sets some inputs to 0 while a model trains, and multiplies the others so that the sum stays the same.
 *
 * Formula: `x / (1 - rate)` or 0. Shapes: as the input. Defaults: noiseShape null, seed null. Errors:
 * `ERR_OUT_OF_RANGE` for a rate that is not from 0 to 1. Source: `keras.layers.Dropout`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new Dropout({ rate: 0.5 })]).predictSync([[1, 2]]).toArray(); // [[1, 2]]
 * ```
 */
export class Dropout extends DroppingLayer {
  constructor(options: DropoutOptions) {
    const { rate } = checkLayerOptions(options, ['rate', 'noiseShape', 'seed'], 'Dropout');
    super('Dropout', 'dropout', options, checkNumber(rate, 'rate', ZERO_TO_ONE));
  }
}
