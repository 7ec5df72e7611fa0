import { defined, elementAt } from '../../check';
import {
  type FinishResult,
  type ForwardResult,
  type Job,
  type Logs,
  type LossGradient,
  type NativeData,
  type NativeModel,
  type NativeProcesses,
  type NativeRun,
  type NativeVersion,
  native,
  type Progress,
  type Run,
  type RunOptions,
  type RunResult,
} from '../../native';
import { nextSeed } from '../../random';
import type { Tensor } from '../../tensor';
import { checkCompiledFor } from '../compile/compiled_for';
import type { Objective } from '../compile/objective';
import type { PreparedData } from '../data/prepare';
import type { CustomLayers } from '../graph/custom_layers';
import { batchArguments } from './batch_arguments';
import { CustomMetrics } from './custom_metrics';
import { untilCancelled } from './jobs';
import { agreed, isElsewhere } from './processes';

/** A run of steps, whoever computes losses and metrics. */
export function startRun(model: NativeModel, data: NativeData, objective: Objective, options: RunOptions): Run {
  return withCustomCode(new native.Run(model, data, options), objective, options);
}

/** The run, with the losses and metrics that JavaScript computes. */
export function withCustomCode(run: NativeRun, objective: Objective, options: CustomOptions): Run {
  return objective.isNative ? run : new CustomRun(run, objective, new CustomMetrics(objective), options);
}

interface CustomOptions extends Pick<RunOptions, 'trains' | 'processes'> {
  /** Whether the metrics are amid a pass. Default: false */
  readonly counting?: boolean;
}

/** Loss and metrics over all rows, whoever computes them; metrics that are passed continue from their state. */
export function startEvaluation(
  model: NativeModel,
  { data, objective }: Pick<PreparedData, 'data' | 'objective'>,
  batchSize: number,
  version: NativeVersion | null = null,
  metrics: CustomMetrics | null = null,
): Job<Logs & { readonly cancelled: boolean }> {
  checkCompiledFor(model, objective);
  if (objective.isNative) return model.evaluate(data, batchSize, version);
  const options = { ...wholeBatch(data), batchSize, trains: false };
  const steps = new native.Run(model, data, options, version);
  const counting = metrics !== null;
  const run = new CustomRun(steps, objective, metrics ?? new CustomMetrics(objective), { trains: false, counting });
  const job = run.run(run.stepsIn(0), Float32Array.of(0));
  return metrics === null ? { ...job, promise: job.promise.finally(() => run.releaseMetrics()) } : job;
}

/** Loss of one batch, all rows, and its gradient by the parameters, whoever computes the loss. */
export function lossAndGradient(model: NativeModel, data: NativeData, objective: Objective): LossGradient {
  if (objective.isNative) return model.gradients(data, nextSeed());
  const found = gradientInParts(model, data, objective, false);
  objective.update?.addGradients(found.gradient, 1);
  return found;
}

/** As {@link lossAndGradient}, on the library's threads, and with noise of this seed. */
export async function gradientLater(
  model: NativeModel,
  data: NativeData,
  objective: Objective,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<Float32Array> {
  const { update, layers } = objective;
  const run = new native.Run(model, data, { ...wholeBatch(data, seed), scalesLoss: false });
  const batch = await forwardLater(run, layers, true, signal);
  signal.throwIfAborted();
  const { values, gradients } = customLosses(objective, defined(batch ?? undefined), true);
  const begun = await untilCancelled(() => run.finish(values, gradients, null, update?.penalty() ?? 0), signal);
  const result = await backwardLater(run, layers, begun, signal);
  signal.throwIfAborted();
  const gradient = defined(result?.gradient);
  update?.addGradients(gradient, 1);
  return gradient;
}

/** The loss in inference, and its gradients by the inputs, one after another. */
export function lossAndInputGradients(model: NativeModel, data: NativeData, objective: Objective): LossGradient {
  return gradientInParts(model, data, objective, true);
}

function gradientInParts(model: NativeModel, data: NativeData, objective: Objective, explains: boolean): LossGradient {
  const { update, layers } = objective;
  const run = new native.Run(model, data, { ...wholeBatch(data), scalesLoss: false, explains });
  const { values, gradients } = customLosses(objective, forwardHere(run, layers, !explains), true);
  let result = run.finishSync(values, gradients, null, update?.penalty() ?? 0);
  while (result.custom !== null && layers !== null) {
    const { inputs, variables } = layers.backward(result.custom, explains);
    result = run.resumeSync(inputs, variables);
  }
  return { loss: defined(result.wholeLoss), gradient: defined(result.gradient) };
}

/** The first part of a step, in one turn. */
function forwardHere(run: NativeRun, layers: CustomLayers | null, training: boolean): ForwardResult {
  let batch = run.forwardSync();
  while (batch.custom !== null && layers !== null) batch = run.forwardSync(layers.forward(batch.custom, training));
  return batch;
}

/** The first part of a step, through the layers that are computed here; null where it was cancelled. */
async function forwardLater(
  run: NativeRun,
  layers: CustomLayers | null,
  training: boolean,
  signal: AbortSignal,
): Promise<ForwardResult | null> {
  let batch = await untilCancelled(() => run.forward(), signal);
  while (batch !== null && batch.custom !== null && layers !== null && !signal.aborted) {
    const output = layers.forward(batch.custom, training);
    batch = await untilCancelled(() => run.forward(output), signal);
  }
  return signal.aborted ? null : batch;
}

/** What `finish` began, through the same layers. */
async function backwardLater(
  run: NativeRun,
  layers: CustomLayers | null,
  begun: FinishResult | null,
  signal: AbortSignal,
): Promise<FinishResult | null> {
  let result = begun;
  while (result !== null && result.custom !== null && layers !== null) {
    if (signal.aborted) return null;
    const { inputs, variables } = layers.backward(result.custom);
    result = await untilCancelled(() => run.resume(inputs, variables), signal);
  }
  return result;
}

/** A run of one step. */
export function wholeBatch({ rows }: NativeData, seed = nextSeed()): RunOptions {
  const steps = { batchSize: rows, shuffle: false, initialEpoch: 0, stepsPerEpoch: 0 };
  return { seed, trains: true, scalesLoss: true, explains: false, processes: null, ...steps };
}

/** Losses of one batch without their outputs' weights; their gradients by the outputs, where these are asked for. */
function customLosses(
  objective: Objective,
  { samples, outputs }: ForwardResult,
  gradient: boolean,
  metrics: CustomMetrics | null = null,
): { readonly values: number[]; readonly gradients: Float32Array[] } {
  const values: number[] = [];
  const gradients: Float32Array[] = [];
  for (const [i, output] of objective.read.entries()) {
    const given = batchArguments(output, elementAt(outputs, i), samples);
    metrics?.update(output, given);
    const { loss, spec } = output;
    if (loss === null || spec.loss !== null) continue;
    const { yTrue, yPred, options } = given;
    if (!gradient) {
      values.push(Number(loss.compute(yTrue, yPred, options)));
      continue;
    }
    const found = loss.valueAndGradient(yTrue, yPred, options);
    values.push(Number(found.value));
    gradients.push((found.gradient as Tensor<Float32Array>).data);
  }
  return { values, gradients };
}

/** A run of which losses and metrics are computed here, on the JavaScript thread, between both parts of each step. */
class CustomRun implements Run {
  readonly #run: NativeRun;
  readonly #objective: Objective;
  readonly #trains: boolean;
  readonly #metrics: CustomMetrics;
  /** Null where this process is alone. */
  readonly #processes: NativeProcesses | null;
  /** Whether the metrics are amid a pass. */
  #counting: boolean;
  /** The results of the last steps that were asked for. */
  #results: readonly unknown[] = [];

  constructor(run: NativeRun, objective: Objective, metrics: CustomMetrics, options: CustomOptions) {
    this.#run = run;
    this.#objective = objective;
    this.#trains = options.trains;
    this.#processes = options.processes ?? null;
    this.#metrics = metrics;
    this.#counting = options.counting ?? false;
  }

  run(steps: number, learningRates: Float32Array): Job<RunResult> {
    const controller = new AbortController();
    return { promise: this.#steps(steps, learningRates, controller.signal), cancel: () => controller.abort() };
  }

  progress(): Progress {
    return { customResults: this.#results, ...this.#run.progress() };
  }

  stepsIn(epoch: number, count?: number): number {
    return this.#run.stepsIn(epoch, count);
  }

  seek(position: Progress, seed: number): void {
    this.#run.seek(position, seed);
  }

  stop(): void {
    this.#run.stop();
  }

  get sharesBatches(): boolean {
    return this.#run.sharesBatches;
  }

  releaseMetrics(): void {
    this.#counting = false;
    this.#metrics.release();
  }

  async #steps(steps: number, rates: Float32Array, signal: AbortSignal): Promise<RunResult> {
    const ended: number[] = [];
    const customEpochs: (readonly unknown[])[] = [];
    let result: RunResult = { steps: 0, cancelled: false, epochs: NO_EPOCHS, nonFinite: null, ...this.progress() };
    let done = 0;
    // Processes that train together agree within a step on whether it is the last one.
    while (done < steps && !result.cancelled) {
      const step = signal.aborted ? null : await this.#step(elementAt(rates, rates.length === 1 ? 0 : done), signal);
      if (step === null) break;
      for (const value of step.epochs) ended.push(value);
      if (step.epochs.length > 0) customEpochs.push(this.#endPass());
      result = step;
      done++;
    }
    if (this.#counting) this.#results = this.#metrics.results();
    const epochs = { epochs: Float64Array.from(ended), customEpochs, customResults: this.#results };
    return Object.assign(result, epochs, { steps: done, cancelled: result.cancelled || done < steps });
  }

  /** null where it was cancelled: then it has changed nothing. */
  async #step(rate: number, signal: AbortSignal): Promise<RunResult | null> {
    const { update } = this.#objective;
    const isNative = !(update?.updates ?? false);
    const result = await this.#untilSum(() => this.#finish(this.#trains && !isNative ? null : rate, signal));
    if (result === null || !this.#trains || isNative || update === null) return result;
    // In one turn: an abort comes before it or after it.
    const step = () => update.step(result.gradient ?? new Float32Array(0), rate, () => this.#run.end());
    return this.#processes === null ? step() : await this.#inAll(this.#processes, step);
  }

  async #finish(rate: number | null, signal: AbortSignal): Promise<FinishResult | null> {
    const { layers, update } = this.#objective;
    const batch = await forwardLater(this.#run, layers, this.#trains, signal);
    if (batch === null) return null;
    if (!this.#counting) this.#metrics.reset();
    this.#counting = true;
    const { values, gradients } = customLosses(this.#objective, batch, this.#trains, this.#metrics);
    const finish = () => this.#run.finish(values, this.#trains ? gradients : null, rate, update?.penalty() ?? 0);
    const begun = await untilCancelled(finish, signal);
    return this.#trains ? await backwardLater(this.#run, layers, begun, signal) : begun;
  }

  /** The other processes wait for this one's gradients, where they learn of what fails here. */
  async #untilSum<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#processes !== null && !isElsewhere(error)) await failuresOf(this.#processes, true);
      throw error;
    }
  }

  async #inAll<T>(processes: NativeProcesses, work: () => T): Promise<T> {
    return await agreed(work, (failed) => failuresOf(processes, failed));
  }

  #endPass(): readonly unknown[] {
    this.#results = this.#metrics.results();
    if (this.#trains) this.releaseMetrics();
    return this.#results;
  }
}

/** In how many processes something failed, told at the place where gradients are summed: see `sum_over_processes`. */
async function failuresOf(processes: NativeProcesses, failed: boolean): Promise<number> {
  const ends = Float64Array.of(0, failed ? 1 : 0);
  await processes.sum(ends).promise;
  return elementAt(ends, 1);
}

const NO_EPOCHS = new Float64Array(0);
