import type { Dataset } from '../data';
import type { Config, Serialized } from '../identifiers';
import type { Ends, Layer, SymbolicTensor } from '../layers';
import type {
  LayoutOptions,
  LossAndGradients,
  ModelData,
  PassOptions,
  SampleWeightOption,
  SummaryOptions,
} from '../model_options';
import type { Optimizer } from '../optimizers';
import type { BytesOf, FormatName } from '../saving/format';
import type { Tensor } from '../tensor';
import type { CallbackLogs } from './logs';

/** A metric that was compiled, with its name in the logs. */
export interface MonitoredMetric {
  /** Its name in the logs. */
  readonly key: string;
  /** The metric, and which of its values are better. */
  readonly metric: { readonly name: string; readonly direction?: 'up' | 'down' | null };
}

type AsLayers = 'name' | 'countParams' | 'getConfig' | 'getWeights' | 'setWeights';

/**
 * The model of a run, with all that it can do meanwhile: not what would change what is being trained, as `compile`,
 * `fit` and `loadWeights`. Predictions are typed as those of a model with one output, as nothing is known of it while
 * types are checked; with several it is a `CallbackModel<Tensor[]>`.
 */
export interface CallbackModel<P = Tensor<Float32Array>> extends Pick<Layer<Ends>, AsLayers> {
  /** Whether its weights are there. */
  readonly built: boolean;
  /** `[null, 784]`, of the first input. */
  readonly inputShape: Layer<Ends>['inputShape'];
  /** `[null, 10]`, of the first output. */
  readonly outputShape: Layer<Ends>['outputShape'];
  /** Whether its weights are trained; `compile` alone reads it. */
  trainable: boolean;
  /** Trainable ones first, layer by layer, each once. */
  readonly variables: Layer<Ends>['variables'];
  /** Set to true to end training after the batch that runs. */
  stopTraining: boolean;
  /** Null before `compile`. Its `learningRate` can be set where it is a number, not where a schedule returns it. */
  readonly optimizer: Optimizer | null;
  /** Steps of the optimizer since `compile`. */
  readonly iterations: number;
  /** Those that are part of it, without the layers within models among them. */
  readonly layers: readonly Layer[];
  /** The symbolic tensors of the inputs. */
  readonly inputs: readonly SymbolicTensor[];
  /** The symbolic tensors of the outputs. */
  readonly outputs: readonly SymbolicTensor[];
  /** The names of the inputs. */
  readonly inputNames: readonly string[];
  /** The names of the outputs. */
  readonly outputNames: readonly string[];
  /** The layer of this name, or at this index. */
  getLayer(which: string | number): Layer;
  /** Prints Keras' table of the layers, and returns its text. */
  summary(options?: SummaryOptions): string;
  /** The loss and the metrics over all samples, by their names. */
  evaluate(x: ModelData, y: ModelData, options?: PassOptions & SampleWeightOption): Promise<CallbackLogs>;
  /** The same of a data set, which brings its own targets. */
  evaluate(data: Dataset, options?: PassOptions): Promise<CallbackLogs>;
  /** The outputs for samples: all see the weights of one step. */
  predict(x: ModelData | Dataset, options?: PassOptions): Promise<P>;
  /** As `predict`, on the caller's thread: for few samples. */
  predictSync(x: ModelData): P;
  /** As `predictSync`. */
  predictOnBatch(x: ModelData): P;
  /** Loss and metrics of one batch. */
  testOnBatch(x: ModelData, y: ModelData, options?: SampleWeightOption): Promise<CallbackLogs>;
  /** Loss of one batch and its gradients by all trainable weights; no step is done. */
  lossAndGradients(x: ModelData, y: ModelData, options?: SampleWeightOption): LossAndGradients;
  /** Writes the model as it is now to a `.keras`, `.h5` or `.safetensors` file. */
  save(path: string): Promise<void>;
  /** As `save`, weights and optimizer state alone, to a `.weights.h5` or `.safetensors` file. */
  saveWeights(path: string, options?: LayoutOptions): Promise<void>;
  /** The file that `save` would write, or `saveWeights`, as bytes. */
  toBytes<F extends FormatName>(format: F, options?: LayoutOptions): Promise<BytesOf<F>>;
  /** The whole model without its weights, as Keras writes it. */
  toJSON(): Serialized & Config;
  /** @internal All metrics that the logs have. */
  readonly compiledMetrics: readonly MonitoredMetric[];
  /** @internal Whether the optimizer keeps running means of the weights (`useEma`). */
  readonly hasAverages: boolean;
  /** @internal Whether evaluations and predictions take the means by themselves where SwapEMAWeights is there. */
  readonly readsAverages: boolean;
  /** @internal Exchanges weights and means. */
  swapAverages(): void;
  /** @internal Writes the weights over the means. */
  setAveragesToWeights(): void;
}
