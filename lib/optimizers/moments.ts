import { checkNumber } from '../check';
import type { Spec } from '../native';
import type { OwnDefaults } from './arguments';
import { Optimizer } from './optimizer';
import type { OptimizerOptions } from './options';

export interface MomentOptions extends OptimizerOptions {
  /** Decay of the mean of the gradients. Default: 0.9 */
  readonly beta1?: number | undefined;
  /** Decay of the mean of their squares. Default: 0.999 */
  readonly beta2?: number | undefined;
  /** Default: 1e-7 */
  readonly epsilon?: number | undefined;
}

/** What the optimizers with running means of gradients and of their squares share. */
export abstract class MomentOptimizer extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(
    entry: string,
    options: MomentOptions,
    own: readonly string[] = [],
    defaults: OwnDefaults & { readonly epsilon?: number } = {},
  ) {
    super(entry, options, ['beta1', 'beta2', 'epsilon', ...own], defaults);
    this.beta1 = checkNumber(options.beta1 ?? 0.9, 'beta1', { min: 0, max: 1 });
    this.beta2 = checkNumber(options.beta2 ?? 0.999, 'beta2', { min: 0, max: 1 });
    this.epsilon = checkNumber(options.epsilon ?? defaults.epsilon ?? 1e-7, 'epsilon', { min: 0 });
  }

  protected override parameters(): Spec['parameters'] {
    return { beta_1: this.beta1, beta_2: this.beta2, epsilon: this.epsilon };
  }
}
