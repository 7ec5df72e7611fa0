import { checkOptions, toSnakeCase } from '../check';
import type { Config } from '../identifiers';
import type { ReductionName } from '../losses/loss';
import type { NativeLoss } from '../losses/native_loss';
import type { FloatArray, Spec } from '../native';
import type { SampleRows, TargetRule } from '../samples/rows';
import type { ShapedArray } from '../tensor';
import type { MetricOptions } from './metric';
import { NativeMean } from './native_metric';

type LossClass = new (options: MetricOptions) => NativeLoss<ReductionName>;

/** The mean of a loss over samples, by the same code; `own` are the options of the loss that the metric has too. */
export abstract class LossMetric extends NativeMean {
  override readonly direction: 'up' | 'down' = 'down';
  readonly #loss: NativeLoss<ReductionName>;
  readonly #own: readonly string[];

  constructor(Loss: LossClass, options: MetricOptions, own: readonly string[] = [], name?: string) {
    // Before the loss checks them, which knows more.
    checkOptions(options, ['name', 'dtype', ...own], new.target.name);
    const loss = new Loss(options);
    super(options, own, name ?? loss.entry);
    this.#loss = loss;
    this.#own = own;
  }

  override get rule(): TargetRule {
    return this.#loss;
  }

  override spec(): Spec {
    return this.#loss.spec();
  }

  override getConfig(): Config {
    const config = this.#loss.ownConfig();
    const names = this.#own.map(toSnakeCase);
    return { ...super.getConfig(), ...Object.fromEntries(names.map((name) => [name, config[name]])) };
  }

  protected override toRows(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): SampleRows {
    return this.#loss.toRows(yTrue, yPred);
  }
}
