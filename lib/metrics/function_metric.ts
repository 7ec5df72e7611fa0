import { elementAt } from '../check';
import { returnedFloats } from '../returned';
import type { WeightOptions } from '../samples/weighting';
import type { Tensor, TensorLike } from '../tensor';
import { Metric } from './metric';
import { Mean } from './reduction';

/** A metric as a function: a number for the batch, or a value for each sample, of which the log shows the mean. */
export type MetricFunction = (yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>) => TensorLike;

/** @internal The mean of what a function returns: a number counts once a batch, a tensor by its samples, as in Keras. */
export class FunctionMetric extends Metric {
  readonly call: MetricFunction;
  readonly #mean = new Mean();

  constructor(call: MetricFunction) {
    super({ name: call.name || 'metric' });
    this.call = call;
  }

  updateState(yTrue: Tensor<Float32Array>, yPred: Tensor<Float32Array>, options: WeightOptions = {}): void {
    const { data, shape } = returnedFloats(this.call(yTrue, yPred), `${this.name}()`);
    const isWeighted = (options.sampleWeight ?? options.mask ?? null) !== null;
    if (shape.length > 0) this.#mean.updateState({ data, shape }, options);
    else if (!isWeighted) this.#mean.updateState(data);
    // A number by the weights of all samples, as if each had this value.
    else this.#mean.updateState(new Float32Array(elementAt(yPred.shape, 0)).fill(elementAt(data, 0)), options);
  }

  result(): number {
    return this.#mean.result();
  }

  resetState(): void {
    this.#mean.resetState();
  }
}
