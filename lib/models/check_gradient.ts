import { checkOptions } from '../check';
import { Differences, largestError } from '../differences';
import { type Ends, Layer } from '../layers';
import type { LossIdentifier } from '../losses';
import * as losses from '../losses';
import { Tensor, type TensorLike } from '../tensor';
import { probing } from './probes';

/** What is compared by one tensor: an input, or a weight. */
export interface PartCheck extends losses.GradientCheck {
  /** `x`, `x[1]` of several inputs, or the name of the weight. */
  readonly of: string;
}

/** What {@link checkGradient} says of a layer: all of the tensor with the largest error, and of each. */
export interface LayerGradientCheck extends PartCheck {
  /** That of each input and each weight. */
  readonly parts: readonly PartCheck[];
}

/**
 * Compares gradients with central differences of values: those of a loss by its predictions, or those of a layer by its
 * inputs and weights, for a fixed sum of its outputs. Near a kink, such as that of an absolute value at 0, the differences
 * mean nothing.
 *
 * Losses, and layers with `forward` and `backward`, compute in float64 for it. Those that round to float32 all the same, as
 * those that make a `Float32Array`, are told by their values: errors of up to about 1e-3 are those of rounding then. All
 * other layers, composed ones and models too, compute in float32: by the inputs as in inference, by the weights as in
 * training. A layer is built for `x`; its weights stay as they are, as copies of them are moved.
 *
 * Formula: `(f(x + h) - f(x - h)) / 2 h` for each element. Shapes: as the loss or the layer takes them; several inputs are a
 * list. Defaults: step 1e-6, or 0.01 in float32. Errors: as `compute`, or as training; `ERR_INVALID_ARG` where there is no such
 * loss, `ERR_UNSUPPORTED` where there is no gradient. Source: the usual test; Keras has none.
 *
 * @example
 * ```ts
 * const half = (yTrue: Tensor, yPred: Tensor) => ({
 *   value: [(Number(yPred.data[0]) - Number(yTrue.data[0])) ** 2 / 2],
 *   gradient: [[Number(yPred.data[0]) - Number(yTrue.data[0])]],
 * });
 * checkGradient(half, [[1]], [[3]]).maxError < 1e-6; // true
 * checkGradient(new Huber(), [[1, 2]], [[3, 2.5]]).maxError < 1e-6; // true
 * const cube = new Lambda({
 *   forward: (x) => x.data.map((v) => v ** 3),
 *   backward: (x, gradient) => gradient.data.map((g, i) => 3 * x.data[i] ** 2 * g),
 * });
 * checkGradient(cube, [[1, 2]]).maxError < 1e-6; // true
 * checkGradient(new Dense({ units: 2 }), [[1, 2]]).parts.map((part) => part.of); // ['x', 'kernel', 'bias']
 * ```
 */
export function checkGradient(
  loss: LossIdentifier,
  yTrue: TensorLike,
  yPred: TensorLike,
  options?: losses.CheckGradientOptions,
): losses.GradientCheck;
export function checkGradient(
  layer: Layer<Ends>,
  x: TensorLike | readonly TensorLike[],
  options?: { readonly step?: number | undefined },
): LayerGradientCheck;
export function checkGradient(subject: unknown, ...args: readonly unknown[]): losses.GradientCheck {
  if (subject instanceof Layer) return checkLayer(subject as Layer, args[0], args[1] as object);
  return losses.checkGradient(...([subject, ...args] as Parameters<typeof losses.checkGradient>));
}

function checkLayer(layer: Layer, x: unknown, options: { readonly step?: number } = {}): LayerGradientCheck {
  const { step } = checkOptions(options, ['step'], 'checkGradient');
  return probing(layer, x, (probe) => {
    const differences = new Differences(probe.isSingle, step);
    const gradients = probe.gradients();
    const parts = probe.parts.map(({ of, data, shape, values }, p): PartCheck => {
      const numeric = data.map((_, i) => differences.along(data, i, values));
      const gradient = Float64Array.from(gradients[p] as ArrayLike<number>);
      const tensors = { gradient: new Tensor(gradient, shape), numeric: new Tensor(numeric, shape) };
      return { of, ...largestError(gradient, numeric), ...tensors };
    });
    const none = { of: 'x', maxError: 0, index: -1, gradient: EMPTY, numeric: EMPTY };
    const notANumber = parts.find(({ maxError }) => Number.isNaN(maxError));
    const worst = notANumber ?? [...parts].sort((a, b) => b.maxError - a.maxError)[0] ?? none;
    return { ...worst, parts };
  });
}

const EMPTY = new Tensor(new Float64Array(0), [0]);
