import type { WeightOptions } from '../samples/weighting';
import { type TensorLike, toFloats } from '../tensor';
import { Metric, type MetricOptions, meanOf } from './metric';
import { sampleWeights } from './sample_weights';

/**
 * Weighted mean of values.
 *
 * Formula: `sum(w v) / sum(w)`; a sample of several values counts once, with their mean. Shapes: values `[batch, ...]`;
 * weights broadcast to them. Errors: `ERR_INVALID_ARG`, `ERR_SHAPE_MISMATCH`. Source: `keras.metrics.Mean`.
 *
 * @example
 * ```ts
 * const mean = new Mean();
 * mean.updateState([1, 3, 5, 7], { sampleWeight: [1, 1, 0, 0] });
 * mean.result(); // 2
 * ```
 */
export class Mean extends Metric {
  #total = 0;
  #count = 0;

  constructor(options: MetricOptions = {}) {
    super(options);
  }

  /** Adds values, or one, each weighted by `sampleWeight`. */
  updateState(values: TensorLike, options: WeightOptions = {}): void {
    const { data, shape } = toFloats(values, this.dtype, 'values');
    const { weights, rowsPerSample } = sampleWeights(shape, options, this.dtype);
    for (const [i, value] of data.entries()) {
      const weight = (weights?.[i] ?? 1) / rowsPerSample;
      this.#total += value * weight;
      this.#count += weight;
    }
  }

  result(): number {
    return meanOf(this.#total, this.#count);
  }

  resetState(): void {
    this.#total = 0;
    this.#count = 0;
  }
}

/**
 * Weighted sum of values.
 *
 * Formula: `sum(w v)`. Shapes: weights broadcast to the values. Errors: `ERR_INVALID_ARG`, `ERR_SHAPE_MISMATCH`.
 * Source: `keras.metrics.Sum`.
 *
 * @example
 * ```ts
 * const sum = new Sum();
 * sum.updateState([1, 3, 5, 7]);
 * sum.result(); // 16
 * ```
 */
export class Sum extends Metric {
  #total = 0;

  constructor(options: MetricOptions = {}) {
    super(options);
  }

  /** Adds values, or one, each weighted by `sampleWeight`. */
  updateState(values: TensorLike, options: WeightOptions = {}): void {
    const { data, shape } = toFloats(values, this.dtype, 'values');
    const { weights } = sampleWeights(shape, options, this.dtype);
    for (const [i, value] of data.entries()) this.#total += value * (weights?.[i] ?? 1);
  }

  result(): number {
    return this.#total;
  }

  resetState(): void {
    this.#total = 0;
  }
}
