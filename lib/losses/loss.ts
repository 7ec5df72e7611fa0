import { tileTo } from '../broadcast';
import { checkFloatDtype, checkOneOf, checkOptions, checkString, toSnakeCase } from '../check';
import { unsupported } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import { type FloatArray, native, type Reduction } from '../native';
import {
  type Dense,
  type FloatDtype,
  floatsOfSize,
  type Shape,
  sizeOf,
  Tensor,
  type TensorLike,
  toFloats,
} from '../tensor';
import { reductionOf, type Weighting, type WeightOptions, weigh } from './weighting';

const REDUCTIONS = ['sum_over_batch_size', 'mean', 'sum', 'mean_with_sample_weight', 'none'] as const;

/** How the losses of a batch become one number; null stands for 'none'. */
export type ReductionName = (typeof REDUCTIONS)[number] | 'sumOverBatchSize' | 'meanWithSampleWeight' | null;

/** What `compute` gives: a number, or a tensor where nothing is reduced. */
export type LossValue<R extends ReductionName> = R extends 'none' | null ? Tensor : number;

export interface LossOptions<R extends ReductionName = ReductionName> {
  /** Default: 'sum_over_batch_size' */
  readonly reduction?: R | undefined;
  /** Default: the class in snake case */
  readonly name?: string | null | undefined;
  /** Of the arithmetic. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** A loss with any reduction. */
export type AnyLoss = Loss<ReductionName>;

/** One evaluation; `gradient` tells whether the gradient is wanted. */
export interface EvaluationCall {
  readonly yTrue: Dense<FloatArray>;
  readonly yPred: Dense<FloatArray>;
  readonly weights: WeightOptions;
  readonly reduction: Reduction;
  readonly gradient: boolean;
}

/** The result of one evaluation. */
export interface Evaluation {
  readonly value: number | Tensor;
  /** Only where it was asked for. */
  readonly gradient: Tensor | null;
}

/**
 * Base of all losses; extend it and write `call` for a loss of your own.
 *
 * Values of `call` are multiplied by `sampleWeight` and `mask`, then reduced: 'sum_over_batch_size' (or 'mean') divides
 * their sum by their number, 'mean_with_sample_weight' by the sum of the weights, 'sum' by nothing; 'none' keeps them.
 * Under a mask the first kind divides by the number of values that count.
 *
 * Shapes: `call` gives a value per sample, `[batch, ...]`. Errors: `ERR_INVALID_ARG` for unknown options and reductions.
 * Source: `keras.losses.Loss`.
 *
 * @example
 * ```ts
 * class Bias extends Loss {
 *   call(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>) {
 *     return yPred.data.map((p, i) => p - (yTrue.data[i] ?? 0));
 *   }
 * }
 * new Bias().compute([1, 2], [2, 4]); // 1.5
 * ```
 */
export abstract class Loss<R extends ReductionName = 'sum_over_batch_size'> {
  readonly name: string;
  readonly reduction: (typeof REDUCTIONS)[number];
  readonly dtype: FloatDtype;

  /** A subclass names its `own` options, which it checks itself, and its default name. */
  constructor(options: LossOptions<R> = {}, own: readonly string[] = [], name: string = toSnakeCase(new.target.name)) {
    checkOptions(options, ['reduction', 'name', 'dtype', ...own], new.target.name);
    this.reduction = checkReduction(options.reduction);
    this.name = checkString(options.name ?? name, 'name');
    this.dtype = checkFloatDtype(options.dtype);
  }

  /** The value of each sample, neither weighted nor reduced. */
  abstract call(yTrue: Tensor<FloatArray>, yPred: Tensor<FloatArray>): TensorLike;

  /**
   * The loss: a number, or a tensor where the reduction is 'none'. A batch without samples gives an empty tensor.
   *
   * Errors: `ERR_INVALID_ARG` for what is no numbers, `ERR_SHAPE_MISMATCH` for shapes that do not fit,
   * `ERR_OUT_OF_RANGE` for class indices that do not exist.
   */
  compute(yTrue: TensorLike, yPred: TensorLike, options: WeightOptions = {}): LossValue<R> {
    return this.#run(yTrue, yPred, options, false).value as LossValue<R>;
  }

  /** d(loss)/d(yPred), shaped as `yPred`; where the reduction is 'none', of the sum. Errors: as `compute`. */
  gradient(yTrue: TensorLike, yPred: TensorLike, options: WeightOptions = {}): Tensor {
    return this.valueAndGradient(yTrue, yPred, options).gradient;
  }

  /** Loss and gradient in one pass. Errors: as `compute`. */
  valueAndGradient(
    yTrue: TensorLike,
    yPred: TensorLike,
    options: WeightOptions = {},
  ): { readonly value: LossValue<R>; readonly gradient: Tensor } {
    const { value, gradient } = this.#run(yTrue, yPred, options, true);
    if (gradient === null) {
      throw unsupported('loss', 'a loss of this library, which has a gradient,', this, 'Use `compute`.');
    }
    return { value: value as LossValue<R>, gradient };
  }

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return { name: this.name, reduction: this.reduction };
  }

  static fromConfig<T extends AnyLoss>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  protected evaluate(call: EvaluationCall): Evaluation {
    const { yTrue, yPred } = call;
    const returned = this.call(new Tensor(yTrue.data, yTrue.shape), new Tensor(yPred.data, yPred.shape));
    const { data, shape } = toFloats(returned, this.dtype, 'call()');
    const weighting = weigh(shape, call.weights, this.dtype, false);
    const values = tileTo(data, weighting.aligned, weighting.shape);
    return { value: reduceValues(values, weighting, call.reduction, this.dtype), gradient: null };
  }

  #run(yTrue: TensorLike, yPred: TensorLike, weights: WeightOptions, gradient: boolean): Evaluation {
    checkOptions(weights, ['sampleWeight', 'mask'], `${this.constructor.name}.compute`);
    return this.evaluate({
      yTrue: toFloats(yTrue, this.dtype, 'yTrue'),
      yPred: toFloats(yPred, this.dtype, 'yPred'),
      weights,
      reduction: this.reduction === 'mean' ? 'sum_over_batch_size' : this.reduction,
      gradient,
    });
  }
}

function checkReduction(reduction: unknown): (typeof REDUCTIONS)[number] {
  return checkOneOf(reduction === null ? 'none' : (reduction ?? 'sum_over_batch_size'), 'reduction', REDUCTIONS);
}

/**
 * A reduction is linear in the values, so that its factors are the gradient of a loss that equals its prediction: the
 * absolute error at 1 from 0. Thus the rules for weights, masks and divisors stand in native code only.
 */
function reduceValues(
  values: FloatArray,
  weighting: Weighting,
  reduction: Reduction,
  dtype: FloatDtype,
): number | Tensor {
  const { shape, weights, mask, weightRepeat } = weighting;
  const rows = sizeOf(shape);
  if (rows === 0) return emptyValue(shape, reduction, dtype);
  const { gradient } = native.lossEvaluate({
    loss: { name: 'mean_absolute_error', parameters: {} },
    reduction: reductionOf(reduction, shape),
    yTrue: floatsOfSize(rows, dtype),
    yPred: floatsOfSize(rows, dtype).fill(1),
    rows,
    columns: 1,
    trueColumns: 1,
    weights,
    mask,
    weightRepeat,
    gradient: true,
  });
  const terms = values.map((value, i) => value * (gradient?.[i] ?? 0));
  if (reduction === 'none') return new Tensor(terms, shape);
  let sum = 0;
  for (const term of terms) sum += term;
  return dtype === 'float32' ? Math.fround(sum) : sum;
}

/** A batch without samples has nothing to reduce: Keras gives its empty values back. */
export function emptyValue(shape: Shape, reduction: Reduction, dtype: FloatDtype): number | Tensor {
  const unreduced = reduction === 'none' || shape.length === 1;
  return unreduced ? new Tensor(floatsOfSize(0, dtype), shape) : 0;
}
