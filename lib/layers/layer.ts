import { checkString, toSnakeCase } from '../check';
import { GemsbokError, invalidArgument, outOfRange } from '../errors';
import type { Config } from '../identifiers';
import type { LayerSpec } from '../native';
import { nextName } from '../session';
import type { Shape, Tensor, TensorLike } from '../tensor';
import type { Variable } from './variable';

/** A shape as Keras writes it: the batch comes first and is null. */
export type BatchShape = readonly (number | null)[];

export interface LayerOptions {
  /** Default: the class in snake case, numbered. */
  readonly name?: string | undefined;
}

/** What all layers can do. The concrete ones are {@link Dense}, {@link Flatten} and {@link Input}. */
export abstract class Layer {
  readonly name: string;
  readonly className: string;
  #inputShape: Shape | null = null;
  #outputShape: Shape | null = null;
  #owner: object | null = null;
  #variables: readonly Variable[] = [];

  constructor(className: string, name: string | undefined) {
    this.className = className;
    this.name = name === undefined ? nextName(toSnakeCase(className)) : checkString(name, 'name');
  }

  /** The shape of one sample that comes out for one that goes in; throws where the layer cannot take it. */
  protected abstract shapeAfter(inputShape: Shape): Shape;

  /** The variables for samples of this shape, with their initial values. */
  protected createVariables(_inputShape: Shape): readonly Variable[] {
    return [];
  }

  /** The layer in native terms; null where native code has nothing to do. */
  abstract toNative(): LayerSpec | null;

  /** What `fromConfig` takes, with Keras' names. */
  abstract getConfig(): Config;

  /**
   * Makes the variables for inputs of this shape. A layer that is built already must get the same shape again.
   *
   * Shapes: the batch first, as null: `[null, 784]`. Errors: `ERR_SHAPE_MISMATCH` for a shape that the layer cannot
   * take, `ERR_INVALID_ARG` for what is no shape.
   */
  build(inputShape: BatchShape): void {
    this.buildFor(checkBatchShape(inputShape, 'inputShape'));
  }

  /** As {@link build}, for the shape of one sample. */
  buildFor(inputShape: Shape): Shape {
    const outputShape = this.shapeAfter(inputShape);
    if (this.#inputShape === null) {
      this.#variables = this.createVariables(inputShape);
      this.#inputShape = inputShape;
      this.#outputShape = outputShape;
    } else if (this.#variables.length > 0 && this.#inputShape.join() !== inputShape.join()) {
      const built = `[${batchOf(this.#inputShape)}]`;
      throw new GemsbokError(
        'ERR_SHAPE_MISMATCH',
        `Expected inputs of shape ${built} for the layer \`${this.name}\`, which was built for them, received ` +
          `[${batchOf(inputShape)}]. Make a new layer.`,
      );
    }
    return outputShape;
  }

  get built(): boolean {
    return this.#inputShape !== null;
  }

  /** `[null, 784]`; null before the layer is built. */
  get inputShape(): BatchShape | null {
    return this.#inputShape === null ? null : [null, ...this.#inputShape];
  }

  /** `[null, 84]`; null before the layer is built. */
  get outputShape(): BatchShape | null {
    return this.#outputShape === null ? null : [null, ...this.#outputShape];
  }

  get variables(): readonly Variable[] {
    return this.#variables;
  }

  countParams(): number {
    return this.#variables.reduce((sum, variable) => sum + variable.size, 0);
  }

  getWeights(): Tensor<Float32Array>[] {
    return this.#variables.map((variable) => variable.value);
  }

  /** Errors: `ERR_INVALID_ARG` for another number of arrays, `ERR_SHAPE_MISMATCH` for other shapes. */
  setWeights(weights: readonly TensorLike[]): void {
    writeWeights(this.#variables, weights, `the layer \`${this.name}\``);
  }

  /** A layer's variables lie in one model's arena, so that it can belong to one model only. */
  claim(owner: object): void {
    if (this.#owner !== null && this.#owner !== owner) {
      const fix = 'Make a new layer and copy the weights with `setWeights`.';
      throw invalidArgument('layer', `a layer that belongs to no other model (\`${this.name}\`)`, this, fix);
    }
    this.#owner = owner;
  }

  release(): void {
    this.#owner = null;
  }
}

/** Checks all weights before it writes any. */
export function writeWeights(variables: readonly Variable[], weights: readonly TensorLike[], owner: string): void {
  if (!Array.isArray(weights)) throw invalidArgument('weights', 'an array of arrays', weights);
  if (weights.length !== variables.length) {
    const fix = `They are: ${variables.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')}.`;
    throw invalidArgument('weights', `${variables.length} arrays, one for each variable of ${owner}`, weights, fix);
  }
  const values = variables.map((variable, i) => variable.checked(weights[i] as TensorLike, `weights[${i}]`));
  for (const [i, variable] of variables.entries()) variable.write(values[i] as Float32Array);
}

/** `None, 784` */
export function batchOf(shape: Shape): string {
  return ['None', ...shape].join(', ');
}

/** The shape of one sample: all sizes but the batch's, which must be null. */
export function checkBatchShape(shape: unknown, argument: string): Shape {
  if (!Array.isArray(shape) || shape.length === 0)
    throw invalidArgument(argument, 'an array such as [null, 784]', shape);
  if (shape[0] !== null && shape[0] !== undefined) {
    throw invalidArgument(argument, 'an array that begins with null, the batch', shape[0], 'Any batch size fits.');
  }
  return checkSampleShape(shape.slice(1), argument);
}

/** Sizes of one sample. */
export function checkSampleShape(shape: unknown, argument: string): Shape {
  if (!Array.isArray(shape)) throw invalidArgument(argument, 'an array of integers', shape);
  return Array.from(shape, (size: unknown) => {
    if (typeof size !== 'number' || !Number.isSafeInteger(size)) {
      throw invalidArgument(argument, 'an array of integers: every size must be known', size);
    }
    if (size < 1) throw outOfRange(argument, 'sizes of at least 1', size);
    return size;
  });
}
