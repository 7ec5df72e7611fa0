import { checkOptions } from '../check';
import { Differences, largestError, roundsToFloats } from '../differences';
import { invalidArgument } from '../errors';
import type { WeightOptions } from '../samples/weighting';
import { type Shape, Tensor, type TensorLike, toFloats } from '../tensor';
import { type AnyLoss, evaluateAs } from './loss';
import { NativeLoss } from './native_loss';
import { instanceOf, type LossIdentifier } from './registry';

export interface CheckGradientOptions extends WeightOptions {
  /**
   * How far each prediction moves both ways, relative to its size (at least 0.1). Default: 1e-6, or 0.01 for a loss
   * that rounds to float32
   */
  readonly step?: number | undefined;
}

/** How far a gradient is from what values tell. */
export interface GradientCheck {
  /** The largest of all `abs(gradient - numeric) / max(1, abs(numeric))`; NaN where one of them is. */
  readonly maxError: number;
  /** Where it is, among the elements of `yPred`; -1 where there are none. */
  readonly index: number;
  /** What the loss says. */
  readonly gradient: Tensor;
  /** What its values say. */
  readonly numeric: Tensor;
}

/**
 * Compares the gradient of a loss with central differences of its values, in float64 whatever type the loss computes
 * in. A loss that rounds to float32 all the same, as one that makes a `Float32Array`, is told by its values: errors of
 * up to about 1e-3 are those of rounding then. Near a kink, such as that of an absolute value at 0, the differences
 * mean nothing.
 *
 * Formula: `(loss(yPred + h) - loss(yPred - h)) / 2 h` for each prediction. Shapes: as the loss takes them. Defaults:
 * step 1e-6, or 0.01. Errors: as `compute`; `ERR_INVALID_ARG` where there is no such loss, `ERR_UNSUPPORTED` for a loss
 * without gradient. Source: the usual test; Keras has none.
 *
 * @example
 * ```ts
 * const half = (yTrue: Tensor, yPred: Tensor) => ({
 *   value: [(Number(yPred.data[0]) - Number(yTrue.data[0])) ** 2 / 2],
 *   gradient: [[Number(yPred.data[0]) - Number(yTrue.data[0])]],
 * });
 * checkGradient(half, [[1]], [[3]]).maxError < 1e-6; // true
 * checkGradient(new Huber(), [[1, 2]], [[3, 2.5]]).maxError < 1e-6; // true
 * ```
 */
export function checkGradient(
  loss: LossIdentifier,
  yTrue: TensorLike,
  yPred: TensorLike,
  options: CheckGradientOptions = {},
): GradientCheck {
  checkOptions(options, ['sampleWeight', 'mask', 'step'], 'checkGradient');
  const { step, ...weights } = options;
  const checked = checkedLoss(loss);
  const { data: given, shape } = toFloats(yPred, 'float64', 'yPred');
  const data = Float64Array.from(given);
  // A loss sees a copy: what it does to its arguments stays with it.
  const values = (at: Float64Array): number[] => valuesOf(checked, yTrue, new Tensor(at.slice(), shape), weights);
  const isSingle =
    !(checked instanceof NativeLoss) && roundsToFloats(data, (at) => plainValues(checked, yTrue, at, shape));
  const differences = new Differences(isSingle, step);
  const gradient = gradientOf(checked, yTrue, new Tensor(data.slice(), shape), weights);
  const numeric = data.map((_, i) => differences.along(data, i, () => values(data)));
  return { ...largestError(gradient.data, numeric), gradient, numeric: new Tensor(numeric, shape) };
}

function gradientOf(loss: AnyLoss, yTrue: TensorLike, yPred: Tensor, weights: WeightOptions): Tensor {
  return loss[evaluateAs]('float64', yTrue, yPred, weights, true).gradient as Tensor;
}

function valuesOf(loss: AnyLoss, yTrue: TensorLike, yPred: Tensor, weights: WeightOptions): number[] {
  const { value } = loss[evaluateAs]('float64', yTrue, yPred, weights, false);
  return typeof value === 'number' ? [value] : Array.from(value.data, Number);
}

/** Before they are reduced. */
function plainValues(loss: AnyLoss, yTrue: TensorLike, yPred: Float64Array, shape: Shape): number[] {
  const { data, shape: trueShape } = toFloats(yTrue, 'float64', 'yTrue');
  const { value } = loss.valueAndGradientOf(new Tensor(data, trueShape) as never, new Tensor(yPred, shape) as never);
  return Array.from(toFloats(value, 'float64', 'the value of the loss').data);
}

function checkedLoss(identifier: LossIdentifier): AnyLoss {
  const loss = instanceOf(identifier);
  if (loss === null) throw invalidArgument('loss', 'a loss', identifier);
  return loss;
}
