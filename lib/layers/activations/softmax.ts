import { type LayerActivation, resolveActivation } from '../../activations/registry';
import { type Axes, checkAxes } from '../../axes';
import { elementAt } from '../../check';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, type LayerOptions } from '../layer';
import { fill, type Traced, type TracedInput } from '../masks';
import { type AddNode, addOps } from '../native_ops';
import { sampleAxes } from '../sample_axes';
import { ActivationLayer } from './activation_layer';

/** The logit of masked steps, as in Keras. */
const HIDDEN = -1e9;

/**
 * Converts logits to probabilities, as a layer: see `activations.softmax`. Masked steps have probability 0, and
 * get 0.
 *
 * Shapes: as the input; what lies along one axis, or along several together, adds up to 1. Defaults: axis -1. Errors:
 * `ERR_OUT_OF_RANGE` for an axis that is not there, or the batch. Source: `keras.layers.Softmax`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new Softmax()]).predictSync([[1, 1]]).toArray(); // [[0.5, 0.5]]
 * ```
 */
export class Softmax extends ActivationLayer {
  readonly axis: Axes;

  constructor(
    options: LayerOptions & {
      /** The axes whose outputs add up to 1; not the batch. Default: -1 */
      readonly axis?: Axes | undefined;
    } = {},
  ) {
    const { axis = -1 } = checkLayerOptions(options, ['axis'], 'Softmax');
    const checked = checkAxes(axis);
    super('Softmax', options);
    this.axis = checked;
  }

  protected override shapeAfter(inputShape: Shape): Shape {
    sampleAxes(this.axis, inputShape);
    return inputShape;
  }

  /** Native rows lie along the last axis: others are moved there, and back. */
  override toNative(inputShape: Shape): readonly LayerSpec[] {
    const axes = sampleAxes(this.axis, inputShape);
    const others = inputShape.map((_, i) => i).filter((i) => !axes.includes(i));
    const order = [...others, ...axes];
    const moved = order.map((i) => elementAt(inputShape, i));
    const rows = super.toNative([...moved.slice(0, others.length), sizeOf(moved.slice(others.length))]);
    if (order.every((axis, i) => axis === i)) return rows;
    const back = inputShape.map((_, i) => order.indexOf(i) + 1);
    return [
      { type: 'permute', parameters: { shape: inputShape, dims: order.map((i) => i + 1) } },
      ...rows,
      { type: 'permute', parameters: { shape: moved, dims: back } },
    ];
  }

  /** Masked steps get probability 0. */
  protected override trace(add: AddNode, [input]: readonly [TracedInput]): Traced {
    const { shape, mask } = input;
    if (mask === null) return super.trace(add, [input]);
    const tensor = addOps(add, this.toNative(shape), [fill(add, input, mask, HIDDEN)]);
    return { tensor: fill(add, { tensor, shape }, mask, 0), mask };
  }

  protected override resolved(): LayerActivation {
    return resolveActivation('softmax');
  }

  protected override ownConfig(): Config {
    return { axis: this.axis };
  }
}
