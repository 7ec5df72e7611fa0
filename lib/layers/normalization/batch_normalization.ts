import { checkBoolean, checkInteger, checkNumber } from '../../check';
import { epsilon as leastDivisor } from '../../epsilon';
import { type Config, optionsFromConfig } from '../../identifiers';
import * as initializers from '../../initializers';
import { type Initializer, type InitializerIdentifier, Ones, Zeros } from '../../initializers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { checkLayerOptions, type Layer } from '../layer';
import type { Traced, TracedInput } from '../masks';
import type { AddNode } from '../native_ops';
import { Variable } from '../variable';
import { CENTER_AND_SCALE, CenterAndScale, type CenterAndScaleOptions, channelsOf } from './center_and_scale';

export interface BatchNormalizationOptions extends CenterAndScaleOptions {
  /** The axis of the channels, counted with the batch; negative values count from the end. Default: -1 */
  readonly axis?: number | undefined;
  /** The momentum of the moving statistics. Default: 0.99 */
  readonly momentum?: number | undefined;
  /** Added to the variance. Default: 0.001 */
  readonly epsilon?: number | undefined;
  /**
   * Whether the batch is that of all processes that train together, as it is for one alone; else each has the statistics of
   * its own rows. No file holds it. Default: true
   */
  readonly synchronized?: boolean | undefined;
  /** Default: 'zeros' */
  readonly movingMeanInitializer?: InitializerIdentifier | null | undefined;
  /** Default: 'ones' */
  readonly movingVarianceInitializer?: InitializerIdentifier | null | undefined;
}

/**
 * Scales each channel to mean 0 and variance 1: over the batch while the model trains, by moving statistics otherwise
 * and where the layer is not `trainable`. Steps that a mask leaves out do not count in the batch's.
 *
 * Formula: `gamma (x - mean) / sqrt(variance + epsilon) + beta`; `moving = moving momentum + batch (1 - momentum)`.
 * Shapes: as the input; gamma, beta, moving_mean and moving_variance have an element for each channel. Defaults: axis
 * -1, momentum 0.99, epsilon 0.001, center and scale. Errors: `ERR_OUT_OF_RANGE` for an axis that is not there. Source:
 * Ioffe and Szegedy, Batch Normalization, 2015; `keras.layers.BatchNormalization`.
 *
 * @example
 * ```ts
 * const layer = new BatchNormalization();
 * layer.build([null, 3]);
 * layer.countParams(); // 12
 * ```
 */
export class BatchNormalization extends CenterAndScale {
  readonly axis: number;
  readonly momentum: number;
  readonly synchronized: boolean;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;

  constructor(options: BatchNormalizationOptions = {}) {
    const own = ['axis', 'momentum', 'epsilon', 'movingMeanInitializer', 'movingVarianceInitializer', 'synchronized'];
    const off = { renorm: false, renormClipping: null, renormMomentum: 0.99 };
    checkLayerOptions(options, [...own, ...CENTER_AND_SCALE], 'BatchNormalization', off);
    super('BatchNormalization', options);
    const { axis = -1 } = options;
    this.axis = checkInteger(axis, 'axis');
    this.momentum = checkNumber(options.momentum ?? 0.99, 'momentum');
    this.synchronized = checkBoolean(options.synchronized ?? true, 'synchronized');
    this.movingMeanInitializer =
      initializers.get(options.movingMeanInitializer, 'movingMeanInitializer') ?? new Zeros();
    this.movingVarianceInitializer =
      initializers.get(options.movingVarianceInitializer, 'movingVarianceInitializer') ?? new Ones();
  }

  /** Keras' default, which files hold, is another. */
  static override fromConfig<T extends Layer>(this: new (options: never) => T, config: Config): T {
    const { synchronized: _, ...options } = optionsFromConfig<Config>(config);
    return new this(options as never);
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    const shape = [channelsOf(this.axis, inputShape).channels];
    return [
      ...this.gammaAndBeta(shape),
      new Variable('moving_mean', this.movingMeanInitializer.initialize(shape), { trainable: false }),
      new Variable('moving_variance', this.movingVarianceInitializer.initialize(shape), { trainable: false }),
    ];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    return [this.#native(inputShape, 0)];
  }

  /** Steps that a mask leaves out do not count in the statistics. */
  protected override trace(add: AddNode, [input]: readonly [TracedInput]): Traced {
    const { tensor, shape, mask } = input;
    if (mask === null) return super.trace(add, [input]);
    return { tensor: add(this.#native(shape, shape.at(-1) ?? 1), [tensor, mask()]), mask };
  }

  #native(inputShape: Shape, maskColumns: number): LayerSpec {
    const { momentum, epsilon, center, scale, synchronized } = this;
    const mask = { mask_columns: maskColumns, mask_epsilon: leastDivisor() };
    const channels = channelsOf(this.axis, inputShape);
    const parameters = { ...channels, ...mask, momentum, epsilon, center, scale, frozen: false, synchronized };
    return { type: 'batch_normalization', parameters };
  }

  protected override ownConfig(): Config {
    return {
      axis: this.axis,
      momentum: this.momentum,
      epsilon: this.epsilon,
      ...this.centerAndScaleConfig(),
      moving_mean_initializer: initializers.serialize(this.movingMeanInitializer),
      moving_variance_initializer: initializers.serialize(this.movingVarianceInitializer),
      synchronized: false,
    };
  }
}
