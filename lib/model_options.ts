// What the verbs of a model take and return, as models and their callbacks know it.
import type { Parts } from './data/parts';
import type { Layout } from './saving/named_weights';
import type { Tensor } from './tensor';

/** Arrays for a model: one, or one for each input or output, in order or by their names. */
export type ModelData = Parts;

/** 0 for nothing, 1 for a bar, 2 for a line an epoch. */
export type Verbosity = 0 | 1 | 2 | 'auto' | boolean;

/** The options that `evaluate` and `predict` share. */
export interface PassOptions {
  /** Default: 32, or what `steps` make of the data */
  readonly batchSize?: number | undefined;
  /** Steps, from the first sample on. Default: all data */
  readonly steps?: number | null | undefined;
  /** 0 silent; 1 or 'auto' a bar; 2 a line. Default: 0 */
  readonly verbose?: Verbosity | undefined;
  /** Ends the run: the promise rejects with the signal's reason. Default: none */
  readonly signal?: AbortSignal | undefined;
}

export interface SampleWeightOption {
  /** A weight for each sample, or for each of its steps, `[batch, steps]`. Default: 1 */
  readonly sampleWeight?: ModelData | null | undefined;
}

/** The loss of a batch, and its gradients by the weights. */
export interface LossAndGradients {
  /** The mean over the batch, with penalties. */
  readonly loss: number;
  /** The gradients of the trainable weights, in the order of `getWeights`. */
  readonly gradients: Tensor<Float32Array>[];
}

export interface SummaryOptions {
  /** Gets the lines one by one. Default: `console.log` */
  readonly print?: ((line: string) => void) | undefined;
  /** Whether to list the layers of models that are layers, too. Default: false */
  readonly expandNested?: boolean | undefined;
  /** Whether to tell of each layer if it trains: Y, N, or - without weights. Default: false */
  readonly showTrainable?: boolean | undefined;
}

/** How arrays stand in a file. */
export interface LayoutOptions {
  /**
   * Kernels of Dense as Keras has them, [inputs, units], or as PyTorch's `nn.Linear` does, [units, inputs]; of
   * safetensors. Default: 'keras'
   */
  readonly layout?: Layout | undefined;
}
