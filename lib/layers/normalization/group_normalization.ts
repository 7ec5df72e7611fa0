import { checkInteger } from '../../check';
import { invalidArgument, shapeMismatch } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions } from '../layer';
import type { Variable } from '../variable';
import { CENTER_AND_SCALE, CenterAndScale, type CenterAndScaleOptions, channelsOf } from './center_and_scale';

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
    if (this.groups === 0) throw invalidArgument('groups', 'a number of groups, or -1,', 0);
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
  }

  protected override shapeAfter(inputShape: Shape): Shape {
    const { channels } = channelsOf(this.axis, inputShape);
    if (this.groups !== -1 && channels % this.groups !== 0) {
      throw shapeMismatch('inputs', `channels that make ${this.groups} groups of the same size`, inputShape);
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
