import { checkInteger, checkNumber } from '../check';
import type { Constraint, ConstraintIdentifier } from '../constraints';
import * as constraints from '../constraints';
import type { Config } from '../identifiers';
import * as initializers from '../initializers';
import { type Initializer, type InitializerIdentifier, RandomUniform } from '../initializers';
import type { LayerSpec } from '../native';
import type { Regularizer, RegularizerIdentifier } from '../regularizers';
import * as regularizers from '../regularizers';
import { type Shape, sizeOf } from '../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from './layer';
import { Variable } from './variable';

export interface EmbeddingOptions extends LayerOptions {
  /** How many numbers there are. */
  readonly inputDim: number;
  /** Elements of the vector of each. */
  readonly outputDim: number;
  /** Default: 'uniform' */
  readonly embeddingsInitializer?: InitializerIdentifier | null | undefined;
  /** Default: null */
  readonly embeddingsRegularizer?: RegularizerIdentifier | null | undefined;
  /** Default: null */
  readonly embeddingsConstraint?: ConstraintIdentifier | null | undefined;
}

/**
 * Gives each number a vector, which is learnt.
 *
 * Formula: `embeddings[x]`. Shapes: `[batch, ...]` becomes `[batch, ..., outputDim]`; a number that is not from 0 below
 * `inputDim` gives NaN. Defaults: embeddingsInitializer 'uniform', no regularizer and constraint. Errors:
 * `ERR_OUT_OF_RANGE` for sizes below 1, `ERR_UNSUPPORTED` for `maskZero`. Source: `keras.layers.Embedding`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [4] }), new Embedding({ inputDim: 10, outputDim: 3 })]).outputShape; // [null, 4, 3]
 * ```
 */
export class Embedding extends Layer {
  readonly inputDim: number;
  readonly outputDim: number;
  readonly embeddingsInitializer: Initializer;
  readonly embeddingsRegularizer: Regularizer | null;
  readonly embeddingsConstraint: Constraint | null;

  constructor(options: EmbeddingOptions) {
    const own = ['inputDim', 'outputDim', 'embeddingsInitializer', 'embeddingsRegularizer', 'embeddingsConstraint'];
    const off = {
      maskZero: false,
      activityRegularizer: null,
      weights: null,
      loraRank: null,
      loraAlpha: null,
      quantizationConfig: null,
    };
    const known = checkLayerOptions(options, own, 'Embedding', off);
    const inputDim = checkInteger(known.inputDim, 'inputDim', { min: 1 });
    const outputDim = checkInteger(known.outputDim, 'outputDim', { min: 1 });
    super('Embedding', options);
    this.inputDim = inputDim;
    this.outputDim = outputDim;
    this.embeddingsInitializer = initializers.get(options.embeddingsInitializer) ?? new RandomUniform();
    this.embeddingsRegularizer = regularizers.get(options.embeddingsRegularizer);
    this.embeddingsConstraint = constraints.get(options.embeddingsConstraint);
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return [...inputShape, this.outputDim];
  }

  protected override createVariables(): readonly Variable[] {
    const initial = this.embeddingsInitializer.initialize([this.inputDim, this.outputDim]);
    const rules = { regularizer: this.embeddingsRegularizer, constraint: this.embeddingsConstraint };
    return [new Variable('embeddings', initial, rules)];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const parameters = { size: sizeOf(inputShape), input_dim: this.inputDim, output_dim: this.outputDim };
    return [{ type: 'embedding', parameters }];
  }

  protected override ownConfig(): Config {
    return {
      input_dim: this.inputDim,
      output_dim: this.outputDim,
      embeddings_initializer: initializers.serialize(this.embeddingsInitializer),
      embeddings_regularizer: this.embeddingsRegularizer && regularizers.serialize(this.embeddingsRegularizer),
      activity_regularizer: null,
      embeddings_constraint: this.embeddingsConstraint && constraints.serialize(this.embeddingsConstraint),
      mask_zero: false,
    };
  }
}

/**
 * Sets steps to 0 whose elements all have a certain value. Other than in Keras, later layers and the loss do not know of
 * it.
 *
 * Shapes: `[batch, ..., features]`, unchanged. Defaults: maskValue 0. Errors: `ERR_INVALID_ARG`. Source:
 * `keras.layers.Masking`.
 *
 * @example
 * ```ts
 * const layer = new Masking({ maskValue: -1 });
 * new Sequential([new Input({ shape: [2, 1] }), layer]).predictSync([[[-1], [2]]]).toArray(); // [[[0], [2]]]
 * ```
 */
export class Masking extends Layer {
  readonly maskValue: number;

  constructor(options: LayerOptions & { readonly maskValue?: number | undefined } = {}) {
    checkLayerOptions(options, ['maskValue'], 'Masking');
    super('Masking', options);
    this.maskValue = checkNumber(options.maskValue ?? 0, 'maskValue');
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const features = inputShape.at(-1) ?? 1;
    const parameters = { steps: sizeOf(inputShape) / features, features, mask_value: this.maskValue };
    return [{ type: 'masking', parameters }];
  }

  protected override ownConfig(): Config {
    return { mask_value: this.maskValue };
  }
}
