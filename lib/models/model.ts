import { checkOptions, defined } from '../check';
import { GemsbokError, invalidArgument, invalidUse } from '../errors';
import type { Config, Serialized } from '../identifiers';
import { type BatchShape, type Ends, Input, type Layer, type Variable } from '../layers';
import { showBatches } from '../layers/batch_shape';
import { type SymbolicLike, type SymbolicTensor, toSymbolic } from '../layers/layer';
import type { NativeModel } from '../native';
import { allLayers } from '../nesting';
import type { Shape, Tensor } from '../tensor';
import { BaseModel } from './base_model';
import { type CustomObjects, compileConfig, type ModelConfig, readModelConfig } from './files/config';
import { firstUse, graphConfig, graphFromConfig } from './files/graph_config';
import { withLayers } from './files/sharing';
import type { SummaryParts } from './graph/summary';
import { enterNative, type Lowered, lower, type Topology } from './graph/topology';
import { hasOnePath, replaced, useNumbers, usesOf, type Wiring, wire } from './graph/wiring';
import { registerModel } from './model_classes';
import type { FromSharedOptions, ModelHandle } from './shared_model';

/** One symbolic tensor, or several. */
export type SymbolicTensors = SymbolicLike | readonly SymbolicLike[];

export interface ModelOptions<
  O extends SymbolicTensors = SymbolicTensors,
  I extends SymbolicTensors = SymbolicTensors,
> {
  /** `Input`s */
  readonly inputs: I;
  /** What `layer.apply` returned; an array makes `predict` return an array. */
  readonly outputs: O;
  /** Default: 'functional', numbered */
  readonly name?: string | null | undefined;
}

/** A value for the only symbolic tensor, or one for each of an array: a tuple where its length is known. */
type PerTensor<T, V> = T extends readonly unknown[] ? { -readonly [K in keyof T]: V } : V;

/** The result of predicting: a tensor, or one for each output. */
export type Predicted<O> = PerTensor<O, Tensor<Float32Array>>;

/** What `apply` takes and returns. */
interface ModelEnds<O, I> extends Ends {
  readonly output: PerTensor<O, SymbolicTensor>;
  readonly inputShape: PerTensor<I, BatchShape>;
  readonly outputShape: PerTensor<O, BatchShape>;
}

/** Layers in any order without cycles. */
export class GraphTopology implements Topology {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  readonly wiring: Wiring;
  trainable = true;
  #lowered: Lowered | null = null;
  #native: NativeModel | null = null;

  constructor(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.wiring = wire(inputs, outputs);
    allLayers(this.layers); // refuses what is too deep
  }

  get layers(): readonly Layer[] {
    return this.wiring.layers;
  }

  get variables(): readonly Variable[] {
    return [...new Set(allLayers(this.layers).flatMap((layer) => layer.ownVariables))];
  }

  get inputNames(): readonly string[] {
    return this.inputs.map(({ layer }) => layer.name);
  }

  get outputNames(): readonly string[] {
    return uniqueNames(this.outputs.map(({ layer }) => layer.name));
  }

  get inputShapes(): readonly Shape[] {
    return this.inputs.map(({ sampleShape }) => sampleShape);
  }

  get outputShapes(): readonly Shape[] {
    return this.outputs.map(({ sampleShape }) => sampleShape);
  }

  /** It is built from the beginning: checks that the shapes are its own. */
  buildFor(...shapes: readonly Shape[]): void {
    if (shapes.join(';') === this.inputShapes.join(';')) return;
    const expected = `samples of the shapes ${showBatches(this.inputShapes)}`;
    throw new GemsbokError(
      'ERR_SHAPE_MISMATCH',
      `Expected ${expected} for \`inputs\`, received ${showBatches(shapes)}.`,
    );
  }

  get lowered(): Lowered {
    this.#lowered ??= lower(this.inputs, this.outputs, this.wiring);
    return this.#lowered;
  }

  get isNative(): boolean {
    return this.#native !== null;
  }

  get native(): NativeModel {
    this.#native ??= enterNative(this.inputShapes, this.inputNames, this.lowered);
    return this.#native;
  }
}

/**
 * A model of layers that are applied to each other in any order: several inputs and outputs, branches, layers that are
 * used more than once.
 *
 * With several inputs, data are an array or an object with the names of the `Input`s; with several outputs, so are
 * targets, losses, metrics, their weights, and the weights of samples, with the names of the layers whose outputs they are:
 * the second output of a layer `dense` is `dense_1`. One loss alone holds for each output.
 * Shapes: those of the symbolic tensors. Errors: `ERR_INVALID_ARG` for outputs that do not depend on the inputs, inputs
 * that no output depends on, layers of the same name; otherwise as `Sequential`. Source: `keras.Model`.
 *
 * @example
 * ```ts
 * const input = new Input({ shape: [2] });
 * const hidden = new Dense({ units: 3, activation: 'relu' }).apply(input);
 * const twoOutputs = new Model({ inputs: input, outputs: [new Dense({ units: 1 }).apply(hidden), hidden] });
 * twoOutputs.predictSync([[1, 2]]).map(({ shape }) => shape); // [[1, 1], [1, 3]]
 * ```
 */
export class Model<
  const O extends SymbolicTensors = SymbolicTensors,
  const I extends SymbolicTensors = SymbolicTensors,
> extends BaseModel<Predicted<O>, ModelEnds<O, I>> {
  readonly #topology: GraphTopology;
  readonly #isList: boolean;
  readonly #takesList: boolean;

  constructor(options: ModelOptions<O, I>) {
    const known = checkOptions(options, ['inputs', 'outputs', 'name'], 'Model');
    super('Functional', { name: options?.name });
    const given = toSymbolic(known.inputs, 'inputs');
    const inputs = entriesOf(given);
    const outputs = fromEntries(toSymbolic(known.outputs, 'outputs'), given, inputs);
    if (outputs.length === 0) throw invalidArgument('outputs', 'at least one symbolic tensor', known.outputs);
    this.#topology = new GraphTopology(inputs, outputs);
    this.#isList = Array.isArray(known.outputs);
    this.#takesList = Array.isArray(known.inputs);
    checkNames(this.#topology.layers);
  }

  /**
   * A model, not compiled and with new weights, from what `getConfig` returned or from Keras' config of one, of any
   * age. The type is that of a model with one output; name it where there are several:
   * `Model.fromConfig<SymbolicTensor[]>(config)`.
   */
  static fromConfig<O extends SymbolicTensors = SymbolicLike>(
    config: ModelConfig,
    customObjects: CustomObjects = {},
  ): Model<O> {
    const own = readModelConfig(config, ['Functional', 'Model']);
    const model = new Model(withLayers(() => graphFromConfig(own, customObjects)) as ModelOptions<O>);
    model.#topology.trainable = own.trainable !== false;
    return model;
  }

  /**
   * The model that another thread shares, to predict with: its weights are read, as its owner changes them, in whole steps.
   * What would change them is refused. New layers are made, with `customObjects` for those of your own. It is a
   * `Sequential` where that was shared; name the type for several outputs.
   *
   * Errors: `ERR_CLOSED` where the model has gone, or is of another process; `ERR_INVALID_ARG` for what `share` did not
   * return; `ERR_READ_ONLY` by what trains or sets weights.
   *
   * @example
   * ```ts
   * const twin = Model.fromShared(model.share()); // in a worker: Model.fromShared(workerData)
   * twin.predictSync(x).shape; // [50, 3]
   * ```
   */
  static fromShared<M extends BaseModel<unknown> = Model<SymbolicLike>>(
    handle: ModelHandle,
    options: FromSharedOptions = {},
  ): M {
    return Model.twin<M>(handle, options);
  }

  override get built(): boolean {
    return true;
  }

  /** The shape of the only input, `[null, 2]`, or those of all: `[[null, 2], [null, 3]]`. */
  override get inputShape(): PerTensor<I, BatchShape> {
    return shapesOf(this.inputs, this.#takesList) as PerTensor<I, BatchShape>;
  }

  /** The shape of the only output, `[null, 10]`, or those of all. */
  override get outputShape(): PerTensor<O, BatchShape> {
    return shapesOf(this.outputs, this.#isList) as PerTensor<O, BatchShape>;
  }

  /** Name, layers and how they are connected, with Keras' names. */
  override getConfig(): Config {
    const { inputs, outputs, wiring, trainable } = this.#topology;
    const single = { inputs: !this.#takesList, outputs: !this.#isList };
    return graphConfig(this.name, { inputs, outputs, wiring, single, trainable });
  }

  protected override get inputCount(): number {
    return this.#topology.inputs.length;
  }

  override get takesList(): boolean {
    return this.#takesList;
  }

  protected override resultOf(outputs: readonly SymbolicTensor[]): PerTensor<O, SymbolicTensor> {
    return (this.#isList ? outputs : outputs[0]) as PerTensor<O, SymbolicTensor>;
  }

  override toJSON(): Serialized & Config {
    return {
      module: 'keras.src.models.functional',
      class_name: 'Functional',
      config: this.getConfig(),
      registered_name: 'Functional',
      build_config: { input_shape: this.inputShape },
      compile_config: this.compilation && compileConfig(this.compilation),
    };
  }

  protected override get topology(): Topology {
    return this.#topology;
  }

  override predicted(outputs: readonly Tensor<Float32Array>[]): Predicted<O> {
    return (this.#isList ? outputs : outputs[0]) as Predicted<O>;
  }

  protected override summarized(): Pick<SummaryParts, 'layers' | 'connections'> {
    const { wiring } = this.#topology;
    const uses = usesOf(wiring);
    const isChain = [...uses.values()].every(([node, ...more]) => more.length === 0 && (node?.inputs.length ?? 0) < 2);
    if (isChain && hasOnePath(wiring)) return { layers: this.layers, connections: null };
    const numbers = useNumbers(uses);
    const nameOf = ({ layer, node, index }: SymbolicTensor): string => {
      return `${layer.name}[${firstUse(layer) + defined(numbers.get(node))}][${index}]`;
    };
    const connections = wiring.layers.map((layer): [Layer, string] => {
      return [
        layer,
        defined(uses.get(layer))
          .flatMap(({ inputs }) => inputs.map(nameOf))
          .join(', '),
      ];
    });
    return { layers: this.layers, connections: new Map(connections) };
  }
}

/** Keras' rule for outputs of one layer: the second `name` is `name_1`. */
function uniqueNames(names: readonly string[]): string[] {
  const unique: string[] = [];
  for (const name of names) {
    let proposed = name;
    for (let count = 1; unique.includes(proposed); count++) proposed = `${name}_${count}`;
    unique.push(proposed);
  }
  return unique;
}

function shapesOf(tensors: readonly SymbolicTensor[], isList: boolean): BatchShape | BatchShape[] {
  const shapes = tensors.map(({ shape }) => shape);
  return isList ? shapes : (shapes[0] as BatchShape);
}

/** `Input`s, and others for inner tensors of a model, from where the layers are used again. */
function entriesOf(inputs: readonly SymbolicTensor[]): SymbolicTensor[] {
  if (inputs.length === 0 || new Set(inputs).size !== inputs.length) {
    throw invalidArgument('inputs', 'at least one Input, each once,', inputs);
  }
  return inputs.map((input) => (input.layer instanceof Input ? input : new Input({ shape: input.sampleShape }).output));
}

/** The outputs as they follow from these inputs. */
function fromEntries(
  outputs: readonly SymbolicTensor[],
  given: readonly SymbolicTensor[],
  inputs: readonly SymbolicTensor[],
): readonly SymbolicTensor[] {
  if (given.every((one, i) => one === inputs[i])) return outputs;
  return replaced(outputs, new Map(given.map((one, i) => [one, inputs[i] as SymbolicTensor])));
}

function checkNames(layers: readonly Layer[]): void {
  const names = new Set<string>();
  const twice = layers.map(({ name }) => name).find((name) => names.size === names.add(name).size);
  if (twice === undefined) return;
  const fix = 'Give each layer a name of its own.';
  throw invalidUse(`Expected layers of different names, received two \`${twice}\`. ${fix}`);
}

registerModel(['Functional', 'Model'], Model as never);
