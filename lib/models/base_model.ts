import type { CallbackLogs, CallbackModel, History } from '../callbacks';
import { checkOptions } from '../check';
import type { Dataset } from '../data';
import { GemsbokError } from '../errors';
import type { FileLike } from '../files/source';
import type { Ends } from '../layers';
import { checkWritable } from '../layers/variable';
import type { LayoutOptions, LossAndGradients, ModelData, SampleWeightOption } from '../model_options';
import type { BytesOf, FormatName } from '../saving/format';
import type { Layout } from '../saving/named_weights';
import type { Tensor } from '../tensor';
import { traced } from '../tracing';
import { Compilation, type Compiled, type CompileOptions } from './compile/compilation';
import type { CompiledMetric } from './compile/metrics';
import { checkLayout, sayingWhose } from './files/layout';
import { type LoadWeightsOptions, OPEN_OPTIONS, openFile, type StoredIn, setStored } from './files/load_weights';
import { modelBytes, type Saved, saveModel, saveWeights } from './files/save_model';
import { changedVariables } from './graph/trainable';
import { LayeredModel } from './layered_model';
import { setAveragesToWeights, swapAverages } from './run/averages';
import { BatchPredictor } from './run/batch_predictor';
import { sortArguments } from './run/dataset_options';
import { type EvaluateOptions, evaluate } from './run/evaluate';
import { fit } from './run/fit';
import type { FitOptions } from './run/fit_options';
import {
  type BatchOptions,
  type InputGradients,
  inputGradients,
  lossAndGradients,
  type TrainOnBatchOptions,
  testOnBatch,
  trainOnBatch,
} from './run/on_batch';
import { type PredictOptions, predict, predictSync } from './run/predict';
import type { Training } from './run/training';

/** What all models can do. `P` is the result of predicting: a tensor, or one for each output. */
export abstract class BaseModel<P, E extends Ends = Ends> extends LayeredModel<E> implements CallbackModel<P> {
  /** Whether something trains. */
  #busy = false;
  #training: Training | null = null;
  #stopTraining = false;

  /** @internal The outputs as this class returns them. */
  abstract predicted(outputs: readonly Tensor<Float32Array>[]): P;

  /** @internal Predicts joined samples of several callers. */
  get batchPredictor(): BatchPredictor {
    return new BatchPredictor(this.topology);
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

  /**
   * Sets the optimizer, the loss and the metrics to train and evaluate with. The state of an earlier optimizer is lost.
   *
   * With several outputs `loss`, `lossWeights`, `metrics` and `weightedMetrics` are arrays in the order of the outputs,
   * or objects with their names; one loss alone holds for all. Defaults: `optimizer` 'rmsprop', `lossWeights` 1 each,
   * no loss, no metrics. Errors: `ERR_INVALID_ARG` for unknown options, names and outputs, `ERR_MODEL_BUSY` while the
   * model trains. Shapes that a loss cannot take are found with the first data. Source: `keras.Model.compile`.
   *
   * @example
   * ```ts
   * model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: 'sparse_categorical_crossentropy', metrics: ['acc'] });
   * model.optimizer.name; // "adam"
   * ```
   */
  compile(options: CompileOptions = {}): void {
    this.checkIdle('compile');
    const compilation = new Compilation(options, this.topology);
    if (compilation.optimizer === this.optimizer) compilation.optimizer.reset();
    this.compilation = compilation;
    compilation.trainable.record();
    compilation.warn(this.topology);
  }

  /**
   * Trains the model for a number of epochs, and returns the record of them.
   *
   * Shapes: `x` is `[samples, ...inputShape]`, `y` `[samples, ...]` as the loss takes it: shaped as the outputs, or
   * class indices. Defaults: `batchSize` 32 samples a step, `epochs` 1, `shuffle` true, `validationSplit` 0 (a fraction
   * of the samples, the last ones), `verbose` 'auto', a progress bar. The numbers of an epoch are means over its
   * samples, taken while the weights change. Data are copied when it begins, nested arrays of more than 65,536 numbers
   * in turns of the event loop before that; it runs on the library's threads, and ends early by `signal`, whose reason
   * then rejects it.
   *
   * Errors, by which the promise is rejected: `ERR_NOT_COMPILED`, `ERR_MODEL_BUSY` while the model trains,
   * `ERR_SHAPE_MISMATCH` for data that do not fit, `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for options and class
   * indices, `ERR_OUT_OF_MEMORY`. Source: `keras.Model.fit`.
   *
   * @example
   * ```ts
   * const { history } = await model.fit(x, y, { epochs: 3, batchSize: 10, validationSplit: 0.2, verbose: 0 });
   * Object.keys(history); // ["loss", "acc", "val_loss", "val_acc"]
   * history.loss.length; // 3
   * ```
   */
  fit(x: ModelData, y: ModelData, options?: FitOptions): Promise<History>;
  /** Trains with a data set, which brings its own targets and weights of samples; otherwise as with arrays. */
  fit(data: Dataset, options?: FitOptions): Promise<History>;
  async fit(x: ModelData | Dataset, second?: ModelData | FitOptions, third?: FitOptions): Promise<History> {
    const train = (): Promise<History> => {
      const { y, options = {} } = sortArguments(x, second, third);
      this.#stopTraining = false;
      return fit({ compiled: () => this.#compiled, model: this.#asSeen }, { x, y }, options, (training) => {
        this.#training = training;
        if (this.#stopTraining) training.stop();
      });
    };
    return traced('fit', { model: this.name }, () => this.#exclusively('fit', train));
  }

  /**
   * The loss and the metrics of a compiled model, each over all samples, by their names. Nothing is trained.
   *
   * Shapes: as for `fit`. Defaults: `batchSize` 32, all `steps`, `verbose` 0. The loss is the mean over all samples,
   * however they are cut into batches, plus the penalties of regularizers; dropout and noise are off. Errors, by which
   * the promise is rejected: `ERR_NOT_COMPILED`, `ERR_SHAPE_MISMATCH` for data that do not fit, `ERR_INVALID_ARG` and
   * `ERR_OUT_OF_RANGE` for options and class indices, `ERR_MODEL_BUSY` where the model is compiled again meanwhile; the
   * reason of `signal` where it ends the run. Source: `keras.Model.evaluate`.
   *
   * @example
   * ```ts
   * const { loss, acc } = await model.evaluate(x, y, { batchSize: 25 });
   * loss > 0 && acc >= 0 && acc <= 1; // true
   * ```
   */
  evaluate(x: ModelData, y: ModelData, options?: EvaluateOptions): Promise<CallbackLogs>;
  /** Evaluates a data set, which brings its own targets and weights of samples; otherwise as arrays. */
  evaluate(data: Dataset, options?: EvaluateOptions): Promise<CallbackLogs>;
  async evaluate(x: ModelData | Dataset, second?: ModelData | EvaluateOptions, third?: EvaluateOptions) {
    const { y, options } = sortArguments(x, second, third);
    return evaluate({ model: this.#asSeen, ...this.#compiled }, x, y, options);
  }

  /**
   * The outputs of the model for samples: a tensor, or one for each output where `outputs` is an array. No `compile` is
   * needed.
   *
   * Shapes: `x` is `[samples, ...inputShape]`, a result `[samples, ...outputShape]`, in float32. Defaults: `batchSize`
   * 32, on which no number depends, all `steps`, `verbose` 0. It runs on the library's threads, also while the model
   * trains: then all samples see the weights of one step. Errors, by which the promise is rejected:
   * `ERR_SHAPE_MISMATCH` for samples that do not fit, `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for options and for
   * values that are not numbers, `ERR_OUT_OF_MEMORY`, `ERR_MODEL_BUSY` where its layers change meanwhile; the reason of
   * `signal` where it ends the run. Source: `keras.Model.predict`.
   *
   * @example
   * ```ts
   * const probabilities = await model.predict(x);
   * probabilities.shape; // [50, 3]
   * ```
   */
  async predict(x: ModelData | Dataset, options: PredictOptions = {}): Promise<P> {
    const predicted = { topology: this.topology, compilation: this.compilation, model: this.#asSeen };
    const work = () => predict(predicted, x, options);
    return this.predicted(await traced('predict', { model: this.name }, work));
  }

  /** As `predict`, on the caller's thread: for few samples. */
  predictSync(x: ModelData): P {
    return this.predicted(predictSync(this.topology, x));
  }

  /**
   * One step of the optimizer on all samples at once. Returns the loss and the metrics from before the step, by their
   * names.
   *
   * Shapes: as for `fit`; the batch is all that is given. Defaults: no `sampleWeight` and no `classWeight`, which is 1
   * for each; this process alone. Errors, by which the promise is rejected: `ERR_NOT_COMPILED`, `ERR_MODEL_BUSY` while
   * the model trains, `ERR_SHAPE_MISMATCH` for data that do not fit, `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for
   * options and class indices. Source: `keras.Model.train_on_batch`.
   *
   * @example
   * ```ts
   * const before = model.iterations;
   * const { loss } = await model.trainOnBatch(x, y);
   * loss > 0; // true
   * model.iterations - before; // 1
   * ```
   */
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
  lossAndGradients(x: ModelData, y: ModelData, options: SampleWeightOption = {}): LossAndGradients {
    return lossAndGradients(this.#compiled, x, y, options);
  }

  /**
   * Loss of one batch in inference, and its gradients by the inputs: shaped as `x`, a list where the model has several
   * inputs. `ERR_UNSUPPORTED` where a layer takes an input as indices. Source: `tf.GradientTape`.
   *
   * @example
   * ```ts
   * model.inputGradients(x, y).gradients.shape; // [50, 6]
   * ```
   */
  inputGradients(
    x: ModelData,
    y: ModelData,
    options: SampleWeightOption = {},
  ): InputGradients<NonNullable<E['inputShape']>> {
    return inputGradients(this.#compiled, x, y, options);
  }

  /**
   * Writes the model as it is now: layers, weights, what it was compiled with, and the optimizer state. Keras loads the
   * file, and so does {@link loadModel}.
   *
   * The path ends in `.keras`, in `.h5` for the format before Keras 3, or in `.safetensors`, which holds no optimizer
   * state. There is the old file or the new one at any moment. Errors: `ERR_INVALID_ARG` for other paths, `ERR_UNSUPPORTED` without
   * the packages h5wasm and @zip.js/zip.js. Source: `keras.Model.save`.
   */
  async save(path: string): Promise<void> {
    return traced('save', { model: this.name, path }, () => saveModel(this.#saved, path, () => this.toJSON()));
  }

  /**
   * The file that `save` would write, or `saveWeights` (`'weights.h5'`), as bytes. Errors: those of `save`.
   *
   * @example
   * ```ts
   * const bytes = await model.toBytes('keras');
   * (await loadModel(bytes)).countParams() === model.countParams(); // true
   * ```
   */
  async toBytes<F extends FormatName>(format: F, options: LayoutOptions = {}): Promise<BytesOf<F>> {
    checkOptions(options, ['layout'], 'toBytes');
    return modelBytes(this.#saved, format, () => this.toJSON(), options);
  }

  /**
   * As `save`, weights and optimizer state alone. The path ends in `.weights.h5`, or in `.safetensors` for weights alone,
   * which are named `dense.kernel`, or by `layout: 'torch'` as PyTorch does: `dense.weight`, turned as `nn.Linear` has it.
   * Source: `keras.Model.save_weights`.
   */
  async saveWeights(path: string, options: LayoutOptions = {}): Promise<void> {
    checkOptions(options, ['layout'], 'saveWeights');
    return saveWeights(this.#saved, path, options);
  }

  /**
   * Sets the weights that `save` or `saveWeights` of such a model wrote, here or in Keras, and, where the model
   * is compiled, the optimizer state: all of it or, where anything does not fit, nothing.
   * The file is given as to {@link loadModel}.
   *
   * Weights of safetensors are found by the names of the layers, `fc1.weight`, else in the order of the numbers in their
   * names: `layers.0.weight`, `layers.2.weight`. `layout: 'torch'` turns the kernels of `nn.Linear`.
   *
   * Errors: as there; `ERR_CORRUPT_FILE`, `ERR_SHAPE_MISMATCH` for the file of another model, `ERR_MODEL_BUSY`. Source:
   * `keras.Model.load_weights`.
   */
  async loadWeights(source: FileLike, options: LoadWeightsOptions = {}): Promise<void> {
    this.checkIdle('loadWeights');
    checkWritable(this.topology.variables, 'loadWeights');
    checkOptions(options, [...OPEN_OPTIONS, 'layout'], 'loadWeights');
    const file = await openFile(source, options);
    const layout = checkLayout(options, file.format);
    sayingWhose(file.format, () => this.setStored(file, layout));
  }

  /** @internal Sets what an opened file holds; for {@link loadModel}. */
  setStored(file: StoredIn, layout: Layout = 'keras'): void {
    this.checkIdle('loadWeights');
    setStored(this.#saved, file, layout);
  }

  /** For callbacks, whose type knows nothing of the outputs. */
  get #asSeen(): CallbackModel {
    return this as CallbackModel<unknown> as CallbackModel;
  }

  get #saved(): Saved {
    return { name: this.name, topology: this.topology, compilation: this.compilation };
  }

  get #compiled(): Compiled {
    if (this.compilation === null) {
      throw new GemsbokError('ERR_NOT_COMPILED', 'Expected a compiled model. Call `compile` first.');
    }
    return { topology: this.topology, compilation: this.compilation };
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
    checkWritable(changedVariables(this.topology), method);
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      this.#training = null;
    }
  }
}
