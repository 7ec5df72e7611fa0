import type { CallbackLogs, CallbackModel, History } from '../callbacks';
import { checkBoolean, checkFunction, checkOptions } from '../check';
import { notCloneable } from '../cloning';
import type { Dataset } from '../data';
import { GemsbokError, invalidArgument, restated } from '../errors';
import type { Config, Serialized } from '../identifiers';
import type { Layer } from '../layers';
import { atomically, writeWeights } from '../layers/variable';
import type { Optimizer } from '../optimizers';
import type { Tensor, TensorLike } from '../tensor';
import { Compilation, type Compiled, type CompileOptions } from './compile/compilation';
import type { CompiledMetric } from './compile/metrics';
import type { ModelData } from './compile/per_output';
import { openFile, type StoredIn, setStored } from './files/load_weights';
import { type Saved, saveModel, saveWeights } from './files/save_model';
import { type SummaryParts, summaryText } from './graph/summary';
import type { Topology } from './graph/topology';
import { setAveragesToWeights, swapAverages } from './run/averages';
import { checkFitData, isStream, sortArguments } from './run/dataset_options';
import { type EvaluateOptions, evaluate } from './run/evaluate';
import { beginFit, prepareStreamFit } from './run/fit';
import { checkFitOptions, type FitOptions } from './run/fit_options';
import {
  type BatchOptions,
  type LossAndGradients,
  lossAndGradients,
  type TrainOnBatchOptions,
  testOnBatch,
  trainOnBatch,
} from './run/on_batch';
import { type PredictOptions, predict, predictSync } from './run/predict';
import type { Training } from './run/training';

export interface SummaryOptions {
  /** Gets the lines one by one. Default: `console.log` */
  readonly print?: ((line: string) => void) | undefined;
}

/**
 * What all models can do. `P` is what predicting gives: a tensor, or one for each output.
 */
export abstract class BaseModel<P> implements CallbackModel {
  /** @internal */
  protected readonly cloning = notCloneable(
    'a model',
    'send its toJSON() for fromConfig, with getWeights() for setWeights, or the path that save wrote for loadModel',
  );
  readonly name: string;
  /** @internal */
  protected compilation: Compilation | null = null;
  /** Whether something trains. */
  #busy = false;
  #training: Training | null = null;
  #stopTraining = false;

  constructor(name: string) {
    this.name = name;
  }

  /** @internal */
  protected abstract get topology(): Topology;

  /** @internal The outputs as this class gives them. */
  protected abstract predicted(outputs: readonly Tensor<Float32Array>[]): P;

  /** @internal What `summary` shows of the layers. */
  protected abstract summarized(): Pick<SummaryParts, 'layers' | 'connections'>;

  get layers(): readonly Layer[] {
    return [...this.topology.layers];
  }

  /**
   * Whether training changes its weights. Setting it sets `trainable` of all layers; a change holds from the next `compile` on.
   * Default: true. Source: `keras.Model.trainable`.
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
    return this.compilation?.memory(this.topology)?.iterations ?? 0;
  }

  /** @internal Whether the optimizer keeps running means of the weights (`useEma`). */
  get hasAverages(): boolean {
    return this.optimizer?.useEma ?? false;
  }

  /** @internal Evaluations and predictions read the means by themselves; for callbacks. */
  get readsAverages(): boolean {
    return true;
  }

  /** @internal Exchanges weights and running means; for callbacks, as in {@link SwapEMAWeights}. */
  swapAverages(): void {
    swapAverages(this.topology, this.#compiled.compilation);
  }

  /** @internal Writes the weights over the running means; for callbacks. */
  setAveragesToWeights(): void {
    setAveragesToWeights(this.topology, this.#compiled.compilation);
  }

  /** @internal The metrics as `compile` resolved them with the first data; none before. */
  get compiledMetrics(): readonly CompiledMetric[] {
    return this.compilation?.objective?.metrics ?? [];
  }

  /** Set to true, it ends `fit` after the batch that runs; the epoch counts as ended. */
  get stopTraining(): boolean {
    return this.#stopTraining;
  }

  set stopTraining(stop: boolean) {
    this.#stopTraining = stop;
    if (stop) this.#training?.stop();
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

  /** Prints Keras' table of the layers, and gives its text. */
  summary(options: SummaryOptions = {}): string {
    checkOptions(options, ['print'], 'summary');
    const print = checkFunction(options.print ?? console.log, 'print');
    const notes = this.compilation?.notes(this.topology) ?? [];
    const { name, trainable } = this;
    const text = summaryText({ ...this.summarized(), name, trainable, optimizerParams: this.#optimizerParams, notes });
    for (const line of text.trimEnd().split('\n')) print(line);
    return text;
  }

  /** Sets optimizer, loss and metrics; what an earlier optimizer remembered is lost. */
  compile(options: CompileOptions = {}): void {
    this.checkIdle('compile');
    const compilation = new Compilation(options, this.topology);
    if (compilation.optimizer === this.optimizer) compilation.optimizer.reset();
    this.compilation = compilation;
    compilation.warn(this.topology);
  }

  /** Trains; gives the record of all epochs. A data set brings its own targets. */
  fit(x: ModelData, y: ModelData, options?: FitOptions): Promise<History>;
  fit(data: Dataset, options?: FitOptions): Promise<History>;
  async fit(x: ModelData | Dataset, second?: ModelData | FitOptions, third?: FitOptions): Promise<History> {
    return this.#exclusively('fit', async () => {
      const { y, options = {} } = sortArguments(x, second, third);
      const settings = checkFitOptions(options);
      checkFitData(x, y, options);
      const { sampleWeight, classWeight } = settings;
      const fit = { ...this.#compiled, model: this, settings };
      this.#stopTraining = false;
      const { training, history } = isStream(x)
        ? await prepareStreamFit(fit, x)
        : await beginFit(fit, { x, y, sampleWeight, classWeight });
      this.#training = training;
      if (this.#stopTraining) training.stop();
      await training.train();
      return history;
    });
  }

  /** Loss and metrics, each the mean over all samples. */
  evaluate(x: ModelData, y: ModelData, options?: EvaluateOptions): Promise<CallbackLogs>;
  evaluate(data: Dataset, options?: EvaluateOptions): Promise<CallbackLogs>;
  async evaluate(x: ModelData | Dataset, second?: ModelData | EvaluateOptions, third?: EvaluateOptions) {
    const { y, options } = sortArguments(x, second, third);
    return evaluate({ ...this.#compiled, model: this }, x, y, options);
  }

  /** The outputs for samples, `[batch, ...]`. */
  async predict(x: ModelData | Dataset, options: PredictOptions = {}): Promise<P> {
    return this.predicted(await predict(this.topology, this.compilation, this, x, options));
  }

  /** As `predict`, on the caller's thread: for few samples. */
  predictSync(x: ModelData): P {
    return this.predicted(predictSync(this.topology, x));
  }

  /** One step on all samples; gives loss and metrics from before it. */
  async trainOnBatch(x: ModelData, y: ModelData, options: TrainOnBatchOptions = {}): Promise<CallbackLogs> {
    return this.#exclusively('trainOnBatch', () => trainOnBatch(this.#compiled, x, y, options));
  }

  /** Loss and metrics of one batch. */
  async testOnBatch(x: ModelData, y: ModelData, options: BatchOptions = {}): Promise<CallbackLogs> {
    return testOnBatch(this.#compiled, x, y, options);
  }

  /** As `predictSync`. */
  predictOnBatch(x: ModelData): P {
    return this.predictSync(x);
  }

  /** Loss of one batch and its gradients by all trainable weights, in the order of `getWeights`; no step is done. */
  lossAndGradients(x: ModelData, y: ModelData, options: Pick<BatchOptions, 'sampleWeight'> = {}): LossAndGradients {
    return lossAndGradients(this.#compiled, x, y, options);
  }

  /** Copies of all weights, layer by layer: those of one moment, also while the model trains. */
  getWeights(): Tensor<Float32Array>[] {
    const { variables } = this.topology;
    return atomically(variables, () => variables.map((variable) => variable.value));
  }

  /** Sets all weights, in the order of `getWeights`; all are checked before any is written. */
  setWeights(weights: readonly TensorLike[]): void {
    writeWeights(this.topology.variables, weights, `the model \`${this.name}\``);
  }

  /** The whole model without its weights, as Keras writes it; `JSON.stringify(model)` calls it. */
  abstract toJSON(): Serialized & Config;

  /**
   * Writes the model as it is now: layers, weights, what it was compiled with, and what the optimizer remembers. Keras loads
   * the file, and so does {@link loadModel}.
   *
   * The path ends in `.keras`, or in `.h5` for the format before Keras 3. There is the old file or the new one at any
   * moment. Errors: `ERR_INVALID_ARG` for other paths, `ERR_UNSUPPORTED` without the packages h5wasm and @zip.js/zip.js.
   * Source: `keras.Model.save`.
   */
  async save(path: string): Promise<void> {
    return saveModel(this.#saved, path, () => this.toJSON());
  }

  /** As `save`, weights and optimizer alone. The path ends in `.weights.h5`. Source: `keras.Model.save_weights`. */
  async saveWeights(path: string): Promise<void> {
    return saveWeights(this.#saved, path);
  }

  /**
   * Sets the weights that `save` or `saveWeights` of such a model wrote, here or in Keras, and what the optimizer remembers
   * where the model is compiled: all of it or, where anything does not fit, nothing.
   *
   * Errors: `ERR_CORRUPT_FILE`, `ERR_SHAPE_MISMATCH` for the file of another model, `ERR_MODEL_BUSY`. Source:
   * `keras.Model.load_weights`.
   */
  async loadWeights(path: string): Promise<void> {
    this.checkIdle('loadWeights');
    const file = await openFile(path);
    try {
      this.setStored(file);
    } catch (error) {
      const isOther = (error as Error & { readonly code?: string }).code === 'ERR_SHAPE_MISMATCH';
      throw isOther ? restated(error, (message) => `${message} The file is that of another model.`) : error;
    }
  }

  /** @internal Sets what an opened file holds; for {@link loadModel}. */
  setStored(file: StoredIn): void {
    this.checkIdle('loadWeights');
    setStored(this.#saved, file);
  }

  get #saved(): Saved {
    return { name: this.name, topology: this.topology, compilation: this.compilation };
  }

  countParams(): number {
    return this.topology.layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  }

  get #compiled(): Compiled {
    if (this.compilation === null) {
      throw new GemsbokError('ERR_NOT_COMPILED', 'Expected a compiled model. Call `compile` first.');
    }
    return { topology: this.topology, compilation: this.compilation };
  }

  get #optimizerParams(): number | null {
    return this.iterations > 0 ? (this.optimizer?.countParams() ?? null) : null;
  }

  /** @internal */
  protected checkIdle(method: string): void {
    if (!this.#busy) return;
    throw new GemsbokError(
      'ERR_MODEL_BUSY',
      `Expected a model that does not train for \`${method}\`, received one that does. Await what you started first.`,
    );
  }

  async #exclusively<T>(method: string, work: () => Promise<T>): Promise<T> {
    this.checkIdle(method);
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      this.#training = null;
    }
  }
}
