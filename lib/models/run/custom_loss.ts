import {
  type ForwardOutput,
  type ForwardResult,
  type Job,
  type Logs,
  type LossGradient,
  type NativeData,
  type NativeModel,
  type NativeRun,
  type NativeVersion,
  native,
  type Progress,
  type Run,
  type RunOptions,
  type RunResult,
} from '../../native';
import { nextSeed } from '../../random';
import type { WeightOptions } from '../../samples/weighting';
import { Tensor } from '../../tensor';
import type { Objective, OutputObjective } from '../compile/objective';
import type { PreparedData } from '../data/prepare';
import { untilCancelled } from './jobs';

/** A run of steps, whoever computes the loss. */
export function startRun(model: NativeModel, data: NativeData, objective: Objective, options: RunOptions): Run {
  return withCustomLosses(new native.Run(model, data, options), objective, options.trains);
}

/** The run, with the losses that JavaScript computes. */
export function withCustomLosses(run: NativeRun, objective: Objective, trains: boolean): Run {
  const { customLosses } = objective;
  return customLosses.length > 0 ? new CustomLossRun(run, customLosses, trains) : run;
}

/** Loss and metrics over all rows, whoever computes the loss. */
export function startEvaluation(
  model: NativeModel,
  { data, objective }: Pick<PreparedData, 'data' | 'objective'>,
  batchSize: number,
  version: NativeVersion | null = null,
): Job<Logs & { readonly cancelled: boolean }> {
  if (objective.customLosses.length === 0) return model.evaluate(data, batchSize, version);
  const options = { ...wholeBatch(data), batchSize, trains: false };
  const run = withCustomLosses(new native.Run(model, data, options, version), objective, false);
  return run.run(run.stepsIn(0), Float32Array.of(0));
}

/** Loss of one batch, all rows, and its gradient by the parameters, whoever computes the loss. */
export function lossAndGradient(model: NativeModel, data: NativeData, objective: Objective): LossGradient {
  const { customLosses } = objective;
  if (customLosses.length === 0) return model.gradients(data, nextSeed());
  const run = new native.Run(model, data, { ...wholeBatch(data), scalesLoss: false });
  const { values, gradients } = computeLosses(customLosses, run.forwardSync(), true);
  return run.gradients(values, gradients);
}

/** A run of one step. */
export function wholeBatch({ rows }: NativeData): RunOptions {
  const whole = { batchSize: rows, shuffle: false, initialEpoch: 0, stepsPerEpoch: 0 };
  return { ...whole, seed: nextSeed(), trains: true, scalesLoss: true };
}

/** Losses of one batch without their outputs' weights; their gradients by the outputs, where these are asked for. */
function computeLosses(
  trained: readonly OutputObjective[],
  { samples, outputs }: ForwardResult,
  gradient: boolean,
): { readonly values: number[]; readonly gradients: Float32Array[] } {
  const values: number[] = [];
  const gradients: Float32Array[] = [];
  for (const [i, output] of trained.entries()) {
    const { loss } = output;
    if (loss === null) throw new Error('Only an output with a loss has a custom loss.');
    const { yTrue, yPred, options } = lossArguments(output, outputs[i] as ForwardOutput, samples);
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

/** What a loss is computed from. */
function lossArguments(
  { targetShape, outputShape }: OutputObjective,
  { outputs, targets, weights, mask }: ForwardOutput,
  samples: number,
): { readonly yTrue: Tensor; readonly yPred: Tensor; readonly options: WeightOptions } {
  const steps = outputShape.slice(0, -1);
  // A sample's weight is that of all its steps.
  const weighted = weights?.length === samples ? steps.map(() => 1) : steps;
  return {
    yTrue: new Tensor(targets, [samples, ...(targetShape ?? [])]),
    yPred: new Tensor(outputs, [samples, ...outputShape]),
    options: {
      sampleWeight: weights && new Tensor(weights, [samples, ...weighted]),
      mask: mask && new Tensor(mask, [samples, ...steps]),
    },
  };
}

/** A run of which losses are computed here, on the JavaScript thread, between both parts of each step. */
class CustomLossRun implements Run {
  readonly #run: NativeRun;
  readonly #outputs: readonly OutputObjective[];
  readonly #trains: boolean;

  constructor(run: NativeRun, outputs: readonly OutputObjective[], trains: boolean) {
    this.#run = run;
    this.#outputs = outputs;
    this.#trains = trains;
  }

  run(steps: number, learningRates: Float32Array): Job<RunResult> {
    const controller = new AbortController();
    return { promise: this.#steps(steps, learningRates, controller.signal), cancel: () => controller.abort() };
  }

  progress(): Progress {
    return this.#run.progress();
  }

  stepsIn(epoch: number, count?: number): number {
    return this.#run.stepsIn(epoch, count);
  }

  seek(position: Progress, seed: number): void {
    this.#run.seek(position, seed);
  }

  async #steps(steps: number, rates: Float32Array, signal: AbortSignal): Promise<RunResult> {
    const ended: number[] = [];
    let result: RunResult = { ...this.progress(), ...NOTHING };
    let done = 0;
    while (done < steps) {
      const step = signal.aborted ? null : await this.#step(rates[rates.length === 1 ? 0 : done] ?? 0, signal);
      if (step === null) break;
      for (const value of step.epochs) ended.push(value);
      result = step;
      done++;
    }
    return { ...result, steps: done, cancelled: done < steps, epochs: Float64Array.from(ended) };
  }

  /** null where it was cancelled: then it has changed nothing. */
  async #step(rate: number, signal: AbortSignal): Promise<RunResult | null> {
    const batch = await untilCancelled(() => this.#run.forward(), signal);
    if (batch === null) return null;
    const { values, gradients } = computeLosses(this.#outputs, batch, this.#trains);
    return untilCancelled(() => this.#run.finish(values, this.#trains ? gradients : null, rate), signal);
  }
}

const NOTHING = { steps: 0, cancelled: false, epochs: new Float64Array(0), nonFinite: null } as const;
