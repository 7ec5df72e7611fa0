import { checkBoolean, checkFunction, checkOptions, defined, elementAt } from '../check';
import { notCloneable } from '../cloning';
import { showInConsole } from '../console_text';
import { invalidArgument } from '../errors';
import type { Config, Serialized } from '../identifiers';
import { type Ends, Layer, type LayerOptions, type SingleEnds, type SymbolicTensor, type Variable } from '../layers';
import { traceInner } from '../layers/composition';
import type { InnerGraph } from '../layers/layer';
import type { Traced, TracedInput } from '../layers/masks';
import type { AddNode } from '../layers/native_ops';
import { writeVariables } from '../layers/variable';
import type { SummaryOptions } from '../model_options';
import type { LayerSpec } from '../native';
import type { Optimizer } from '../optimizers';
import type { Shape, TensorLike } from '../tensor';
import type { Compilation } from './compile/compilation';
import { notBuilt } from './graph/stack';
import { type SummaryParts, shortText, summaryText } from './graph/summary';
import type { Topology } from './graph/topology';
import { wire } from './graph/wiring';
import { type FromSharedOptions, fromShared, type ModelHandle, shareModel } from './shared_model';

/** As its type tells, without `fromConfig`: that of models takes other arguments. */
const ModelLayer: abstract new <E extends Ends>(className: string, options: LayerOptions) => Layer<E> = Layer;

/** Layers that make a model: what it consists of, before anything runs. */
export abstract class LayeredModel<E extends Ends = SingleEnds> extends ModelLayer<E> {
  static {
    showInConsole(LayeredModel, (model) => shortText(model.constructor.name, model));
  }

  /** @internal */
  protected override readonly cloning = notCloneable(
    'a model',
    'send its share() for fromShared in a thread, its toJSON() for fromConfig, with getWeights() for setWeights, or the ' +
      'path that save wrote for loadModel',
  );
  /** @internal */
  protected compilation: Compilation | null = null;

  /** @internal */
  protected abstract get topology(): Topology;

  /** @internal What `summary` shows of the layers. */
  protected abstract summarized(): Pick<SummaryParts, 'layers' | 'connections'>;

  /** Those that are part of it, without the layers within models among them. */
  get layers(): readonly Layer[] {
    return [...this.topology.layers];
  }

  /**
   * Whether training changes its weights. Setting it sets `trainable` of all layers; a change holds from the next
   * `compile` on. Default: true. Source: `keras.Model.trainable`.
   */
  override get trainable(): boolean {
    return this.topology.trainable;
  }

  override set trainable(trainable: boolean) {
    this.topology.trainable = checkBoolean(trainable, 'trainable');
    for (const layer of this.topology.layers) layer.trainable = trainable;
  }

  /** The compiled optimizer; null before `compile`. */
  get optimizer(): Optimizer | null {
    return this.compilation?.optimizer ?? null;
  }

  /** Steps of the optimizer since `compile`. */
  get iterations(): number {
    return this.compilation?.optimizerState(this.topology)?.iterations ?? 0;
  }

  /** The layer of this name, or at this index. */
  getLayer(which: string | number): Layer {
    const layer =
      typeof which === 'number' ? this.topology.layers[which] : this.topology.layers.find(({ name }) => name === which);
    if (layer === undefined) {
      const names = this.topology.layers.map(({ name }) => name).join(', ');
      throw invalidArgument('name', 'the name or the index of a layer', which, `There are: ${names}.`);
    }
    return layer;
  }

  /** Prints Keras' table of the layers, and returns its text. */
  summary(options: SummaryOptions = {}): string {
    checkOptions(options, ['print', 'expandNested', 'showTrainable'], 'summary');
    const print = checkFunction(options.print ?? console.log, 'print');
    const notes = this.compilation?.notes(this.topology) ?? [];
    const { name, trainable } = this;
    const columns = {
      expandNested: checkBoolean(options.expandNested ?? false, 'expandNested'),
      showTrainable: checkBoolean(options.showTrainable ?? false, 'showTrainable'),
    };
    const parts = { ...this.summarized(), name, trainable, optimizerParams: this.#optimizerParams, notes };
    const text = summaryText(parts, columns);
    for (const line of text.trimEnd().split('\n')) print(line);
    return text;
  }

  /**
   * A handle that `postMessage` and `workerData` carry: `fromShared` makes of it, in other threads of this process, a
   * model with the same weights in memory, which sees all that this one learns. Any number of threads may have it. It is
   * worth something as long as this model lives, or the handle itself does in this thread, and for a minute at least; who has
   * taken it keeps the weights.
   *
   * Errors: `ERR_INVALID_ARG` before the model is built.
   */
  share(): ModelHandle {
    return shareModel(this, this.topology);
  }

  /** @internal What `fromShared` of the classes returns. */
  protected static twin<M extends LayeredModel<Ends>>(handle: ModelHandle, options: FromSharedOptions): M {
    return fromShared<M>(handle, options, ({ topology }) => topology);
  }

  /** Sets all weights, in the order of `getWeights`; all are checked before any is written. */
  override setWeights(weights: readonly TensorLike[]): void {
    writeVariables(this.topology.variables, weights, `the model \`${this.name}\``);
  }

  /** The whole model without its weights, as Keras writes it; `JSON.stringify(model)` calls it. */
  abstract toJSON(): Serialized & Config;

  /** The symbolic tensors of the inputs. Errors: `ERR_INVALID_ARG` before the model is built, as for the following. */
  get inputs(): readonly SymbolicTensor[] {
    return built(this.topology.inputs);
  }

  /** The symbolic tensors of the outputs. */
  get outputs(): readonly SymbolicTensor[] {
    return built(this.topology.outputs);
  }

  /** The names by which data given as `{ name: array }` find the inputs; a repeated one gets a number, as in Keras. */
  get inputNames(): readonly string[] {
    built(this.topology.inputs);
    return this.topology.inputNames;
  }

  /** The names by which targets, losses and metrics find the outputs, and which logs begin with where there are several. */
  get outputNames(): readonly string[] {
    built(this.topology.outputs);
    return this.topology.outputNames;
  }

  /** The symbolic tensor of the output, or those of all: what follows from `inputs`. */
  override get output(): E['output'] {
    return this.resultOf(this.outputs);
  }

  /** @internal */
  override get parts(): readonly Layer[] {
    return this.topology.layers;
  }

  /** @internal */
  override get innerGraph(): InnerGraph | null {
    const { inputs, outputs } = this.topology;
    return outputs.length === 0 ? null : { inputs, outputs };
  }

  /** @internal */
  override get namesHere(): readonly string[] {
    return this.topology.layers.flatMap((layer) => layer.namesHere);
  }

  override get variables(): readonly Variable[] {
    return this.topology.variables;
  }

  /** @internal */
  override buildAll(...inputShapes: readonly Shape[]): readonly Shape[] {
    this.checkCount(inputShapes.length);
    this.topology.buildFor(...inputShapes);
    return defined(this.topology.outputShapes ?? undefined);
  }

  /** @internal */
  override buildFor(...inputShapes: readonly Shape[]): Shape {
    return this.shapeAfter(...inputShapes);
  }

  /** @internal */
  protected override shapeAfter(...inputShapes: readonly Shape[]): Shape {
    return elementAt(this.buildAll(...inputShapes), 0);
  }

  /** @internal Within a custom layer. */
  override traceAll(add: AddNode, inputs: readonly TracedInput[]): readonly Traced[] {
    const { inputs: entries, outputs } = this.topology;
    return traceInner({ inputs: entries, outputs, tensors: wire(entries, outputs).tensors }, add, inputs);
  }

  /** @internal It has an inner graph in its place. */
  override toNative(): readonly LayerSpec[] {
    return [];
  }

  get #optimizerParams(): number | null {
    return this.iterations > 0 ? (this.optimizer?.countParams() ?? null) : null;
  }
}

function built(tensors: readonly SymbolicTensor[]): readonly SymbolicTensor[] {
  if (tensors.length === 0) throw notBuilt();
  return tensors;
}
