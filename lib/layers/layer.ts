import { checkBoolean, checkName, checkOptions, checkUnsupported, type OptionsObject, toSnakeCase } from '../check';
import { notCloneable } from '../cloning';
import { asUnknown, GemsbokError, invalidArgument, outOfRange, shapeMismatch } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import { checkLimit } from '../limits';
import type { LayerSpec } from '../native';
import { nextName } from '../session';
import { checkSubclass, type SubclassRule } from '../subclasses';
import type { Shape, Tensor, TensorLike } from '../tensor';
import type { Traced, TracedInput } from './masks';
import { type AddNode, addSteps } from './native_graph';
import { type BatchShape, type SymbolicLike, SymbolicTensor, toSymbolic } from './symbolic';
import { atomically, type Variable } from './variable';

export type { BatchShape } from './symbolic';

export interface LayerOptions {
  /** Default: the class in snake case, numbered. */
  readonly name?: string | null | undefined;
  /** Whether training changes its variables. Default: true */
  readonly trainable?: boolean | undefined;
}

type Inspect = (value: unknown, options: object) => string;

/** The options of every layer. */
export const LAYER_OPTIONS = ['name', 'trainable', 'dtype'] as const;

/** The options of a layer: those of every layer, and its own; `off` are those of Keras that only may be switched off. */
export function checkLayerOptions(
  options: unknown,
  own: readonly string[],
  owner: string,
  off: OptionsObject = {},
): OptionsObject {
  const known = checkOptions(options, [...LAYER_OPTIONS, ...own, ...Object.keys(off)], owner);
  checkUnsupported(known, { dtype: 'float32', ...off }, owner);
  return known;
}

/** An axis of a batch, which may count from the end, as an index into the shape of one sample. */
export function sampleAxis(axis: number, shape: Shape, argument = 'axis'): number {
  const index = axis < 0 ? axis + shape.length : axis - 1;
  if (axis === 0 || index < 0 || index >= shape.length) {
    const error = outOfRange(argument, `an axis of [${batchOf(shape)}] other than that of the batch`, axis);
    throw axis === 0 ? asUnknown(error) : error;
  }
  return index;
}

/** What all layers can do. */
export abstract class Layer {
  protected readonly cloning = notCloneable(
    'a layer',
    'send its getConfig() for fromConfig, with getWeights() for setWeights',
  );
  readonly name: string;
  readonly className: string;
  /** Whether the output has the mask of the input, where that has one. */
  readonly supportsMasking: boolean = false;
  #trainable: boolean;
  #inputShapes: readonly Shape[] | null = null;
  #outputShape: Shape | null = null;
  #owner: object | null = null;
  #variables: readonly Variable[] = [];

  constructor(className: string, options: LayerOptions = {}) {
    checkSubclass(this, SUBCLASSES);
    this.className = className;
    this.name = checkName(options.name ?? nextName(toSnakeCase(className)));
    this.#trainable = checkBoolean(options.trainable ?? true, 'trainable');
  }

  /** The shape of one sample that comes out for those that go in; throws where the layer cannot take them. */
  protected abstract shapeAfter(...inputShapes: readonly Shape[]): Shape;

  /** The variables for samples of these shapes, with their initial values. */
  protected createVariables(..._inputShapes: readonly Shape[]): readonly Variable[] {
    return [];
  }

  /**
   * The layer in native terms, for inputs of these shapes: steps of which each reads the one before; the first reads the
   * layer's inputs and owns its variables. Empty where nothing is to be done.
   */
  abstract toNative(...inputShapes: readonly Shape[]): readonly LayerSpec[];

  /** Puts the layer behind tensors of a native model: the steps of {@link toNative}, and what becomes of masks. */
  trace(add: AddNode, inputs: readonly TracedInput[]): Traced {
    const specs = this.toNative(...inputs.map(({ shape }) => shape));
    const tensor = addSteps(
      add,
      specs,
      inputs.map((input) => input.tensor),
    );
    const mask = inputs.find((input) => input.mask !== null)?.mask ?? null;
    if (this.supportsMasking || mask === null) return { tensor, mask };
    process.emitWarning(`The layer \`${this.name}\` does not hand on masks: layers behind it, and losses, see none.`);
    return { tensor, mask: null };
  }

  /** Its own arguments with Keras' names: what `getConfig` has beside name, trainable and dtype. */
  protected abstract ownConfig(): Config;

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return { name: this.name, trainable: this.#trainable, dtype: dtypePolicy(), ...this.ownConfig() };
  }

  static fromConfig<T extends Layer>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  /** What `console.log` shows: the class and its config. */
  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object, inspect: Inspect): string {
    return `${this.className} ${inspect(this.getConfig(), options)}`;
  }

  /** Whether training changes its variables; a change holds from the next `compile` on. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(trainable: boolean) {
    this.#trainable = checkBoolean(trainable, 'trainable');
  }

  /** How many inputs it takes; null for any number from two. */
  protected get inputCount(): number | null {
    return 1;
  }

  /** Whether Keras calls it with a list of inputs, as it does merges. */
  get takesList(): boolean {
    return this.inputCount !== 1;
  }

  /**
   * The output for symbolic inputs, of which `Model` is made: `Input`s or the outputs of other layers.
   *
   * Errors: `ERR_INVALID_ARG` for what is no such input, `ERR_SHAPE_MISMATCH` for shapes that the layer cannot take.
   */
  apply(inputs: SymbolicLike | readonly SymbolicLike[]): SymbolicTensor {
    const tensors = toSymbolic(inputs, 'inputs');
    const shape = this.buildFor(...tensors.map(({ sampleShape }) => sampleShape));
    return new SymbolicTensor(this, tensors, shape);
  }

  /**
   * Makes the variables for inputs of this shape. A layer that is built already must get the same shape again.
   *
   * Shapes: the batch first, as null: `[null, 784]`. Errors: `ERR_SHAPE_MISMATCH` for a shape that the layer cannot
   * take, `ERR_INVALID_ARG` for what is no shape.
   */
  build(inputShape: BatchShape): void {
    this.buildFor(checkBatchShape(inputShape, 'inputShape'));
  }

  /** As {@link build}, for the shapes of one sample of each input. */
  buildFor(...inputShapes: readonly Shape[]): Shape {
    this.#checkCount(inputShapes.length);
    const outputShape = this.shapeAfter(...inputShapes);
    if (this.#inputShapes === null) {
      this.#variables = this.createVariables(...inputShapes);
      this.#inputShapes = inputShapes;
      this.#outputShape = outputShape;
    } else if (this.#variables.length > 0 && this.#inputShapes.join(';') !== inputShapes.join(';')) {
      throw new GemsbokError(
        'ERR_SHAPE_MISMATCH',
        `Expected inputs of shape ${showBatches(this.#inputShapes)} for the layer \`${this.name}\`, which was built for ` +
          `them, received ${showBatches(inputShapes)}. Make a new layer.`,
      );
    }
    return outputShape;
  }

  get built(): boolean {
    return this.#inputShapes !== null;
  }

  /** `[null, 784]`, of the first input; null before the layer is built. */
  get inputShape(): BatchShape | null {
    const [first] = this.#inputShapes ?? [];
    return first === undefined ? null : [null, ...first];
  }

  /** Of all inputs. */
  get inputShapes(): readonly BatchShape[] | null {
    return this.#inputShapes?.map((shape) => [null, ...shape]) ?? null;
  }

  /** `[null, 84]`; null before the layer is built. */
  get outputShape(): BatchShape | null {
    return this.#outputShape === null ? null : [null, ...this.#outputShape];
  }

  /** Trainable ones first. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  countParams(): number {
    return this.#variables.reduce((sum, variable) => sum + variable.size, 0);
  }

  getWeights(): Tensor<Float32Array>[] {
    return atomically(this.#variables, () => this.#variables.map((variable) => variable.value));
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

  #checkCount(count: number): void {
    const wanted = this.inputCount;
    if (wanted === null ? count >= 2 : count === wanted) return;
    const expected = wanted === null ? 'at least two inputs' : `${wanted} input${wanted === 1 ? '' : 's'}`;
    throw shapeMismatch('inputs', `${expected} of the layer \`${this.name}\``, [count]);
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
  atomically(variables, () => {
    for (const [i, variable] of variables.entries()) variable.write(values[i] as Float32Array);
  });
}

/** The dtype of everything, as Keras writes it. */
export function dtypePolicy(): Config {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };
}

/** `None, 784` */
export function batchOf(shape: Shape): string {
  return ['None', ...shape].join(', ');
}

function showBatches(shapes: readonly Shape[]): string {
  return shapes.map((shape) => `[${batchOf(shape)}]`).join(', ');
}

/** The shape of one sample: all sizes but the batch's, which must be null. */
export function checkBatchShape(shape: unknown, argument: string): Shape {
  if (!Array.isArray(shape) || shape.length === 0)
    throw invalidArgument(argument, 'an array such as [null, 784]', shape);
  if (shape[0] !== null && shape[0] !== undefined) {
    throw invalidArgument(argument, 'an array that begins with null, the batch', shape[0], 'Any batch size fits.');
  }
  const [, ...inner] = shape;
  return checkSampleShape(inner, argument);
}

/** Sizes of one sample. */
export function checkSampleShape(shape: unknown, argument: string): Shape {
  if (!Array.isArray(shape)) throw invalidArgument(argument, 'an array of integers', shape);
  checkLimit('axes', shape.length, argument);
  return Array.from(shape, (size: unknown) => {
    if (typeof size !== 'number' || !Number.isSafeInteger(size)) {
      const error = invalidArgument(argument, 'an array of integers: every size must be known', size);
      throw size === null ? asUnknown(error) : error;
    }
    if (size < 1) throw outOfRange(argument, 'sizes of at least 1', size);
    return size;
  });
}

const SUBCLASSES: SubclassRule = {
  base: 'Layer',
  prototype: Layer.prototype,
  needs: ['shapeAfter', 'toNative'],
  unused: ['call', 'forward', 'backward', 'computeOutputShape'],
  fix: 'Compose layers of the library with `Model`, or compute it from the data with `map` of a data set.',
};
