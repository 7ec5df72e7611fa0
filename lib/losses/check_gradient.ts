import { checkNumber, checkOptions, elementAt } from '../check';
import { invalidArgument, outOfRange } from '../errors';
import type { WeightOptions } from '../samples/weighting';
import { floatsOfSize, type Shape, Tensor, type TensorLike, toFloats } from '../tensor';
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
 * The default steps: differences lose digits to rounding where steps are small, and to curvature where they are large.
 */
const STEPS = { float64: 1e-6, float32: 1e-2 };

/** Less than floats tell apart, and far more than doubles do. */
const NUDGE = 2 ** -30;

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
  const difference = new Difference(checkedLoss(loss), yTrue, weights);
  const { data, shape } = toFloats(yPred, 'float64', 'yPred');
  difference.choose(new Tensor(data, shape), step === undefined ? null : checkStep(step));
  const gradient = difference.gradientAt(new Tensor(data, shape));
  const numeric = floatsOfSize(data.length, 'float64');
  for (let i = 0; i < data.length; i++) numeric[i] = difference.along(new Tensor(data.slice(), shape), i);
  return { ...largestError(gradient, numeric), gradient, numeric: new Tensor(numeric, shape) };
}

class Difference {
  #step = STEPS.float64;
  #round = (value: number): number => value;

  constructor(
    private readonly loss: AnyLoss,
    private readonly yTrue: TensorLike,
    private readonly weights: WeightOptions,
  ) {}

  /** The step that was asked for, or one for the precision of the loss, which then moves between floats. */
  choose({ data, shape }: Tensor, step: number | null): void {
    const isSingle = this.#roundsToFloats(Array.from(data, Number), shape);
    this.#step = step ?? (isSingle ? STEPS.float32 : STEPS.float64);
    if (isSingle) this.#round = Math.fround;
  }

  #roundsToFloats(predictions: readonly number[], shape: Shape): boolean {
    if (this.loss instanceof NativeLoss) return false;
    const { data, shape: trueShape } = toFloats(this.yTrue, 'float64', 'yTrue');
    const at = (values: readonly number[]): number[] => {
      const yPred = new Tensor(Float64Array.from(values), shape);
      const { value } = this.loss.valueAndGradientOf(new Tensor(data, trueShape) as never, yPred as never);
      return Array.from(toFloats(value, 'float64', 'the value of the loss').data);
    };
    const floats = predictions.map(Math.fround);
    const values = at(floats);
    // Not all alike: some losses know of ratios or differences alone.
    const nudged = at(floats.map((value, i) => value + ((i % 3) - 1.5) * NUDGE * Math.max(Math.abs(value), 0.1)));
    const isFloat = (value: number): boolean => Object.is(Math.fround(value), value);
    return values.every((value, i) => value === nudged[i]) || [...values, ...nudged].every(isFloat);
  }

  gradientAt(yPred: Tensor): Tensor {
    return this.loss[evaluateAs]('float64', this.yTrue, yPred, this.weights, true).gradient as Tensor;
  }

  /** The numerical derivative by one of the predictions, which are changed meanwhile. */
  along(yPred: Tensor, index: number): number {
    const { data } = yPred;
    const middle = Number(data[index]);
    const step = this.#step * Math.max(Math.abs(middle), 0.1);
    const [high, low] = [this.#round(middle + step), this.#round(middle - step)];
    data[index] = high;
    const above = this.#values(yPred);
    data[index] = low;
    const below = this.#values(yPred);
    // One by one: values that did not change cancel exactly.
    const change = above.reduce((sum, value, i) => sum + (value - elementAt(below, i)), 0);
    return change / (high - low);
  }

  #values(yPred: Tensor): number[] {
    const { value } = this.loss[evaluateAs]('float64', this.yTrue, yPred, this.weights, false);
    return typeof value === 'number' ? [value] : Array.from(value.data, Number);
  }
}

function largestError(
  gradient: Tensor,
  numeric: ArrayLike<number>,
): { readonly maxError: number; readonly index: number } {
  let [maxError, index] = [0, -1];
  for (let i = 0; i < numeric.length; i++) {
    const wanted = elementAt(numeric, i);
    const error = Math.abs(Number(gradient.data[i]) - wanted) / Math.max(1, Math.abs(wanted));
    if (Number.isNaN(error)) return { maxError: error, index: i };
    if (error >= maxError) [maxError, index] = [error, i];
  }
  return { maxError, index };
}

function checkedLoss(identifier: LossIdentifier): AnyLoss {
  const loss = instanceOf(identifier);
  if (loss === null) throw invalidArgument('loss', 'a loss', identifier);
  return loss;
}

function checkStep(step: unknown): number {
  const checked = checkNumber(step, 'step');
  if (checked <= 0) throw outOfRange('step', 'a number above 0', checked);
  return checked;
}
