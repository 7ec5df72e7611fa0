import type { ActivationIdentifier } from '../../activations';
import { type LayerActivation, resolveActivation } from '../../activations/registry';
import { checkBoolean, checkInteger } from '../../check';
import type { Constraint, ConstraintIdentifier } from '../../constraints';
import * as constraints from '../../constraints';
import { GemsbokError } from '../../errors';
import type { Config } from '../../identifiers';
import * as initializers from '../../initializers';
import { GlorotUniform, type Initializer, type InitializerIdentifier, Zeros } from '../../initializers';
import type { LayerSpec } from '../../native';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers';
import * as regularizers from '../../regularizers';
import { type Shape, sizeOf } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { activationSpecs, activityRegularizerOf, penaltySpecs } from '../native_ops';
import { Variable } from '../variable';

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
  /** Added to the loss. Default: null */
  readonly kernelRegularizer?: RegularizerIdentifier | null | undefined;
  /** Default: null */
  readonly biasRegularizer?: RegularizerIdentifier | null | undefined;
  /** A penalty on the outputs, divided by the batch size. Default: null */
  readonly activityRegularizer?: RegularizerIdentifier | null | undefined;
  /** Applied after each step. Default: null */
  readonly kernelConstraint?: ConstraintIdentifier | null | undefined;
  /** Default: null */
  readonly biasConstraint?: ConstraintIdentifier | null | undefined;
}

/** What Keras' layer has beyond that, with the value that switches it off. */
const OFF = { loraRank: null, loraAlpha: null, quantizationConfig: null } as const;
const OWN = [
  'units',
  'activation',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'activityRegularizer',
  'kernelConstraint',
  'biasConstraint',
] as const;

/**
 * Connects each input with each output.
 *
 * Formula: `activation(x kernel + bias)`, over the last axis. Shapes: `[batch, ..., inputs]` becomes `[batch, ...,
 * units]`; `kernel` is `[inputs, units]`, `bias` `[units]`. Defaults: no activation, a bias, `kernelInitializer`
 * 'glorot_uniform', `biasInitializer` 'zeros', no regularizers and constraints. Errors: `ERR_INVALID_ARG`,
 * `ERR_OUT_OF_RANGE` for options that make no sense, `ERR_UNSUPPORTED` for a custom activation. Source:
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
  override readonly supportsMasking = true;
  readonly units: number;
  readonly useBias: boolean;
  readonly activation: LayerActivation;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;
  readonly kernelRegularizer: Regularizer | null;
  readonly biasRegularizer: Regularizer | null;
  readonly activityRegularizer: Regularizer | null;
  readonly kernelConstraint: Constraint | null;
  readonly biasConstraint: Constraint | null;

  constructor(options: DenseOptions) {
    const known = checkLayerOptions(options, OWN, 'Dense', OFF);
    const units = checkInteger(known.units, 'units', { min: 1 });
    super('Dense', options);
    this.units = units;
    this.activation = resolveActivation(options.activation);
    this.useBias = checkBoolean(options.useBias ?? true, 'useBias');
    this.kernelInitializer = initializers.get(options.kernelInitializer, 'kernelInitializer') ?? new GlorotUniform();
    this.biasInitializer = initializers.get(options.biasInitializer, 'biasInitializer') ?? new Zeros();
    this.kernelRegularizer = regularizers.get(options.kernelRegularizer, 'kernelRegularizer');
    this.biasRegularizer = regularizers.get(options.biasRegularizer, 'biasRegularizer');
    this.activityRegularizer = activityRegularizerOf(options.activityRegularizer);
    this.kernelConstraint = constraints.get(options.kernelConstraint, 'kernelConstraint');
    this.biasConstraint = constraints.get(options.biasConstraint, 'biasConstraint');
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
    const kernel = new Variable('kernel', this.kernelInitializer.initialize([lastOf(inputShape), this.units]), {
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (!this.useBias) return [kernel];
    const bias = new Variable('bias', this.biasInitializer.initialize([this.units]), {
      regularizer: this.biasRegularizer,
      constraint: this.biasConstraint,
    });
    return [kernel, bias];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const outputShape = this.shapeAfter(inputShape);
    const product: LayerSpec = {
      type: 'dense',
      parameters: {
        rows_per_sample: sizeOf(inputShape.slice(0, -1)),
        in_dim: lastOf(inputShape),
        units: this.units,
        use_bias: this.useBias,
      },
    };
    return [
      product,
      ...activationSpecs(this.activation, outputShape),
      ...penaltySpecs(this.activityRegularizer, outputShape),
    ];
  }

  protected override ownConfig(): Config {
    return {
      units: this.units,
      activation: this.activation.config,
      use_bias: this.useBias,
      kernel_initializer: initializers.serialize(this.kernelInitializer),
      bias_initializer: initializers.serialize(this.biasInitializer),
      kernel_regularizer: this.kernelRegularizer && regularizers.serialize(this.kernelRegularizer),
      bias_regularizer: this.biasRegularizer && regularizers.serialize(this.biasRegularizer),
      ...(this.activityRegularizer && {
        activity_regularizer: regularizers.serialize(this.activityRegularizer),
      }),
      kernel_constraint: this.kernelConstraint && constraints.serialize(this.kernelConstraint),
      bias_constraint: this.biasConstraint && constraints.serialize(this.biasConstraint),
      quantization_config: null,
    };
  }
}

function lastOf(shape: Shape): number {
  return shape.at(-1) ?? 1;
}
