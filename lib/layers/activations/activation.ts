import type { ActivationIdentifier } from '../../activations';
import { type LayerActivation, resolveActivation } from '../../activations/registry';
import { type Axes, checkAxes } from '../../axes';
import { checkNumber, elementAt } from '../../check';
import { invalidArgument } from '../../errors';
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

export interface ActivationLayerOptions extends LayerOptions {
  /** A name, an activation function, or a custom function. */
  readonly activation: ActivationIdentifier;
}

/**
 * Applies an activation to its inputs, in the same shape.
 *
 * Defaults: none. Errors: `ERR_INVALID_ARG` for none, and for unknown names. Source: `keras.layers.Activation`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new Activation({ activation: 'relu' })]).predictSync([[-1, 2]]).toArray(); // [[0, 2]]
 * ```
 */
export class Activation extends ActivationLayer {
  readonly activation: LayerActivation;

  constructor(options: ActivationLayerOptions) {
    const known = checkLayerOptions(options, ['activation'], 'Activation');
    if (known.activation === undefined) throw invalidArgument('activation', 'an activation', undefined);
    super('Activation', options);
    this.activation = resolveActivation(options.activation);
  }

  protected override resolved(): LayerActivation {
    return this.activation;
  }

  protected override ownConfig(): Config {
    return { activation: this.activation.config };
  }
}

export interface ReLUOptions extends LayerOptions {
  /** Default: null, none */
  readonly maxValue?: number | null | undefined;
  /** Default: 0 */
  readonly negativeSlope?: number | undefined;
  /** Default: 0 */
  readonly threshold?: number | undefined;
}

/**
 * Cuts off what is negative, as a layer: see `activations.relu`.
 *
 * Defaults: maxValue null, negativeSlope 0, threshold 0. Errors: `ERR_OUT_OF_RANGE` for negative values. Source:
 * `keras.layers.ReLU`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new ReLU({ maxValue: 1 })]).predictSync([[-1, 2]]).toArray(); // [[0, 1]]
 * ```
 */
export class ReLU extends ActivationLayer {
  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    checkLayerOptions(options, ['maxValue', 'negativeSlope', 'threshold'], 'ReLU');
    super('ReLU', options);
    const { maxValue = null, negativeSlope = 0, threshold = 0 } = options;
    this.maxValue = maxValue === null ? null : checkNumber(maxValue, 'maxValue', { min: 0 });
    this.negativeSlope = checkNumber(negativeSlope, 'negativeSlope', { min: 0 });
    this.threshold = checkNumber(threshold, 'threshold', { min: 0 });
  }

  protected override resolved(): LayerActivation {
    return resolveActivation({ class_name: 'relu', config: this.ownConfig() });
  }

  protected override ownConfig(): Config {
    return { max_value: this.maxValue, negative_slope: this.negativeSlope, threshold: this.threshold };
  }
}

/**
 * Lets a small part of what is negative pass.
 *
 * Formula: `x` above 0, `negativeSlope x` below. Defaults: negativeSlope 0.3. Errors: `ERR_OUT_OF_RANGE` for a negative
 * slope. Source: `keras.layers.LeakyReLU`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new LeakyReLU()]).predictSync([[-1, 2]]).toArray(); // [[-0.3, 2]]
 * ```
 */
export class LeakyReLU extends ActivationLayer {
  readonly negativeSlope: number;

  constructor(
    options: LayerOptions & {
      /** The slope below 0. Default: 0.3 */
      readonly negativeSlope?: number | undefined;
    } = {},
  ) {
    checkLayerOptions(options, ['negativeSlope'], 'LeakyReLU');
    super('LeakyReLU', options);
    const { negativeSlope = 0.3 } = options;
    this.negativeSlope = checkNumber(negativeSlope, 'negativeSlope', { min: 0 });
  }

  protected override resolved(): LayerActivation {
    return resolveActivation({ class_name: 'leaky_relu', config: this.ownConfig() });
  }

  protected override ownConfig(): Config {
    return { negative_slope: this.negativeSlope };
  }
}

/**
 * The exponential linear unit as a layer: see `activations.elu`.
 *
 * Formula: `x` above 0, `alpha (exp(x) - 1)` below. Defaults: alpha 1. Errors: `ERR_INVALID_ARG`. Source:
 * `keras.layers.ELU`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new ELU()]).predictSync([[-1, 2]]).toArray(); // [[-0.6321, 2]]
 * ```
 */
export class ELU extends ActivationLayer {
  readonly alpha: number;

  constructor(
    options: LayerOptions & {
      /** What large negative inputs approach, negated. Default: 1 */
      readonly alpha?: number | undefined;
    } = {},
  ) {
    checkLayerOptions(options, ['alpha'], 'ELU');
    super('ELU', options);
    this.alpha = checkNumber(options.alpha ?? 1, 'alpha');
  }

  protected override resolved(): LayerActivation {
    return resolveActivation({ class_name: 'elu', config: this.ownConfig() });
  }

  protected override ownConfig(): Config {
    return { alpha: this.alpha };
  }
}

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
