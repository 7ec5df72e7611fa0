// What crosses into native code for one call of a kernel: see native.ts.

/** The arrays that are computed with. */
export type FloatArray = Float32Array | Float64Array;

/** An entry of a native registry with all of its parameters, named as in Keras' configs (`from_logits`, `delta`). */
export interface Spec {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number | boolean | readonly number[]>>;
}

/** What numbers may be: from `low` to `high`, where `whole` integers alone, and `except` too (NaN: nothing more). */
export interface Allowed {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
  readonly except: number;
}

export type Reduction = 'sum_over_batch_size' | 'sum' | 'mean_with_sample_weight' | 'none';

/** How the rows of a batch are weighted and reduced. */
export interface ReductionCall {
  readonly reduction: Reduction;
  readonly rows: number;
  /** `[rows]` */
  readonly weights: FloatArray | null;
  /** `[rows]`, 1 where the row counts */
  readonly mask: Uint8Array | null;
  /** How often broadcasting repeated each weight: `mean_with_sample_weight` divides by the sum of the originals. */
  readonly weightRepeat: number;
}

/** `weights` are of the same type as `yPred`. */
export interface LossCall extends ReductionCall {
  readonly loss: Spec;
  /** `[rows, trueColumns]`, of the same type as `yPred`; `trueColumns` is 1 where the loss takes labels. */
  readonly yTrue: FloatArray;
  /** `[rows, columns]` */
  readonly yPred: FloatArray;
  readonly columns: number;
  readonly trueColumns: number;
  readonly gradient: boolean;
  /** Where the gradient goes; null: into a new array. */
  readonly out: FloatArray | null;
}

export interface LossResult {
  /** The reduced loss; NaN where the reduction is 'none'. */
  readonly value: number;
  /** `[rows]`, weighted; only where the reduction is 'none' */
  readonly values: FloatArray | null;
  /** `[rows, columns]`: d(reduced loss)/d yPred ('none': of the sum) */
  readonly gradient: FloatArray | null;
}

export interface ActivationCall {
  readonly activation: Spec;
  /** `[rows, columns]` */
  readonly x: FloatArray;
  readonly rows: number;
  readonly columns: number;
}

export interface MetricCall {
  readonly metric: Spec;
  /** `[metricStateSize(metric, columns)]`, added to in place */
  readonly state: Float64Array;
  readonly yTrue: FloatArray;
  readonly yPred: FloatArray;
  readonly rows: number;
  readonly columns: number;
  readonly trueColumns: number;
  /** Rows of one sample (time steps): a sample's value is the mean over its rows. */
  readonly rowsPerSample: number;
  /** `[rows, weightColumns]` */
  readonly weights: FloatArray | null;
  /** 1, or `columns` where the weights differ along the columns. */
  readonly weightColumns: number;
}

/** An optimizer, with what all of them do around their own update. */
export interface OptimizerSpec extends Spec {
  readonly options: {
    /** Gradients are those of the loss times this. */
    readonly lossScaleFactor: number;
    /** The number of gradients of which the mean is one update's. */
    readonly accumulationSteps: number;
    /** 0 is no limit, in this one and the next two. */
    readonly clipnorm: number;
    readonly globalClipnorm: number;
    readonly clipvalue: number;
    readonly useEma: boolean;
    readonly emaMomentum: number;
    /** 0 is never. */
    readonly emaOverwriteFrequency: number;
  };
}

/** What an optimizer does to a variable. */
export interface UpdatedVariable {
  /** As a vector, whatever its shape. */
  readonly flat: boolean;
  readonly weightDecay: number;
}

/** An array of optimizer state, of one variable or of all. */
export interface SlotInfo {
  readonly name: string;
  /** Index of the variable that it belongs to; -1 where it belongs to all. */
  readonly variable: number;
  readonly shape: readonly number[];
  readonly initial: number;
}

export interface OptimizerCall {
  readonly optimizer: OptimizerSpec;
  /** Whether all arrays are Float64Arrays; otherwise all are Float32Arrays. */
  readonly float64: boolean;
  readonly learningRate: number;
  /** Calls before this one: 0 at the first. */
  readonly calls: number;
  readonly variables: readonly (UpdatedVariable & {
    readonly shape: readonly number[];
    /** Written */
    readonly value: FloatArray;
    readonly gradient: FloatArray | null;
  })[];
  /** One for each entry of `optimizerSlots`, written */
  readonly state: readonly FloatArray[];
}

export interface InitializerCall {
  readonly initializer: Spec;
  readonly seed: number;
  readonly rows: number;
  readonly columns: number;
  /** `[rows, columns]`, written */
  readonly out: Float32Array;
}

export interface RegularizerCall {
  readonly regularizer: Spec;
  /** `[rows, columns]` */
  readonly x: FloatArray;
  readonly rows: number;
  readonly columns: number;
  readonly gradient: boolean;
}

export interface ConstraintCall {
  readonly constraint: Spec;
  /** `[rows, columns]`, changed in place */
  readonly w: FloatArray;
  readonly rows: number;
  readonly columns: number;
}
