import { type LayerActivation, resolveActivation } from '../../activations/registry';
import { checkNumber } from '../../check';
import type { Config } from '../../identifiers';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { ActivationLayer } from './activation_layer';

export interface ReLUOptions extends LayerOptions {
  /** Default: null, none */
  readonly maxValue?: number | null | undefined;
  /** Default: 0 */
  readonly negativeSlope?: number | undefined;
  /** Default: 0 */
  readonly threshold?: number | undefined;
}

/**
 * Cuts off what is negative, as a layer: see `activations.relu`.
 *
 * Defaults: maxValue null, negativeSlope 0, threshold 0. Errors: `ERR_OUT_OF_RANGE` for negative values. Source:
 * `keras.layers.ReLU`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new ReLU({ maxValue: 1 })]).predictSync([[-1, 2]]).toArray(); // [[0, 1]]
 * ```
 */
export class ReLU extends ActivationLayer {
  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    checkLayerOptions(options, ['maxValue', 'negativeSlope', 'threshold'], 'ReLU');
    super('ReLU', options);
    const { maxValue = null, negativeSlope = 0, threshold = 0 } = options;
    this.maxValue = maxValue === null ? null : checkNumber(maxValue, 'maxValue', { min: 0 });
    this.negativeSlope = checkNumber(negativeSlope, 'negativeSlope', { min: 0 });
    this.threshold = checkNumber(threshold, 'threshold', { min: 0 });
  }

  protected override resolved(): LayerActivation {
    return resolveActivation({ class_name: 'relu', config: this.ownConfig() });
  }

  protected override ownConfig(): Config {
    return { max_value: this.maxValue, negative_slope: this.negativeSlope, threshold: this.threshold };
  }
}
