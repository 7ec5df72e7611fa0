import type { Rows } from '../losses/rows';
import type { WeightOptions } from '../losses/weighting';
import { type FloatArray, native, type Spec } from '../native';
import { type Dense, sizeOf, type TensorLike, toFloats } from '../tensor';
import { Metric, meanOf } from './metric';
import { sampleWeights } from './sample_weights';

/** A metric of targets and predictions that native code adds up. */
export abstract class NativeMetric extends Metric {
  #state: Float64Array | null = null;

  /** The metric as native code knows it. */
  abstract spec(): Spec;

  /** Targets and predictions as native code takes them. */
  protected abstract toRows(yTrue: Dense<FloatArray>, yPred: Dense<FloatArray>): Rows;

  /**
   * Adds a batch.
   *
   * Errors: `ERR_INVALID_ARG` for what is no numbers, `ERR_SHAPE_MISMATCH` for shapes that do not fit.
   */
  updateState(yTrue: TensorLike, yPred: TensorLike, options: WeightOptions = {}): void {
    const rows = this.toRows(toFloats(yTrue, this.dtype, 'yTrue'), toFloats(yPred, this.dtype, 'yPred'));
    const weighting = sampleWeights(rows.values, options, this.dtype);
    if (sizeOf(rows.values) === 0) return;
    const metric = this.spec();
    this.#state ??= new Float64Array(native.metricStateSize(metric, rows.columns));
    native.metricUpdate({
      metric,
      state: this.#state,
      yTrue: rows.yTrue,
      yPred: rows.yPred,
      rows: sizeOf(rows.values),
      columns: rows.columns,
      trueColumns: rows.trueColumns,
      ...weighting,
    });
  }

  result(): number {
    return this.#state === null ? 0 : this.resultOf(this.#state);
  }

  resetState(): void {
    this.#state = null;
  }

  /** The result of a state, this metric's or one that a model kept: here a total and a count. */
  resultOf(state: Float64Array): number {
    return meanOf(state[0] ?? 0, state[1] ?? 0);
  }
}
