import { type Axes, checkAxes } from '../../axes';
import { checkInteger, checkNumber } from '../../check';
import { invalidArgument, shapeMismatch } from '../../errors';
import type { Config } from '../../identifiers';
import { Ones } from '../../initializers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { alongAxes, sampleAxes, weightShape } from '../sample_axes';
import { Variable } from '../variable';
import { CENTER_AND_SCALE, CenterAndScale, type CenterAndScaleOptions, channelsOf } from './center_and_scale';

export interface LayerNormalizationOptions extends CenterAndScaleOptions {
  /** Over which each sample is normalized. Default: -1 */
  readonly axis?: Axes | undefined;
  /** Added to the variance. Default: 0.001 */
  readonly epsilon?: number | undefined;
}

/**
 * Scales each sample to mean 0 and variance 1 along some axes.
 *
 * Formula: `gamma (x - mean) / sqrt(variance + epsilon) + beta`. Shapes: as the input; gamma and beta have those of the
 * axes. Defaults: axis -1, epsilon 0.001, center and scale. Errors: `ERR_OUT_OF_RANGE` for an axis that is not there.
 * Source: Ba et al., Layer Normalization, 2016; `keras.layers.LayerNormalization`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new LayerNormalization()]).predictSync([[-1, 1]]).toArray(); // [[-0.9995, 0.9995]]
 * ```
 */
export class LayerNormalization extends CenterAndScale {
  readonly axis: Axes;

  constructor(options: LayerNormalizationOptions = {}) {
    const known = checkLayerOptions(options, ['axis', 'epsilon', ...CENTER_AND_SCALE], 'LayerNormalization', {
      rmsScaling: false,
    });
    const { axis: given = -1 } = known;
    const axis = checkAxes(given);
    super('LayerNormalization', options);
    this.axis = axis;
  }

  protected override shapeAfter(inputShape: Shape): Shape {
    sampleAxes(this.axis, inputShape);
    return inputShape;
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    return this.gammaAndBeta(weightShape(this.axis, inputShape));
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const { epsilon, center, scale, axis } = this;
    const parameters = {
      ...alongAxes(axis, inputShape),
      weights: weightShape(axis, inputShape),
      epsilon,
      center,
      scale,
    };
    return [{ type: 'layer_normalization', parameters }];
  }

  protected override ownConfig(): Config {
    return { axis: this.axis, epsilon: this.epsilon, ...this.centerAndScaleConfig() };
  }
}

export interface GroupNormalizationOptions extends CenterAndScaleOptions {
  /** The number of groups of channels; -1 makes each channel a group. Default: 32 */
  readonly groups?: number | undefined;
  /** The axis of the channels, counted with the batch; negative values count from the end. Default: -1 */
  readonly axis?: number | undefined;
  /** Added to the variance. Default: 0.001 */
  readonly epsilon?: number | undefined;
}

/**
 * Scales each group of a sample's channels to mean 0 and variance 1.
 *
 * Formula: `gamma (x - mean) / sqrt(variance + epsilon) + beta`. Shapes: as the input; gamma and beta have an element
 * for each channel. Defaults: groups 32, axis -1, epsilon 0.001, center and scale. Errors: `ERR_SHAPE_MISMATCH` where
 * the groups do not divide the channels. Source: Wu and He, Group Normalization, 2018;
 * `keras.layers.GroupNormalization`.
 *
 * @example
 * ```ts
 * const layer = new GroupNormalization({ groups: 1 });
 * new Sequential([new Input({ shape: [2] }), layer]).predictSync([[-1, 1]]).toArray(); // [[-0.9995, 0.9995]]
 * ```
 */
export class GroupNormalization extends CenterAndScale {
  readonly groups: number;
  readonly axis: number;

  constructor(options: GroupNormalizationOptions = {}) {
    checkLayerOptions(options, ['groups', 'axis', 'epsilon', ...CENTER_AND_SCALE], 'GroupNormalization');
    super('GroupNormalization', options);
    this.groups = checkInteger(options.groups ?? 32, 'groups', { min: -1 });
    if (this.groups === 0) throw invalidArgument('groups', 'a number of groups, or -1', 0);
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  protected override shapeAfter(inputShape: Shape): Shape {
    const { channels } = channelsOf(this.axis, inputShape);
    if (this.groups !== -1 && channels % this.groups !== 0) {
      throw shapeMismatch('inputs', `channels in ${this.groups} groups of the same size`, inputShape);
    }
    return inputShape;
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    return this.gammaAndBeta([channelsOf(this.axis, inputShape).channels]);
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const { epsilon, center, scale } = this;
    const split = channelsOf(this.axis, inputShape);
    const groups = this.groups === -1 ? split.channels : this.groups;
    return [{ type: 'group_normalization', parameters: { ...split, groups, epsilon, center, scale } }];
  }

  protected override ownConfig(): Config {
    return { groups: this.groups, axis: this.axis, epsilon: this.epsilon, ...this.centerAndScaleConfig() };
  }
}

/**
 * Divides each sample by its root mean square along some axes.
 *
 * Formula: `scale x / sqrt(mean(x^2) + epsilon)`. Shapes: as the input; `scale` has that of the axes. Defaults: axis
 * -1, epsilon 1e-6. Errors: `ERR_OUT_OF_RANGE` for an axis that is not there. Source: Zhang and Sennrich, Root Mean
 * Square Layer Normalization, 2019; `keras.layers.RMSNormalization`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new RMSNormalization()]).predictSync([[-2, 2]]).toArray(); // [[-1, 1]]
 * ```
 */
export class RMSNormalization extends Layer {
  readonly axis: Axes;
  readonly epsilon: number;

  constructor(
    options: LayerOptions & {
      /** The axes that are normalized together; not the batch. Default: -1 */
      readonly axis?: Axes | undefined;
      /** Added to the mean square. Default: 1e-6 */
      readonly epsilon?: number | undefined;
    } = {},
  ) {
    const known = checkLayerOptions(options, ['axis', 'epsilon'], 'RMSNormalization');
    const { axis: given = -1 } = known;
    const axis = checkAxes(given);
    super('RMSNormalization', options);
    this.axis = axis;
    this.epsilon = checkNumber(options.epsilon ?? 1e-6, 'epsilon', { min: 0 });
  }

  protected shapeAfter(inputShape: Shape): Shape {
    sampleAxes(this.axis, inputShape);
    return inputShape;
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    return [new Variable('scale', new Ones().initialize(weightShape(this.axis, inputShape)))];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const weights = weightShape(this.axis, inputShape);
    const parameters = { ...alongAxes(this.axis, inputShape), weights, epsilon: this.epsilon };
    return [{ type: 'rms_normalization', parameters }];
  }

  protected override ownConfig(): Config {
    return { axis: this.axis, epsilon: this.epsilon };
  }
}

/**
 * Scales each sample to length 1 along some axes.
 *
 * Formula: `x / sqrt(max(sum(x^2), 1e-12))`. Shapes: as the input. Defaults: axis -1. Errors: `ERR_OUT_OF_RANGE` for an
 * axis that is not there. Source: `keras.layers.UnitNormalization`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [2] }), new UnitNormalization()]).predictSync([[3, 4]]).toArray(); // [[0.6, 0.8]]
 * ```
 */
export class UnitNormalization extends Layer {
  override readonly supportsMasking = true;
  readonly axis: Axes;

  constructor(
    options: LayerOptions & {
      /** The axes whose norm becomes 1; not the batch. Default: -1 */
      readonly axis?: Axes | undefined;
    } = {},
  ) {
    const known = checkLayerOptions(options, ['axis'], 'UnitNormalization');
    const { axis: given = -1 } = known;
    const axis = checkAxes(given);
    super('UnitNormalization', options);
    this.axis = axis;
  }

  protected shapeAfter(inputShape: Shape): Shape {
    sampleAxes(this.axis, inputShape);
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    return [{ type: 'unit_normalization', parameters: { ...alongAxes(this.axis, inputShape), epsilon: 1e-12 } }];
  }

  protected override ownConfig(): Config {
    return { axis: this.axis };
  }
}
