import { broadcastShape, sameShape, sumTo, tileTo } from '../broadcast';
import { checkFloatDtype, checkName, checkOneOf, checkOptions, elementAt, ownNames, toSnakeCase } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { invalidArgument, shapeMismatch, showShape, unsupported } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import { type FloatArray, native, type Reduction } from '../native';
import { methodOf } from '../returned';
import { reductionOf, type Weighting, type WeightOptions, weigh } from '../samples/weighting';
import {
  type FloatDtype,
  floatDtypeOf,
  floatsOfSize,
  type Shape,
  type ShapedArray,
  type ShapeOf,
  sizeOf,
  Tensor,
  type TensorLike,
  type TypedArray,
  toFloats,
} from '../tensor';
import { gradientOut, type LossOut } from './loss_out';

const REDUCTIONS = ['sum_over_batch_size', 'mean', 'sum', 'mean_with_sample_weight', 'none'] as const;

/** How the losses of a batch become one number; null stands for 'none'. */
export type ReductionName = (typeof REDUCTIONS)[number] | 'sumOverBatchSize' | 'meanWithSampleWeight' | null;

/** What `compute` returns: a number, or a tensor where nothing is reduced. */
export type LossValue<R extends ReductionName> = R extends 'none' | null ? Tensor : number;

export interface LossOptions<R extends ReductionName = ReductionName> {
  /** Default: 'sum_over_batch_size' */
  readonly reduction?: R | undefined;
  /** Default: the class in snake case */
  readonly name?: string | null | undefined;
  /** The type that values are computed in. Default: 'float32' */
  readonly dtype?: FloatDtype | null | undefined;
}

/** A loss with any reduction. */
export type AnyLoss = Loss<ReductionName>;

/** Values and the derivative of their sum by `yPred`. */
export interface ValueAndGradient {
  /** One for each sample, shaped as the leading axes of `yPred`; one number where the loss is of the whole batch. */
  readonly value: TensorLike;
  /** Shaped as `yPred`. */
  readonly gradient: TensorLike;
}

/** One evaluation; `gradient` tells whether the gradient is wanted. */
export interface EvaluationCall {
  /** Both of type `dtype`. */
  readonly yTrue: ShapedArray<FloatArray>;
  readonly yPred: ShapedArray<FloatArray>;
  readonly dtype: FloatDtype;
  readonly weights: WeightOptions;
  readonly reduction: Reduction;
  readonly gradient: boolean;
  /** Where the gradient may go at once. */
  readonly out: FloatArray | null;
}

/** The result of one evaluation. */
export interface Evaluation {
  readonly value: number | Tensor;
  /** Only where it was asked for. */
  readonly gradient: Tensor | null;
}

/** Evaluates in a type of the library's choice; a symbol, so that it is not called from elsewhere. */
export const evaluateAs: unique symbol = Symbol('evaluateAs');

/**
 * Base of all losses; extend it for a loss of your own.
 *
 * Override `call` for values, or `valueAndGradientOf` for values and gradients, which makes it a loss to train with:
 * `fit` then computes it on the JavaScript thread, batch by batch. Values are multiplied by `sampleWeight` and `mask`,
 * then reduced: 'sum_over_batch_size' (or 'mean') divides their sum by their number, 'mean_with_sample_weight' by the
 * sum of the weights, 'sum' by nothing; 'none' keeps them. Under a mask the first kind divides by the number of values
 * that count.
 *
 * Shapes: a value per sample, `[batch, ...]`. Errors: `ERR_INVALID_ARG` for unknown options and reductions,
 * `ERR_UNSUPPORTED` for the gradient of a loss that has only `call`. Source: `keras.losses.Loss`.
 *
 * @example
 * ```ts
 * class HalfSquare extends Loss {
 *   valueAndGradientOf(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>) {
 *     const gradient = yPred.data.map((p, i) => p - (yTrue.data[i] ?? 0));
 *     return { value: gradient.map((e) => (e * e) / 2), gradient: { data: gradient, shape: yPred.shape } };
 *   }
 * }
 * new HalfSquare().compute([1, 2], [2, 4]); // 1.25
 * new HalfSquare().gradient([1, 2], [2, 4]).toArray(); // [0.5, 1]
 * ```
 */
export abstract class Loss<R extends ReductionName = 'sum_over_batch_size'> {
  static {
    showOptionsInConsole(Loss, (loss) => loss.getConfig());
  }

  /** @internal */
  protected readonly cloning = notCloneable('a loss', 'send its getConfig() for fromConfig');
  readonly name: string;
  readonly reduction: (typeof REDUCTIONS)[number];
  readonly dtype: FloatDtype;

  /** A subclass names its `own` options, which it checks itself, and its default name. */
  constructor(options: LossOptions<R> = {}, own: readonly string[] = [], name: string = toSnakeCase(new.target.name)) {
    checkOptions(options, ['reduction', 'name', 'dtype', ...ownNames(own, new.target.name)], new.target.name);
    this.reduction = checkReduction(options.reduction);
    this.name = checkName(options.name ?? name);
    this.dtype = checkFloatDtype(options.dtype);
  }

  /** The value of each sample, neither weighted nor reduced. */
  call(yTrue: Tensor<FloatArray>, yPred: Tensor<FloatArray>): TensorLike {
    return this.#valueAndGradientOf(yTrue, yPred).value;
  }

  /** The values of `call`, and the derivative of their sum by `yPred`; a value depends on its own sample alone. */
  valueAndGradientOf(_yTrue: Tensor<FloatArray>, _yPred: Tensor<FloatArray>): ValueAndGradient {
    throw unsupported(
      'loss',
      'a loss with a gradient',
      this,
      'Give it `valueAndGradientOf`; `compute` alone needs no more than `call`.',
    );
  }

  /**
   * The loss: a number, or a tensor where the reduction is 'none'. A batch without samples returns an empty tensor.
   *
   * Errors: `ERR_INVALID_ARG` for anything but numbers, `ERR_SHAPE_MISMATCH` for shapes that do not fit,
   * `ERR_OUT_OF_RANGE` for class indices that do not exist.
   */
  compute(yTrue: TensorLike, yPred: TensorLike, options: WeightOptions = {}): LossValue<R> {
    return this[evaluateAs](this.dtype, yTrue, yPred, options, false).value as LossValue<R>;
  }

  /** d(loss)/d(yPred), shaped as `yPred`; where the reduction is 'none', of the sum. Errors: as `compute`. */
  gradient<P extends TensorLike>(
    yTrue: TensorLike,
    yPred: P,
    options: WeightOptions = {},
  ): Tensor<TypedArray, ShapeOf<P>> {
    return this.valueAndGradient(yTrue, yPred, options).gradient;
  }

  /**
   * Loss and gradient in one pass. With `out: { gradient }` the gradient is written there, and no memory is asked for.
   * Errors: as `compute`; `ERR_SHAPE_MISMATCH` and `ERR_INVALID_ARG` for an `out` that cannot take it.
   *
   * @example
   * ```ts
   * const gradient = new Float32Array(2);
   * new MeanSquaredError().valueAndGradient([1, 2], [2, 4], { out: { gradient } }).value; // 2.5
   * [...gradient]; // [1, 2]
   * ```
   */
  valueAndGradient<P extends TensorLike>(
    yTrue: TensorLike,
    yPred: P,
    options: WeightOptions & { readonly out?: LossOut | undefined } = {},
  ): { readonly value: LossValue<R>; readonly gradient: Tensor<TypedArray, ShapeOf<P>> } {
    checkOptions(options, ['sampleWeight', 'mask', 'out'], `${this.constructor.name}.valueAndGradient`);
    const { out = null, ...weights } = options;
    const { value, gradient } = this[evaluateAs](this.dtype, yTrue, yPred, weights, true, out);
    return { value: value as LossValue<R>, gradient: gradient as Tensor<TypedArray, ShapeOf<P>> };
  }

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return { name: this.name, reduction: this.reduction };
  }

  /** One with the options of a config, as `getConfig` returns it. */
  static fromConfig<T extends AnyLoss>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  /** @internal */
  [evaluateAs](
    dtype: FloatDtype,
    yTrue: TensorLike,
    yPred: TensorLike,
    weights: WeightOptions,
    gradient: boolean,
    out: LossOut | null = null,
  ): Evaluation {
    checkOptions(weights, ['sampleWeight', 'mask'], `${this.constructor.name}.compute`);
    const [targets, predictions] = [toFloats(yTrue, dtype, 'yTrue'), toFloats(yPred, dtype, 'yPred')];
    const read = { yTrue: targets, yPred: predictions, ...weights };
    const own = out === null ? null : gradientOut(out, predictions.data.length, dtype, read);
    const result = this.evaluate({
      yTrue: targets,
      yPred: predictions,
      dtype,
      weights,
      reduction: this.reduction === 'mean' ? 'sum_over_batch_size' : this.reduction,
      gradient,
      out: own,
    });
    if (own === null || result.gradient === null) return result;
    if (result.gradient.data !== own) own.set(result.gradient.data as FloatArray);
    return { value: result.value, gradient: new Tensor(own, predictions.shape) };
  }

  #valueAndGradientOf(yTrue: Tensor<FloatArray>, yPred: Tensor<FloatArray>): ValueAndGradient {
    const both: unknown = this.valueAndGradientOf(yTrue, yPred);
    if (typeof both === 'object' && both !== null) return both as ValueAndGradient;
    throw invalidArgument(methodOf(this, 'valueAndGradientOf'), '{ value, gradient }', both);
  }

  /** @internal */
  protected evaluate({ yTrue, yPred, dtype, weights, reduction, gradient }: EvaluationCall): Evaluation {
    const [targets, predictions] = [new Tensor(yTrue.data, yTrue.shape), new Tensor(yPred.data, yPred.shape)];
    const both = gradient ? this.#valueAndGradientOf(targets, predictions) : null;
    const values = toFloats(both?.value ?? this.call(targets, predictions), dtype, 'the value of the loss');
    const weighting = weigh(values.shape, weights, dtype);
    const factors = reductionFactors(weighting, reduction, dtype);
    const value = reduceValues(values.data, weighting, reduction, factors);
    if (both === null) return { value, gradient: null };
    const unscaled = toFloats(both.gradient, dtype, 'the gradient of the loss');
    if (!sameShape(unscaled.shape, yPred.shape)) {
      throw shapeMismatch('gradient', `the shape of yPred, [${yPred.shape.join(', ')}],`, unscaled.shape);
    }
    const own = spreadFactors(sumTo(factors, weighting.shape, weighting.aligned), values.shape, yPred.shape);
    return {
      value,
      gradient: new Tensor(
        unscaled.data.map((derivative, i) => derivative * elementAt(own, i)),
        yPred.shape,
      ),
    };
  }
}

function checkReduction(reduction: unknown): (typeof REDUCTIONS)[number] {
  return checkOneOf(reduction === null ? 'none' : (reduction ?? 'sum_over_batch_size'), 'reduction', REDUCTIONS);
}

/** What each value is multiplied by in the reduced loss; the rules for weights, masks and divisors are native code's. */
export function reductionFactors(weighting: Weighting, reduction: Reduction, dtype: FloatDtype): FloatArray {
  const { shape, weights, mask, weightRepeat } = weighting;
  return native.reductionFactors({
    reduction: reductionOf(reduction, shape),
    float64: dtype === 'float64',
    rows: sizeOf(shape),
    weights,
    mask,
    weightRepeat,
  });
}

/** Values of the shape `weighting.aligned`, reduced. */
export function reduceValues(
  values: FloatArray,
  { aligned, shape }: Weighting,
  reduction: Reduction,
  factors: FloatArray,
): number | Tensor {
  const dtype = floatDtypeOf(factors);
  if (factors.length === 0) return emptyValue(shape, reduction, dtype);
  const terms = tileTo(values, aligned, shape).map((value, i) => value * elementAt(factors, i));
  if (reduction === 'none') return new Tensor(terms, shape);
  let sum = 0;
  for (const term of terms) sum += term;
  return dtype === 'float32' ? Math.fround(sum) : sum;
}

/** The factor of each value for each of the predictions that it came from. */
function spreadFactors(factors: FloatArray, values: Shape, predictions: Shape): FloatArray {
  const padded = [...values, ...Array.from({ length: predictions.length - values.length }, () => 1)];
  const full = broadcastShape(padded, predictions);
  if (full === null || !sameShape(full, predictions)) {
    throw shapeMismatch('value', `the leading axes of yPred, which is of ${showShape(predictions)},`, values);
  }
  return tileTo(factors, padded, predictions);
}

/** A batch without samples has nothing to reduce: Keras returns its empty values. */
export function emptyValue(shape: Shape, reduction: Reduction, dtype: FloatDtype): number | Tensor {
  const unreduced = reduction === 'none' || shape.length === 1;
  return unreduced ? new Tensor(floatsOfSize(0, dtype), shape) : 0;
}
