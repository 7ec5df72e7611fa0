import { checkName, toSnakeCase } from '../check';
import { notCloneable } from '../cloning';
import { showOptionsInConsole } from '../console_text';
import { GemsbokError, InWords, invalidArgument, invalidUse, shapeMismatch } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import { checkLimit } from '../limits';
import type { LayerSpec } from '../native';
import { atOnce, methodOf } from '../returned';
import { nextName } from '../session';
import { checkSubclass, classNameOf, overrides, type SubclassRule } from '../subclasses';
import type { Shape } from '../tensor';
import { type BatchShape, checkBatchShape, showBatches } from './batch_shape';
import { type Composition, compose, traceInner, trainableFirst } from './composition';
import { type CustomMethods, customShape, customSpec } from './custom_layer';
import { dtypePolicy, type LayerOptions } from './layer_options';
import type { Traced, TracedInput } from './masks';
import { type AddNode, addOps } from './native_ops';
import { type Ends, NodeOf, TensorOf } from './symbolic';
import type { Variable } from './variable';
import { WeightedLayer } from './weighted_layer';

export type SymbolicNode = NodeOf<Layer>;
/** What a layer returns where it is applied: the shape of data that are not there yet. */
export type SymbolicTensor = TensorOf<Layer>;
/** The class of these. */
export const SymbolicTensor: typeof TensorOf<Layer> = TensorOf;

export { checkLayerOptions, dtypePolicy, LAYER_OPTIONS, type LayerOptions } from './layer_options';
export type { Ends } from './symbolic';

/** The ends of a layer with one input and one output. */
export interface SingleEnds extends Ends {
  readonly output: SymbolicTensor;
  readonly inputShape: BatchShape | null;
  readonly outputShape: BatchShape | null;
}

/** Tensors from inputs to outputs, which a layer consists of that is not a native layer itself. */
export interface InnerGraph {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** What all layers can do. A model is a layer, too. */
export abstract class Layer<E extends Ends = SingleEnds> extends WeightedLayer {
  static {
    showOptionsInConsole(Layer, (layer) => ({ ...layer.getConfig(), outputShape: layer.outputShape }));
  }

  /** @internal */
  protected readonly cloning = notCloneable(
    'a layer',
    'send its getConfig() for fromConfig, with getWeights() for setWeights',
  );
  /** Unique in a model. */
  readonly name: string;
  /** The class, as a config names it. */
  readonly className: string;
  /** Whether the output has the mask of the input, where that has one. */
  readonly supportsMasking: boolean = false;
  readonly #isCustom: boolean;
  #composition: Composition | null = null;
  #building = false;
  #inputShapes: readonly Shape[] | null = null;
  #outputShape: Shape | null = null;
  #firstUse: SymbolicNode | null = null;
  #variables: readonly Variable[] = [];

  constructor(options?: LayerOptions);
  /** @internal */
  constructor(className: string, options?: LayerOptions);
  constructor(...args: never) {
    const [first, second] = args as readonly [string | LayerOptions | undefined, LayerOptions | undefined];
    const isLibrary = typeof first === 'string';
    const options = ((isLibrary ? second : first) ?? {}) as LayerOptions;
    super(options.trainable);
    this.#isCustom = overrides(this, Layer.prototype, 'forward') || overrides(this, Layer.prototype, 'call');
    if (isLibrary || !this.#isCustom) checkSubclass(this, SUBCLASSES);
    this.className = isLibrary ? classNameOf(new.target, first) : new.target.name;
    this.name = checkName(options.name ?? nextName(toSnakeCase(this.className)));
  }

  /** @internal The shape of one sample that comes out for those that go in; throws where the layer cannot take them. */
  protected abstract shapeAfter(...inputShapes: readonly Shape[]): Shape;

  #shapeAfter(inputShapes: readonly Shape[]): Shape {
    if (this.runsHere) return customShape(this as CustomMethods, inputShapes);
    return this.#isCustom ? this.#compose(inputShapes).output.sampleShape : this.shapeAfter(...inputShapes);
  }

  /** @internal The variables for samples of these shapes, with their initial values. */
  protected createVariables(..._inputShapes: readonly Shape[]): readonly Variable[] {
    return trainableFirst(this.runsHere ? this.declared : this.composedOf.flatMap(({ variables }) => variables));
  }

  /**
   * For a class of your own that is composed of layers: what they make of the input, or of a list of inputs. They are made
   * in the constructor or in `build`; no gradient is needed.
   */
  call?(x: SymbolicTensor): SymbolicTensor;

  /** @internal The layers of which `forward` runs on the JavaScript thread: itself, or those that it is composed of. */
  get namesHere(): readonly string[] {
    return this.runsHere ? [this.name] : this.composedOf.flatMap((layer) => layer.namesHere);
  }

  /** @internal The layers that its `call` applied. */
  get composedOf(): readonly Layer[] {
    return (this.#composition?.layers ?? []) as readonly Layer[];
  }

  /** @internal Whether its `forward` runs on the JavaScript thread. */
  get runsHere(): boolean {
    return this.#isCustom && this.call === undefined;
  }

  /**
   * @internal The layer in native terms, for inputs of these shapes: ops of which each reads the one before; the first
   * reads the layer's inputs and owns its variables. Empty where nothing is to be done.
   */
  abstract toNative(...inputShapes: readonly Shape[]): readonly LayerSpec[];

  /** @internal Adds the layer to a native model, and tells what its outputs are there. */
  traceAll(add: AddNode, inputs: readonly TracedInput[]): readonly Traced[] {
    if (this.call === undefined) return [this.trace(add, inputs)];
    return traceInner(this.#compose(inputs.map(({ shape }) => shape)), add, inputs);
  }

  /** @internal The same of a layer with one output: the ops of {@link toNative}, and the mask. */
  protected trace(add: AddNode, inputs: readonly TracedInput[]): Traced {
    const shapes = inputs.map(({ shape }) => shape);
    const specs = this.#isCustom
      ? [customSpec(this as CustomMethods, shapes, this.#variables)]
      : this.toNative(...shapes);
    const tensor = addOps(
      add,
      specs,
      inputs.map((input) => input.tensor),
    );
    const mask = inputs.find((input) => input.mask !== null)?.mask ?? null;
    if (this.supportsMasking || mask === null) return { tensor, mask };
    process.emitWarning(`The layer \`${this.name}\` does not pass on masks: layers after it, and losses, see none.`);
    return { tensor, mask: null };
  }

  /** @internal The layers that it consists of, as users see them; none of most. */
  get parts(): readonly Layer[] {
    return [];
  }

  /** @internal What it computes in place of {@link toNative}; null for what is a native layer. */
  get innerGraph(): InnerGraph | null {
    return null;
  }

  /** @internal Its own arguments with Keras' names: what `getConfig` has besides name, trainable and dtype. */
  protected ownConfig(): Config {
    return {};
  }

  /** What `fromConfig` takes, with Keras' names. */
  getConfig(): Config {
    return {
      name: this.name,
      trainable: this.trainable,
      dtype: dtypePolicy(),
      ...(this.#isCustom ? {} : this.ownConfig()),
    };
  }

  /** One with the options of a config, as `getConfig` returns it. */
  static fromConfig<T extends Layer>(this: new (options: never) => T, config: Config): T {
    return new this(optionsFromConfig<never>(config));
  }

  /** @internal How many inputs it takes; null for any number from two. */
  protected get inputCount(): number | null {
    return 1;
  }

  /** @internal Whether Keras calls it with a list of inputs, as it does merges. */
  get takesList(): boolean {
    return this.#isCustom ? (this.#inputShapes?.length ?? 1) > 1 : this.inputCount !== 1;
  }

  /**
   * The output for symbolic inputs, of which `Model` is made: `Input`s or the outputs of other layers; an array where there
   * are several outputs. Each use has the same weights.
   *
   * Errors: `ERR_INVALID_ARG` for what is not such an input, `ERR_SHAPE_MISMATCH` for shapes that the layer cannot take.
   */
  apply(inputs: SymbolicLike | readonly SymbolicLike[]): E['output'] {
    const tensors = toSymbolic(inputs, 'inputs');
    return this.resultOf(this.use(tensors, this.buildAll(...tensors.map(({ sampleShape }) => sampleShape))));
  }

  /** What `apply` returned for its first use. Errors: `ERR_INVALID_ARG` for a layer that was never applied. */
  get output(): E['output'] {
    if (this.#firstUse !== null) return this.resultOf(this.#firstUse.outputs);
    const fix = 'Apply it, or put it into a model with an Input.';
    throw invalidUse(
      `Expected a layer that was applied (\`${this.name}\`), received one that has no output yet. ${fix}`,
    );
  }

  /** @internal Whether it was ever applied. */
  get isApplied(): boolean {
    return this.#firstUse !== null;
  }

  /** @internal Notes a use of the layer. */
  protected use(inputs: readonly SymbolicTensor[], shapes: readonly Shape[]): readonly SymbolicTensor[] {
    const node = new NodeOf<Layer>(this as Layer<Ends> as Layer, inputs, shapes);
    this.#firstUse ??= node;
    return node.outputs;
  }

  /** @internal The outputs as `apply` returns them. */
  protected resultOf(outputs: readonly SymbolicTensor[]): E['output'] {
    return outputs[0];
  }

  /**
   * Makes the variables for inputs of this shape. A layer that is built already must get the same shape again.
   *
   * Shapes: the batch first, as null: `[null, 784]`. Errors: `ERR_SHAPE_MISMATCH` for a shape that the layer cannot
   * take, `ERR_INVALID_ARG` for what is not a shape.
   */
  build(inputShape: BatchShape): void {
    // One of your own may call it by `super`.
    if (!this.#building) this.buildFor(checkBatchShape(inputShape, 'inputShape'));
  }

  /** The `build` of a custom class. */
  #buildOwn(inputShapes: readonly Shape[]): void {
    if (!overrides(this, Layer.prototype, 'build')) return;
    const batches = inputShapes.map((shape) => [null, ...shape]);
    this.#building = true;
    try {
      atOnce(this.build((batches.length === 1 ? batches[0] : batches) as BatchShape), methodOf(this, 'build'));
    } finally {
      this.#building = false;
    }
  }

  #compose(inputShapes: readonly Shape[]): Composition {
    const known = this.#composition;
    if (known?.inputs.map(({ sampleShape }) => sampleShape).join(';') === inputShapes.join(';')) return known;
    const inputs = inputShapes.flatMap((shape) => new NodeOf<Layer>(this as Layer<Ends> as Layer, [], [shape]).outputs);
    this.#composition = compose(this, this.call as (x: never) => unknown, inputs);
    return this.#composition;
  }

  /** @internal As {@link buildFor}, of a layer that may have several outputs. */
  buildAll(...inputShapes: readonly Shape[]): readonly Shape[] {
    return [this.buildFor(...inputShapes)];
  }

  /** @internal As {@link build}, for the shapes of one sample of each input. */
  buildFor(...inputShapes: readonly Shape[]): Shape {
    this.checkCount(inputShapes.length);
    if (this.#inputShapes === null) return this.#buildFirst(inputShapes);
    const outputShape = this.#shapeAfter(inputShapes);
    if (this.#variables.length > 0 && this.#inputShapes.join(';') !== inputShapes.join(';')) {
      const expected = `inputs of shape ${showBatches(this.#inputShapes)} for the layer \`${this.name}\``;
      const message = `Expected ${expected}, which was built for them, received ${showBatches(inputShapes)}. Make a new layer.`;
      throw new GemsbokError('ERR_SHAPE_MISMATCH', message);
    }
    return outputShape;
  }

  /** All of it or, where something throws, nothing. */
  #buildFirst(inputShapes: readonly Shape[]): Shape {
    const before = this.declared;
    try {
      this.#buildOwn(inputShapes);
      const outputShape = this.#shapeAfter(inputShapes);
      this.#variables = this.createVariables(...inputShapes);
      this.#inputShapes = inputShapes;
      this.#outputShape = outputShape;
      return outputShape;
    } catch (error) {
      this.declareOnly(before);
      throw error;
    }
  }

  /** Whether its weights are there. */
  get built(): boolean {
    return this.#inputShapes !== null;
  }

  /** `[null, 784]`, of the first input; null before the layer is built. */
  get inputShape(): E['inputShape'] {
    return this.inputShapes?.[0] ?? null;
  }

  /** @internal Those of all inputs. */
  get inputShapes(): readonly BatchShape[] | null {
    return this.#inputShapes?.map((shape) => [null, ...shape]) ?? null;
  }

  /** `[null, 84]`; null before the layer is built. */
  get outputShape(): E['outputShape'] {
    return this.#outputShape === null ? null : [null, ...this.#outputShape];
  }

  /** Trainable ones first; those of a model layer by layer, each once. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  /** @internal Those that it does not have of its parts. */
  get ownVariables(): readonly Variable[] {
    return this.#variables;
  }

  /** @internal */
  protected checkCount(count: number): void {
    checkLimit('inputs', count, 'inputs');
    const wanted = this.inputCount;
    if ((this.#isCustom && count > 0) || (wanted === null ? count >= 2 : count === wanted)) return;
    const expected = wanted === null ? 'at least two inputs' : `${wanted} input${wanted === 1 ? '' : 's'}`;
    throw shapeMismatch('inputs', `${expected} of the layer \`${this.name}\``, new InWords(String(count)));
  }
}

/** What can be applied to: an `Input` stands for its output. */
export type SymbolicLike = SymbolicTensor | { readonly output: SymbolicTensor; readonly shape: Shape };

/** The tensors of an argument: one or an array. */
export function toSymbolic(given: unknown, argument: string): readonly SymbolicTensor[] {
  return Array.from<unknown, SymbolicTensor>(Array.isArray(given) ? given : [given], (one) => {
    if (one instanceof SymbolicTensor) return one;
    if (one instanceof Layer && one.className === 'InputLayer') return one.output;
    const fix = one instanceof Layer ? 'Pass its `output`.' : 'Data goes into `predict`.';
    throw invalidArgument(argument, 'an Input, or what `layer.apply` returned,', one, fix);
  });
}

const SUBCLASSES: SubclassRule = {
  base: 'Layer',
  prototype: Layer.prototype,
  needs: ['shapeAfter', 'toNative'],
  unused: ['call', 'forward', 'backward', 'computeOutputShape'],
  fix: 'Extend `Layer` itself, with `call` of other layers, or with `forward` and `backward`.',
};
