import { checkBoolean } from '../check';
import { invalidUse, unsupported } from '../errors';
import type { Tensor, TensorLike } from '../tensor';
import { makeWeight, type WeightOptions } from './add_weight';
import type { BatchShape } from './batch_shape';
import type { ForwardInfo, LayerGradients } from './custom_layer';
import { atomically, type Variable, writeVariables } from './variable';

/** The weights of a layer, and what a custom class computes with them. */
export abstract class WeightedLayer {
  abstract readonly name: string;
  abstract get variables(): readonly Variable[];
  abstract get built(): boolean;
  /** @internal Whether its `forward` runs on the JavaScript thread. */
  abstract get runsHere(): boolean;
  /** As `addWeight` declared them. */
  #declared: readonly Variable[] = [];
  #trainable: boolean;

  constructor(trainable: boolean | undefined) {
    this.#trainable = checkBoolean(trainable ?? true, 'trainable');
  }

  /**
   * For a class of your own that computes itself, on the JavaScript thread: the output, of the shape that
   * `computeOutputShape` tells. `weights` has the order of `addWeight`; with several inputs `x` is a list.
   */
  forward?(x: Tensor<Float32Array>, weights: readonly Tensor<Float32Array>[], info: ForwardInfo): TensorLike;

  /** The gradients by the input and by the weights, from `gradient`, that by the output; without it nothing trains. */
  backward?(
    x: Tensor<Float32Array>,
    gradient: Tensor<Float32Array>,
    weights: readonly Tensor<Float32Array>[],
  ): LayerGradients;

  /** The shape of what `forward` returns, with the batch as null. Default: that of the input */
  computeOutputShape?(inputShape: BatchShape): BatchShape;

  /**
   * Declares a weight of a class of your own with `forward`, in its constructor or in `build`.
   *
   * Defaults: `initializer` 'glorot_uniform', `trainable` true, no regularizer, no constraint. Errors: `ERR_INVALID_ARG`, and
   * once the layer is built; `ERR_UNSUPPORTED` for a layer without `forward`, in which nothing could read the weight.
   */
  addWeight(options: WeightOptions = {}): Variable {
    if (!this.runsHere) {
      const fix = 'Give the weight to a layer with `forward` and `backward`, and apply that.';
      throw unsupported('addWeight', `a layer that computes by \`forward\` (\`${this.name}\`)`, this, fix);
    }
    if (this.built) {
      const where = 'in the constructor or in `build`';
      throw invalidUse(`Expected \`addWeight\` ${where}, received a call on \`${this.name}\`, which is built.`);
    }
    const variable = makeWeight(options, this.#declared.length);
    this.#declared = [...this.#declared, variable];
    return variable;
  }

  /** @internal The variables in the order of `addWeight`. */
  get declared(): readonly Variable[] {
    return this.#declared;
  }

  /** @internal Back to those that there were before some were declared in vain. */
  protected declareOnly(variables: readonly Variable[]): void {
    this.#declared = variables;
  }

  /** Whether training changes its variables; a change holds from the next `compile` on. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(trainable: boolean) {
    this.#trainable = checkBoolean(trainable, 'trainable');
  }

  /** Numbers in its weights, each counted once. */
  countParams(): number {
    return this.variables.reduce((sum, variable) => sum + variable.size, 0);
  }

  /** Copies of all weights, in the order of `variables`: those of one moment, also while a model trains. */
  getWeights(): Tensor<Float32Array>[] {
    const { variables } = this;
    return atomically(variables, () => variables.map((variable) => variable.value));
  }

  /** Errors: `ERR_INVALID_ARG` for another number of arrays, `ERR_SHAPE_MISMATCH` for other shapes. */
  setWeights(weights: readonly TensorLike[]): void {
    writeVariables(this.variables, weights, `the layer \`${this.name}\``);
  }
}
