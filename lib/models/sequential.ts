import type { CallbackLogs, CallbackModel, History } from '../callbacks';
import { checkFunction, checkOptions, checkString } from '../check';
import type { Dataset } from '../data';
import { GemsbokError, invalidArgument } from '../errors';
import type { Config, Serialized } from '../identifiers';
import type { BatchShape, Layer } from '../layers';
import { writeWeights } from '../layers/layer';
import type { Optimizer } from '../optimizers';
import { nextName } from '../session';
import type { Tensor, TensorLike } from '../tensor';
import { setAveragesToWeights, swapAverages } from './averages';
import {
  type BatchOptions,
  type Compiled,
  type LossAndGradients,
  lossAndGradients,
  type TrainOnBatchOptions,
  testOnBatch,
  trainOnBatch,
} from './batch';
import { Compilation, type CompileOptions } from './compile';
import type { CompiledMetric } from './compile_metrics';
import { compileConfig, layersFromConfig, stackConfig } from './config';
import { checkFitData, isStream, sortArguments } from './dataset_options';
import { type EvaluateOptions, evaluate } from './evaluate';
import { prepareFit, prepareStreamFit } from './fit';
import { checkFitOptions, type FitOptions } from './fit_options';
import { type PredictOptions, predict, predictSync } from './predict';
import { Stack } from './stack';
import { summaryText } from './summary';
import type { Training } from './training';

export interface SequentialOptions {
  /** Default: 'sequential', numbered */
  readonly name?: string | null | undefined;
}

export interface SummaryOptions {
  /** Gets the lines one by one. Default: `console.log` */
  readonly print?: ((line: string) => void) | undefined;
}

/**
 * A model of layers, one after the other.
 *
 * It is built at once where an `Input` comes first, otherwise with the first data. Training, evaluating and predicting
 * run on the library's own threads; all data is copied when they begin. Errors: sync methods throw, async ones reject;
 * `ERR_INVALID_ARG`, `ERR_SHAPE_MISMATCH` and `ERR_OUT_OF_RANGE` for arguments, `ERR_NOT_COMPILED` before `compile`,
 * `ERR_MODEL_BUSY` for what cannot be done while it trains. Source: `keras.Sequential`.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
 * model.compile({ optimizer: 'sgd', loss: 'mse' });
 * await model.fit([[0, 1], [1, 0]], [1, 2], { epochs: 3, verbose: 0 });
 * model.predictSync([[1, 1]]).shape; // [1, 1]
 * ```
 */
export class Sequential implements CallbackModel {
  readonly name: string;
  readonly #stack = new Stack(this);
  #compilation: Compilation | null = null;
  /** Whether something trains. */
  #busy = false;
  #training: Training | null = null;
  #stopTraining = false;

  constructor(layers: readonly Layer[] = [], options: SequentialOptions = {}) {
    checkOptions(options, ['name'], 'Sequential');
    if (!Array.isArray(layers)) throw invalidArgument('layers', 'an array of layers', layers);
    this.name = checkString(options.name ?? nextName('sequential'), 'name');
    for (const layer of layers) this.#stack.add(layer);
  }

  /** A model, not compiled and with new weights, of what `getConfig` gave or of Keras' config of one. */
  static fromConfig(config: Config): Sequential {
    if (typeof config !== 'object' || config === null) {
      throw invalidArgument('config', 'an object as `getConfig` gives it', config);
    }
    const name = typeof config.name === 'string' ? config.name : undefined;
    const model = new Sequential(layersFromConfig(config), { name });
    const { build_input_shape: inputShape } = config;
    if (!model.built && inputShape !== null && inputShape !== undefined) model.build(inputShape as BatchShape);
    return model;
  }

  /** Without `Input`. */
  get layers(): readonly Layer[] {
    return [...this.#stack.layers];
  }

  get built(): boolean {
    return this.#stack.inputShape !== null;
  }

  /** `[null, 28, 28, 1]`; null before the model is built. */
  get inputShape(): BatchShape | null {
    return this.#stack.inputShape && [null, ...this.#stack.inputShape];
  }

  /** `[null, 10]`; null before the model is built. */
  get outputShape(): BatchShape | null {
    return this.#stack.outputShape && [null, ...this.#stack.outputShape];
  }

  /** The compiled optimizer; null before `compile`. */
  get optimizer(): Optimizer | null {
    return this.#compilation?.optimizer ?? null;
  }

  /** Steps of the optimizer since `compile`. */
  get iterations(): number {
    return this.#stack.isNative ? this.#stack.native.iterations : 0;
  }

  /** Whether the optimizer keeps running means of the weights (`useEma`). */
  get hasAverages(): boolean {
    return this.optimizer?.useEma ?? false;
  }

  /** Exchanges weights and running means; for callbacks, as in {@link SwapEMAWeights}. */
  swapAverages(): void {
    swapAverages(this.#stack.native);
  }

  /** Writes the weights over the running means; for callbacks. */
  setAveragesToWeights(): void {
    setAveragesToWeights(this.#stack.native);
  }

  /** The metrics as `compile` resolved them with the first data; none before. */
  get compiledMetrics(): readonly CompiledMetric[] {
    return this.#compilation?.objective?.metrics ?? [];
  }

  /** Set to true, it ends `fit` after the batch that runs; the epoch counts as ended. */
  get stopTraining(): boolean {
    return this.#stopTraining;
  }

  set stopTraining(stop: boolean) {
    this.#stopTraining = stop;
    if (stop) this.#training?.stop();
  }

  /** Puts a layer at the end. A compiled model must not be busy; its optimizer begins anew. */
  add(layer: Layer): void {
    this.#checkIdle('add');
    this.#stack.add(layer);
    this.#compilation?.reset();
  }

  /** Takes the last layer away. */
  pop(): Layer {
    this.#checkIdle('pop');
    const layer = this.#stack.pop();
    this.#compilation?.reset();
    return layer;
  }

  /** The layer of this name, or at this index. */
  getLayer(which: string | number): Layer {
    const layer =
      typeof which === 'number' ? this.#stack.layers[which] : this.#stack.layers.find(({ name }) => name === which);
    if (layer === undefined) {
      const names = this.#stack.layers.map(({ name }) => name).join(', ');
      throw invalidArgument('name', 'the name or the index of a layer', which, `There are: ${names}.`);
    }
    return layer;
  }

  /** Builds all layers for samples of this shape, `[null, ...]`. */
  build(inputShape: BatchShape): void {
    this.#stack.build(inputShape);
  }

  /** Prints Keras' table of the layers, and gives its text. */
  summary(options: SummaryOptions = {}): string {
    checkOptions(options, ['print'], 'summary');
    const print = checkFunction(options.print ?? console.log, 'print');
    const { layers } = this.#stack;
    const note = this.#compilation?.note(layers.at(-1)) ?? null;
    const text = summaryText({ name: this.name, layers, optimizerParams: this.#optimizerParams, note });
    for (const line of text.trimEnd().split('\n')) print(line);
    return text;
  }

  /** Sets optimizer, loss and metrics; what an earlier optimizer remembered is lost. */
  compile(options: CompileOptions = {}): void {
    this.#checkIdle('compile');
    this.#compilation = new Compilation(options);
  }

  /** Trains; gives the record of all epochs. A data set brings its own targets. */
  fit(x: TensorLike, y: TensorLike, options?: FitOptions): Promise<History>;
  fit(data: Dataset, options?: FitOptions): Promise<History>;
  async fit(x: TensorLike | Dataset, second?: TensorLike | FitOptions, third?: FitOptions): Promise<History> {
    return this.#exclusively('fit', async () => {
      const { y, options = {} } = sortArguments(x, second, third);
      const settings = checkFitOptions(options);
      checkFitData(x, y, options);
      const { sampleWeight, classWeight } = settings;
      const fit = { ...this.#compiled, model: this, settings };
      this.#stopTraining = false;
      const { training, history } = isStream(x)
        ? await prepareStreamFit(fit, x)
        : prepareFit(fit, { x, y, sampleWeight, classWeight });
      this.#training = training;
      await training.train();
      return history;
    });
  }

  /** Loss and metrics, each the mean over all samples. */
  evaluate(x: TensorLike, y: TensorLike, options?: EvaluateOptions): Promise<CallbackLogs>;
  evaluate(data: Dataset, options?: EvaluateOptions): Promise<CallbackLogs>;
  async evaluate(x: TensorLike | Dataset, second?: TensorLike | EvaluateOptions, third?: EvaluateOptions) {
    const { y, options } = sortArguments(x, second, third);
    return evaluate({ ...this.#compiled, model: this }, x, y, options);
  }

  /** The outputs for samples, `[batch, ...]`. */
  async predict(x: TensorLike | Dataset, options: PredictOptions = {}): Promise<Tensor<Float32Array>> {
    return predict(this.#stack, this, x, options);
  }

  /** As `predict`, on the caller's thread: for few samples. */
  predictSync(x: TensorLike): Tensor<Float32Array> {
    return predictSync(this.#stack, x);
  }

  /** One step on all samples; gives loss and metrics from before it. */
  async trainOnBatch(x: TensorLike, y: TensorLike, options: TrainOnBatchOptions = {}): Promise<CallbackLogs> {
    return this.#exclusively('trainOnBatch', () => trainOnBatch(this.#compiled, x, y, options));
  }

  /** Loss and metrics of one batch. */
  async testOnBatch(x: TensorLike, y: TensorLike, options: BatchOptions = {}): Promise<CallbackLogs> {
    return testOnBatch(this.#compiled, x, y, options);
  }

  /** As `predictSync`. */
  predictOnBatch(x: TensorLike): Tensor<Float32Array> {
    return this.predictSync(x);
  }

  /** Loss of one batch and its gradients by all trainable weights, in the order of `getWeights`; no step is done. */
  lossAndGradients(x: TensorLike, y: TensorLike, options: BatchOptions = {}): LossAndGradients {
    return lossAndGradients(this.#compiled, x, y, options);
  }

  /** Copies of all weights, layer by layer. */
  getWeights(): Tensor<Float32Array>[] {
    return this.#stack.variables.map((variable) => variable.value);
  }

  /** Sets all weights, in the order of `getWeights`; all are checked before any is written. */
  setWeights(weights: readonly TensorLike[]): void {
    writeWeights(this.#stack.variables, weights, `the model \`${this.name}\``);
  }

  countParams(): number {
    return this.#stack.layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  }

  /** Name and layers, with Keras' names. */
  getConfig(): Config {
    return stackConfig(this.name, this.#stack);
  }

  /** The whole model without its weights, as Keras writes it; `JSON.stringify(model)` calls it. */
  toJSON(): Serialized & Config {
    return {
      module: 'keras',
      class_name: 'Sequential',
      config: this.getConfig(),
      registered_name: null,
      build_config: { input_shape: this.inputShape },
      compile_config: this.#compilation && compileConfig(this.#compilation),
    };
  }

  get #compiled(): Compiled {
    if (this.#compilation === null) {
      throw new GemsbokError('ERR_NOT_COMPILED', 'Expected a compiled model. Call `compile` first.');
    }
    return { stack: this.#stack, compilation: this.#compilation };
  }

  get #optimizerParams(): number | null {
    const trained = this.#stack.isNative && this.#stack.native.iterations > 0;
    return trained ? (this.optimizer?.countParams() ?? null) : null;
  }

  #checkIdle(method: string): void {
    if (!this.#busy) return;
    throw new GemsbokError(
      'ERR_MODEL_BUSY',
      `Expected a model that does not train for \`${method}\`, received one that does. Await what you started first.`,
    );
  }

  async #exclusively<T>(method: string, work: () => Promise<T>): Promise<T> {
    this.#checkIdle(method);
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      this.#training = null;
    }
  }
}
