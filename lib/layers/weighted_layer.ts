import type { Tensor, TensorLike } from '../tensor';
import { makeWeight, type WeightOptions } from './add_weight';
import type { BatchShape } from './batch_shape';
import type { ForwardInfo, LayerGradients } from './custom_layer';
import { atomically, type Variable, writeVariables } from './variable';

/** The weights of a layer, and what a class of the caller's own computes with them. */
export abstract class WeightedLayer {
  abstract readonly name: string;
  abstract get variables(): readonly Variable[];
  /** As `addWeight` declared them. */
  #declared: readonly Variable[] = [];

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
   * Declares a weight of a class of your own, in its `build`.
   *
   * Defaults: `initializer` 'glorot_uniform', `trainable` true, no regularizer, no constraint. Errors: `ERR_INVALID_ARG`.
   */
  addWeight(options: WeightOptions): Variable {
    const variable = makeWeight(options, this.#declared.length);
    this.#declared = [...this.#declared, variable];
    return variable;
  }

  /** @internal The variables in the order of `addWeight`. */
  get declared(): readonly Variable[] {
    return this.#declared;
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
