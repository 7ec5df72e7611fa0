import { checkBoolean, checkFunction, checkOptions } from '../check';
import { notCloneable } from '../cloning';
import { invalidArgument } from '../errors';
import type { Config, Serialized } from '../identifiers';
import type { Layer } from '../layers';
import { atomically, writeVariables } from '../layers/variable';
import type { Optimizer } from '../optimizers';
import type { Tensor, TensorLike } from '../tensor';
import type { Compilation } from './compile/compilation';
import { type SummaryParts, summaryText } from './graph/summary';
import type { Topology } from './graph/topology';

export interface SummaryOptions {
  /** Gets the lines one by one. Default: `console.log` */
  readonly print?: ((line: string) => void) | undefined;
}

/** Layers that make a model: what it consists of, before anything runs. */
export abstract class LayeredModel {
  /** @internal */
  protected readonly cloning = notCloneable(
    'a model',
    'send its toJSON() for fromConfig, with getWeights() for setWeights, or the path that save wrote for loadModel',
  );
  readonly name: string;
  /** @internal */
  protected compilation: Compilation | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /** @internal */
  protected abstract get topology(): Topology;

  /** @internal What `summary` shows of the layers. */
  protected abstract summarized(): Pick<SummaryParts, 'layers' | 'connections'>;

  get layers(): readonly Layer[] {
    return [...this.topology.layers];
  }

  /**
   * Whether training changes its weights. Setting it sets `trainable` of all layers; a change holds from the next
   * `compile` on. Default: true. Source: `keras.Model.trainable`.
   */
  get trainable(): boolean {
    return this.topology.trainable;
  }

  set trainable(trainable: boolean) {
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

  /** What `console.log` shows: `Sequential 'net' (3 layers)`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { length } = this.topology.layers;
    return `${this.constructor.name} '${this.name}' (${length} layer${length === 1 ? '' : 's'})`;
  }

  /** Prints Keras' table of the layers, and returns its text. */
  summary(options: SummaryOptions = {}): string {
    checkOptions(options, ['print'], 'summary');
    const print = checkFunction(options.print ?? console.log, 'print');
    const notes = this.compilation?.notes(this.topology) ?? [];
    const { name, trainable } = this;
    const text = summaryText({ ...this.summarized(), name, trainable, optimizerParams: this.#optimizerParams, notes });
    for (const line of text.trimEnd().split('\n')) print(line);
    return text;
  }

  /** Copies of all weights, layer by layer: those of one moment, also while the model trains. */
  getWeights(): Tensor<Float32Array>[] {
    const { variables } = this.topology;
    return atomically(variables, () => variables.map((variable) => variable.value));
  }

  /** Sets all weights, in the order of `getWeights`; all are checked before any is written. */
  setWeights(weights: readonly TensorLike[]): void {
    writeVariables(this.topology.variables, weights, `the model \`${this.name}\``);
  }

  /** The whole model without its weights, as Keras writes it; `JSON.stringify(model)` calls it. */
  abstract toJSON(): Serialized & Config;

  countParams(): number {
    return this.topology.layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  }

  get #optimizerParams(): number | null {
    return this.iterations > 0 ? (this.optimizer?.countParams() ?? null) : null;
  }
}
