import { checkBoolean, checkInteger } from '../../check';
import type { Constraint, ConstraintIdentifier } from '../../constraints';
import * as constraints from '../../constraints';
import type { Config } from '../../identifiers';
import * as initializers from '../../initializers';
import { type Initializer, type InitializerIdentifier, RandomUniform } from '../../initializers';
import type { LayerSpec } from '../../native';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers';
import * as regularizers from '../../regularizers';
import { type Shape, sizeOf, type TensorLike } from '../../tensor';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';
import { maskOf, type Traced, type TracedInput } from '../masks';
import { type AddNode, activityRegularizerOf, penaltySpecs } from '../native_ops';
import { checkValues, Variable } from '../variable';

export interface EmbeddingOptions extends LayerOptions {
  /** How many numbers there are. */
  readonly inputDim: number;
  /** Elements of the vector of each. */
  readonly outputDim: number;
  /** Default: 'uniform' */
  readonly embeddingsInitializer?: InitializerIdentifier | null | undefined;
  /** Default: null */
  readonly embeddingsRegularizer?: RegularizerIdentifier | null | undefined;
  /** A penalty on the outputs, divided by the batch size. Default: null */
  readonly activityRegularizer?: RegularizerIdentifier | null | undefined;
  /** Default: null */
  readonly embeddingsConstraint?: ConstraintIdentifier | null | undefined;
  /** Whether 0 is no number but fills up: later layers, and the loss, leave it out. Default: false */
  readonly maskZero?: boolean | undefined;
  /** The first values of the vectors, instead of the initializer's. Default: null */
  readonly weights?: TensorLike | null | undefined;
}

const OWN = [
  'inputDim',
  'outputDim',
  'embeddingsInitializer',
  'embeddingsRegularizer',
  'activityRegularizer',
  'embeddingsConstraint',
  'maskZero',
  'weights',
] as const;
const OFF = { loraRank: null, loraAlpha: null, quantizationConfig: null };

/**
 * Maps each integer to a vector, which is learned; with `maskZero` the output has a mask that leaves out zeros.
 *
 * Formula: `embeddings[x]`. Shapes: `[batch, ...]` becomes `[batch, ..., outputDim]`, with a mask `[batch, ...]`; a
 * model refuses inputs that are not integers from 0 below `inputDim`, and such a value computed by another layer becomes
 * NaN. Defaults: embeddingsInitializer 'uniform', no regularizers and constraint, maskZero false. Errors:
 * `ERR_OUT_OF_RANGE` for sizes below 1, `ERR_SHAPE_MISMATCH` for weights of another shape. Source:
 * `keras.layers.Embedding`.
 *
 * @example
 * ```ts
 * const words = new Embedding({ inputDim: 3, outputDim: 2, weights: [[0, 0], [1, 2], [3, 4]] });
 * new Sequential([new Input({ shape: [2] }), words]).predictSync([[2, 1]]).toArray(); // [[[3, 4], [1, 2]]]
 * ```
 */
export class Embedding extends Layer {
  readonly inputDim: number;
  readonly outputDim: number;
  readonly embeddingsInitializer: Initializer;
  readonly embeddingsRegularizer: Regularizer | null;
  readonly activityRegularizer: Regularizer | null;
  readonly embeddingsConstraint: Constraint | null;
  readonly maskZero: boolean;
  override readonly supportsMasking: boolean;
  readonly #weights: Float32Array | null;

  constructor(options: EmbeddingOptions) {
    const known = checkLayerOptions(options, OWN, 'Embedding', OFF);
    const inputDim = checkInteger(known.inputDim, 'inputDim', { min: 1 });
    const outputDim = checkInteger(known.outputDim, 'outputDim', { min: 1 });
    super('Embedding', options);
    this.inputDim = inputDim;
    this.outputDim = outputDim;
    this.embeddingsInitializer =
      initializers.get(options.embeddingsInitializer, 'embeddingsInitializer') ?? new RandomUniform();
    this.embeddingsRegularizer = regularizers.get(options.embeddingsRegularizer, 'embeddingsRegularizer');
    this.activityRegularizer = activityRegularizerOf(options.activityRegularizer);
    this.embeddingsConstraint = constraints.get(options.embeddingsConstraint, 'embeddingsConstraint');
    this.maskZero = checkBoolean(options.maskZero ?? false, 'maskZero');
    this.supportsMasking = this.maskZero;
    const { weights = null } = options;
    this.#weights = weights === null ? null : checkValues(weights, [inputDim, outputDim], 'weights', 'embeddings');
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return [...inputShape, this.outputDim];
  }

  protected override createVariables(): readonly Variable[] {
    const initial = this.embeddingsInitializer.initialize([this.inputDim, this.outputDim]);
    const rules = { regularizer: this.embeddingsRegularizer, constraint: this.embeddingsConstraint };
    const embeddings = new Variable('embeddings', initial, rules);
    if (this.#weights !== null) embeddings.write(this.#weights);
    return [embeddings];
  }

  toNative(inputShape: Shape): readonly LayerSpec[] {
    const parameters = { size: sizeOf(inputShape), input_dim: this.inputDim, output_dim: this.outputDim };
    const penalty = penaltySpecs(this.activityRegularizer, this.shapeAfter(inputShape));
    return [{ type: 'embedding', parameters }, ...penalty];
  }

  protected override trace(add: AddNode, [input]: readonly [TracedInput]): Traced {
    const traced = super.trace(add, [input]);
    const { tensor, shape } = input;
    return this.maskZero ? { ...traced, mask: maskOf(add, { tensor, shape: [...shape, 1] }, 0) } : traced;
  }

  protected override ownConfig(): Config {
    return {
      input_dim: this.inputDim,
      output_dim: this.outputDim,
      embeddings_initializer: initializers.serialize(this.embeddingsInitializer),
      embeddings_regularizer: this.embeddingsRegularizer && regularizers.serialize(this.embeddingsRegularizer),
      activity_regularizer: this.activityRegularizer && regularizers.serialize(this.activityRegularizer),
      embeddings_constraint: this.embeddingsConstraint && constraints.serialize(this.embeddingsConstraint),
      mask_zero: this.maskZero,
    };
  }
}
