import { checkNumber } from '../check';
import type { Spec } from '../native';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface FtrlOptions extends OptimizerOptions {
  /** At most 0. Default: -0.5 */
  readonly learningRatePower?: number | undefined;
  /** What the sum of squares begins with. Default: 0.1 */
  readonly initialAccumulatorValue?: number | undefined;
  /** Default: 0 */
  readonly l1RegularizationStrength?: number | undefined;
  /** Default: 0 */
  readonly l2RegularizationStrength?: number | undefined;
  /** Default: 0 */
  readonly l2ShrinkageRegularizationStrength?: number | undefined;
  /** Default: 0 */
  readonly beta?: number | undefined;
}

/**
 * Follow the regularized leader: weights that the sum of all gradients so far determines, many of them 0 with `l1`.
 *
 * Formula: with `s(a) = a^(-learningRatePower) / learningRate` and b the sum a before this step, `a += g^2;
 * z += g + 2 shrinkage w - (s(a) - s(b)) w; w = (clip(z, -l1, l1) - z) / (s(a) + 2 l2 + beta / learningRate)`. Defaults:
 * learningRate 0.001, learningRatePower -0.5, a from 0.1 on, all others 0. Errors: `ERR_INVALID_ARG`; `ERR_OUT_OF_RANGE`
 * for strengths below 0 and powers above. Source: `keras.optimizers.Ftrl`; McMahan et al., 2013.
 *
 * @example
 * ```ts
 * new Ftrl({ learningRate: 0.1, l1RegularizationStrength: 0.01 });
 * ```
 */
export class Ftrl extends Optimizer {
  readonly learningRatePower: number;
  readonly initialAccumulatorValue: number;
  readonly l1RegularizationStrength: number;
  readonly l2RegularizationStrength: number;
  readonly l2ShrinkageRegularizationStrength: number;
  readonly beta: number;

  constructor(options: FtrlOptions = {}) {
    super('ftrl', options, [
      'learningRatePower',
      'initialAccumulatorValue',
      'l1RegularizationStrength',
      'l2RegularizationStrength',
      'l2ShrinkageRegularizationStrength',
      'beta',
    ]);
    const fromZero = (name: keyof FtrlOptions, initial: number): number =>
      checkNumber(options[name] ?? initial, name, { min: 0 });
    this.learningRatePower = checkNumber(options.learningRatePower ?? -0.5, 'learningRatePower', { max: 0 });
    this.initialAccumulatorValue = fromZero('initialAccumulatorValue', 0.1);
    this.l1RegularizationStrength = fromZero('l1RegularizationStrength', 0);
    this.l2RegularizationStrength = fromZero('l2RegularizationStrength', 0);
    this.l2ShrinkageRegularizationStrength = fromZero('l2ShrinkageRegularizationStrength', 0);
    this.beta = checkNumber(options.beta ?? 0, 'beta');
  }

  protected override parameters(): Spec['parameters'] {
    return {
      learning_rate_power: this.learningRatePower,
      initial_accumulator_value: this.initialAccumulatorValue,
      l1_regularization_strength: this.l1RegularizationStrength,
      l2_regularization_strength: this.l2RegularizationStrength,
      l2_shrinkage_regularization_strength: this.l2ShrinkageRegularizationStrength,
      beta: this.beta,
    };
  }
}
