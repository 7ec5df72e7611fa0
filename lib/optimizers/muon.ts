import { checkBoolean, checkInteger, checkNumber } from '../check';
import type { Config } from '../identifiers';
import type { Spec } from '../native';
import { checkPatterns, matchesOne } from './exclusion';
import { Optimizer, type VariableDescription } from './optimizer';
import type { OptimizerOptions } from './options';

export interface MuonOptions extends OptimizerOptions {
  /** Adam's decay of the mean of the gradients. Default: 0.9 */
  readonly adamBeta1?: number | undefined;
  /** Adam's decay of the mean of their squares. Default: 0.999 */
  readonly adamBeta2?: number | undefined;
  /** Weight decay of what is left to Adam. Default: 0.004 */
  readonly adamWeightDecay?: number | null | undefined;
  /** Adam's epsilon. Default: 1e-7 */
  readonly epsilon?: number | undefined;
  /** Regular expressions: what they match in `dense_1/kernel` is left to Adam. Default: none */
  readonly excludeLayers?: readonly string[] | null | undefined;
  /** Whether what has 'embedding' in its name is left to Adam. Default: true */
  readonly excludeEmbeddings?: boolean | undefined;
  /** Default: 3.4445 */
  readonly muonA?: number | undefined;
  /** Default: -4.775 */
  readonly muonB?: number | undefined;
  /** Default: 2.0315 */
  readonly muonC?: number | undefined;
  /** The learning rate of Adam as a fraction of the learning rate. Default: 1 */
  readonly adamLrRatio?: number | undefined;
  /** Default: 0.95 */
  readonly momentum?: number | undefined;
  /** How often the step is moved towards an orthogonal matrix. Default: 5 */
  readonly nsSteps?: number | undefined;
  /** Default: true */
  readonly nesterov?: boolean | undefined;
  /** The root mean square of a step of rate 1; null leaves the step as it is. Default: 0.2 */
  readonly rmsRate?: number | null | undefined;
}

/**
 * Steps of matrices with all singular values near 1; what is not a matrix is left to Adam.
 *
 * Formula: `m = momentum m + g`, y = m, with `nesterov` `g + momentum m`, divided by its norm; `nsSteps` times `y =
 * muonA y + (muonB y y' + muonC (y y')^2) y`; `w -= learningRate sqrt(max(rows, columns)) rmsRate y`. Defaults:
 * learningRate 0.001, weightDecay 0.004, adamWeightDecay 0.004, momentum 0.95, nesterov, nsSteps 5, rmsRate 0.2, Adam
 * as {@link Adam}. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`. Source: `keras.optimizers.Muon`; Jordan et al., 2024;
 * Liu et al., 2025.
 *
 * @example
 * ```ts
 * new Muon({ excludeLayers: ['output'] });
 * ```
 */
export class Muon extends Optimizer {
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamWeightDecay: number | null;
  readonly epsilon: number;
  readonly excludeLayers: readonly string[];
  readonly excludeEmbeddings: boolean;
  readonly muonA: number;
  readonly muonB: number;
  readonly muonC: number;
  readonly adamLrRatio: number;
  readonly momentum: number;
  readonly nsSteps: number;
  readonly nesterov: boolean;
  readonly rmsRate: number | null;
  readonly #patterns: readonly RegExp[];

  constructor(options: MuonOptions = {}) {
    super('muon', options, OWN, { weightDecay: 0.004 });
    const { adamWeightDecay = 0.004, rmsRate = 0.2 } = options;
    this.adamBeta1 = checkNumber(options.adamBeta1 ?? 0.9, 'adamBeta1', { min: 0, max: 1 });
    this.adamBeta2 = checkNumber(options.adamBeta2 ?? 0.999, 'adamBeta2', { min: 0, max: 1 });
    this.adamWeightDecay =
      adamWeightDecay === null ? null : checkNumber(adamWeightDecay, 'adamWeightDecay', { min: 0 });
    this.epsilon = checkNumber(options.epsilon ?? 1e-7, 'epsilon', { min: 0 });
    this.#patterns = checkPatterns(options.excludeLayers ?? [], 'excludeLayers');
    this.excludeLayers = this.#patterns.map(({ source }) => source);
    this.excludeEmbeddings = checkBoolean(options.excludeEmbeddings ?? true, 'excludeEmbeddings');
    this.muonA = checkNumber(options.muonA ?? 3.4445, 'muonA');
    this.muonB = checkNumber(options.muonB ?? -4.775, 'muonB');
    this.muonC = checkNumber(options.muonC ?? 2.0315, 'muonC');
    this.adamLrRatio = checkNumber(options.adamLrRatio ?? 1, 'adamLrRatio');
    this.momentum = checkNumber(options.momentum ?? 0.95, 'momentum', { min: 0, max: 1 });
    this.nsSteps = checkInteger(options.nsSteps ?? 5, 'nsSteps', { min: 0, max: 1000 });
    this.nesterov = checkBoolean(options.nesterov ?? true, 'nesterov');
    this.rmsRate = rmsRate === null ? null : checkNumber(rmsRate, 'rmsRate');
  }

  protected override isFlat({ shape, path }: VariableDescription): boolean {
    if (shape.length !== 2) return true;
    const embedding = this.excludeEmbeddings && path.toLowerCase().includes('embedding');
    return embedding || matchesOne(this.#patterns, path);
  }

  protected override weightDecayOf(variable: VariableDescription): number | null {
    return this.isFlat(variable) ? this.adamWeightDecay : this.weightDecay;
  }

  protected override parameters(): Spec['parameters'] {
    return { ...this.#numbers(), rms_rate: this.rmsRate ?? Number.NaN };
  }

  protected override ownConfig(): Config {
    return {
      ...this.#numbers(),
      exclude_layers: this.excludeLayers,
      exclude_embeddings: this.excludeEmbeddings,
      adam_weight_decay: this.adamWeightDecay,
      rms_rate: this.rmsRate,
    };
  }

  #numbers(): Spec['parameters'] {
    return {
      adam_beta_1: this.adamBeta1,
      adam_beta_2: this.adamBeta2,
      epsilon: this.epsilon,
      muon_a: this.muonA,
      muon_b: this.muonB,
      muon_c: this.muonC,
      adam_lr_ratio: this.adamLrRatio,
      momentum: this.momentum,
      ns_steps: this.nsSteps,
      nesterov: this.nesterov,
    };
  }
}

const OWN = [
  'adamBeta1',
  'adamBeta2',
  'adamWeightDecay',
  'epsilon',
  'excludeLayers',
  'excludeEmbeddings',
  'muonA',
  'muonB',
  'muonC',
  'adamLrRatio',
  'momentum',
  'nsSteps',
  'nesterov',
  'rmsRate',
] as const satisfies readonly (keyof MuonOptions)[];
