import { toCamelCase } from '../check';
import type { Config } from '../identifiers';
import * as losses from '../losses';
import type { ReductionName } from '../losses/loss';
import type { NativeLoss } from '../losses/native_loss';
import { type Rows, toRows } from '../losses/rows';
import type { FloatArray, Spec } from '../native';
import type { Dense } from '../tensor';
import type { MetricOptions } from './metric';
import { NativeMetric } from './native_metric';

export type CrossentropyMetricOptions = Omit<losses.CrossentropyOptions, 'reduction'>;
export type SparseCrossentropyMetricOptions = Omit<losses.SparseCrossentropyOptions, 'reduction'>;

/** The mean of a loss over samples, by the same code. */
abstract class LossMetric extends NativeMetric {
  readonly #loss: NativeLoss<ReductionName>;

  constructor(loss: NativeLoss<ReductionName>, options: MetricOptions) {
    super(options, Object.keys(loss.ownConfig()).map(toCamelCase));
    this.#loss = loss;
  }

  spec(): Spec {
    return this.#loss.spec();
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.#loss.ownConfig() };
  }

  protected override toRows(yTrue: Dense<FloatArray>, yPred: Dense<FloatArray>): Rows {
    return this.#loss.toRows(yTrue, yPred);
  }
}

/** Mean of squared differences: the loss `MeanSquaredError` as a metric. Source: `keras.metrics.MeanSquaredError`. */
export class MeanSquaredError extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(new losses.MeanSquaredError(options), options);
  }
}

/** Mean of absolute differences: the loss `MeanAbsoluteError` as a metric. Source: `keras.metrics.MeanAbsoluteError`. */
export class MeanAbsoluteError extends LossMetric {
  constructor(options: MetricOptions = {}) {
    super(new losses.MeanAbsoluteError(options), options);
  }
}

/** The loss `BinaryCrossentropy` as a metric. Source: `keras.metrics.BinaryCrossentropy`. */
export class BinaryCrossentropy extends LossMetric {
  constructor(options: CrossentropyMetricOptions = {}) {
    super(new losses.BinaryCrossentropy(options), options);
  }
}

/** The loss `CategoricalCrossentropy` as a metric. Source: `keras.metrics.CategoricalCrossentropy`. */
export class CategoricalCrossentropy extends LossMetric {
  constructor(options: CrossentropyMetricOptions = {}) {
    super(new losses.CategoricalCrossentropy(options), options);
  }
}

/**
 * The loss `SparseCategoricalCrossentropy` as a metric. Samples of `ignoreClass` have the value 0; with weights they do
 * not count, without any they do, as in Keras. Source: `keras.metrics.SparseCategoricalCrossentropy`.
 */
export class SparseCategoricalCrossentropy extends LossMetric {
  constructor(options: SparseCrossentropyMetricOptions = {}) {
    super(new losses.SparseCategoricalCrossentropy(options), options);
  }
}

/**
 * Root of the mean of squared differences.
 *
 * Formula: `sqrt(mean((yTrue - yPred)^2))` over samples and elements. Shapes: they broadcast. Errors: as `updateState`.
 * Source: `keras.metrics.RootMeanSquaredError`.
 *
 * @example
 * ```ts
 * const error = new RootMeanSquaredError();
 * error.updateState([2, 4, 6], [1, 3, 2]);
 * error.result(); // 2.449
 * ```
 */
export class RootMeanSquaredError extends NativeMetric {
  spec(): Spec {
    return { name: 'mean_squared_error', parameters: {} };
  }

  override resultOf(state: Float64Array): number {
    return Math.sqrt(super.resultOf(state));
  }

  protected override toRows(yTrue: Dense<FloatArray>, yPred: Dense<FloatArray>): Rows {
    return toRows({ target: 'broadcast', axis: null, targetFix: '' }, yTrue, yPred);
  }
}
