import type { ActivationIdentifier } from '../activations';
import { type LayerActivation, resolveActivation } from '../activations/registry';
import { checkBoolean, checkInteger, checkOptions, checkUnsupported } from '../check';
import { GemsbokError } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import * as initializers from '../initializers';
import { GlorotUniform, type Initializer, type InitializerIdentifier, Zeros } from '../initializers';
import type { LayerSpec } from '../native';
import { type Shape, sizeOf } from '../tensor';
import { baseConfig, LAYER_OPTIONS } from './config';
import { Layer, type LayerOptions } from './layer';
import { Variable } from './variable';

export interface DenseOptions extends LayerOptions {
  /** Outputs of a row. */
  readonly units: number;
  /** Default: null, none */
  readonly activation?: ActivationIdentifier | null | undefined;
  /** Default: true */
  readonly useBias?: boolean | undefined;
  /** Default: 'glorot_uniform' */
  readonly kernelInitializer?: InitializerIdentifier | null | undefined;
  /** Default: 'zeros' */
  readonly biasInitializer?: InitializerIdentifier | null | undefined;
}

/** What Keras' layer has beyond that, with the value that switches it off. */
const OFF = {
  trainable: true,
  dtype: 'float32',
  kernelRegularizer: null,
  biasRegularizer: null,
  activityRegularizer: null,
  kernelConstraint: null,
  biasConstraint: null,
  loraRank: null,
  loraAlpha: null,
  quantizationConfig: null,
} as const;
const OWN = ['units', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer'] as const;

/**
 * Connects each input with each output.
 *
 * Formula: `activation(x kernel + bias)`, over the last axis. Shapes: `[batch, ..., inputs]` becomes
 * `[batch, ..., units]`; `kernel` is `[inputs, units]`, `bias` `[units]`. Defaults: no activation, a bias,
 * `kernelInitializer` 'glorot_uniform', `biasInitializer` 'zeros'. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE` for
 * options that make no sense, `ERR_UNSUPPORTED` for regularizers, constraints and functions of one's own. Source:
 * `keras.layers.Dense`.
 *
 * @example
 * ```ts
 * const layer = new Dense({ units: 10, activation: 'softmax' });
 * layer.build([null, 84]);
 * layer.countParams(); // 850
 * ```
 */
export class Dense extends Layer {
  readonly units: number;
  readonly useBias: boolean;
  readonly activation: LayerActivation;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;

  constructor(options: DenseOptions) {
    const known = checkOptions(options, [...LAYER_OPTIONS, ...OWN, ...Object.keys(OFF)], 'Dense');
    checkUnsupported(known, OFF, 'Dense');
    const units = checkInteger(known.units, 'units', { min: 1 });
    super('Dense', options.name);
    this.units = units;
    this.activation = resolveActivation(options.activation);
    this.useBias = checkBoolean(options.useBias ?? true, 'useBias');
    this.kernelInitializer = initializers.get(options.kernelInitializer) ?? new GlorotUniform();
    this.biasInitializer = initializers.get(options.biasInitializer) ?? new Zeros();
  }

  static fromConfig(config: Config): Dense {
    return new Dense(optionsFromConfig(config));
  }

  protected shapeAfter(inputShape: Shape): Shape {
    if (inputShape.length === 0) {
      throw new GemsbokError(
        'ERR_SHAPE_MISMATCH',
        `Expected inputs of shape [batch, ..., inputs] for the layer \`${this.name}\`, received [batch]. ` +
          'Give every sample a row of its own: [[1], [2]].',
      );
    }
    return [...inputShape.slice(0, -1), this.units];
  }

  protected override createVariables(inputShape: Shape): readonly Variable[] {
    const kernel = new Variable('kernel', this.kernelInitializer.initialize([lastOf(inputShape), this.units]));
    return this.useBias ? [kernel, new Variable('bias', this.biasInitializer.initialize([this.units]))] : [kernel];
  }

  toNative(): LayerSpec {
    const inputShape = (this.inputShape?.slice(1) ?? []) as Shape;
    return {
      type: 'dense',
      parameters: {
        rows_per_sample: sizeOf(inputShape.slice(0, -1)),
        in_dim: lastOf(inputShape),
        units: this.units,
        use_bias: this.useBias,
      },
      activation: this.activation.spec,
    };
  }

  getConfig(): Config {
    return {
      ...baseConfig(this.name),
      units: this.units,
      activation: this.activation.config,
      use_bias: this.useBias,
      kernel_initializer: initializers.serialize(this.kernelInitializer),
      bias_initializer: initializers.serialize(this.biasInitializer),
      kernel_regularizer: null,
      bias_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
      quantization_config: null,
    };
  }
}

function lastOf(shape: Shape): number {
  return shape.at(-1) ?? 1;
}
