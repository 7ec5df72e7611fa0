import { shapeMismatch } from '../errors';
import { type FloatArray, native, type Spec } from '../native';
import { alignShapes, type SampleRows, sampleRows, type TargetRule } from '../samples/rows';
import type { WeightOptions } from '../samples/weighting';
import { type Shape, type ShapedArray, sizeOf, type TensorLike, toFloats } from '../tensor';
import { Metric, type MetricResult, meanOf, stateOfSize } from './metric';
import { sampleWeights } from './sample_weights';

/** A metric of targets and predictions that native code adds up. */
export abstract class NativeMetric<R extends MetricResult = MetricResult> extends Metric {
  #state: Float64Array | null = null;
  #columns = 0;

  /** @internal The metric as native code knows it. */
  abstract spec(): Spec;

  /** @internal Whether a model counts by the mask of its output: as in Keras, means do, and nothing else. */
  readonly countsByMask: boolean = false;

  /** @internal What it takes as target. */
  abstract readonly rule: TargetRule;

  /** @internal The result of a state, this metric's or one that a model kept. */
  abstract resultOf(state: Float64Array): R;

  /** @internal Checks the shapes. Errors: `ERR_SHAPE_MISMATCH`, or `ERR_OUT_OF_RANGE` for a class or label that is not there. */
  checkShapes(yTrue: Shape, yPred: Shape): void {
    alignShapes(this.rule, yTrue, yPred);
  }

  /** @internal Targets and predictions as native code takes them. */
  protected toRows(yTrue: ShapedArray<FloatArray>, yPred: ShapedArray<FloatArray>): SampleRows {
    return sampleRows(this.rule, yTrue, yPred);
  }

  /** @internal Whether weights may differ along the columns of a row. */
  protected get weighsColumns(): boolean {
    return false;
  }

  /**
   * Adds a batch.
   *
   * Errors: `ERR_INVALID_ARG` for anything but numbers, `ERR_SHAPE_MISMATCH` for shapes that do not fit.
   */
  updateState(yTrue: TensorLike, yPred: TensorLike, options: WeightOptions = {}): void {
    const [target, prediction] = [toFloats(yTrue, this.dtype, 'yTrue'), toFloats(yPred, this.dtype, 'yPred')];
    this.checkShapes(target.shape, prediction.shape);
    const rows = this.toRows(target, prediction);
    const weighted = this.weighsColumns ? [...rows.values, rows.columns] : rows.values;
    const weighting = sampleWeights(weighted, options, this.dtype);
    if (sizeOf(rows.values) === 0) return;
    const metric = this.spec();
    native.metricUpdate({
      metric,
      state: this.#stateFor(metric, rows.columns, prediction.shape),
      yTrue: rows.yTrue,
      yPred: rows.yPred,
      rows: sizeOf(rows.values),
      columns: rows.columns,
      trueColumns: rows.trueColumns,
      weightColumns: this.weighsColumns ? rows.columns : 1,
      ...weighting,
    });
  }

  result(): R {
    return this.resultOf(this.#state ?? stateOfSize(native.metricStateSize(this.spec(), 0)));
  }

  resetState(): void {
    this.#state = null;
  }

  #stateFor(metric: Spec, columns: number, shape: Shape): Float64Array {
    const size = native.metricStateSize(metric, columns);
    if (this.#state !== null && this.#state.length !== size) {
      throw shapeMismatch('yPred', `${this.#columns} columns, as before,`, shape, 'Call `resetState` for other data.');
    }
    this.#columns = columns;
    this.#state ??= stateOfSize(size);
    return this.#state;
  }
}

/** A metric that is a mean over samples; its state is a total and a count. */
export abstract class NativeMean extends NativeMetric<number> {
  override readonly countsByMask: boolean = true;

  resultOf([total = 0, count = 0]: Float64Array): number {
    return meanOf(total, count);
  }
}

/** Errors: `ERR_SHAPE_MISMATCH` for what is not a matrix. */
export function checkMatrix(shape: Shape, argument: string): void {
  if (shape.length !== 2) throw shapeMismatch(argument, '[batch, columns]', shape);
}
