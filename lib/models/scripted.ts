import {
  type ForwardResult,
  type Job,
  type Logs,
  type NativeData,
  type NativeModel,
  type NativeRun,
  native,
  type Progress,
  type Run,
  type RunOptions,
  type RunResult,
} from '../native';
import { nextSeed } from '../random';
import { Tensor } from '../tensor';
import type { Objective, OutputObjective } from './objective';
import type { Problem } from './problem';

/** A run of steps, whoever computes the loss. */
export function startRun(model: NativeModel, data: NativeData, objective: Objective, options: RunOptions): Run {
  return stepsOf(new native.Run(model, data, options), objective, options.trains);
}

/** The steps of a run, whoever computes the loss. */
export function stepsOf(run: NativeRun, objective: Objective, trains: boolean): Run {
  return objective.scripted !== null ? new ScriptedRun(run, objective.scripted, trains) : run;
}

/** Loss and metrics over all rows, whoever computes the loss. */
export function startEvaluation(
  model: NativeModel,
  { data, objective }: Pick<Problem, 'data' | 'objective'>,
  batchSize: number,
): Job<Logs & { readonly cancelled: boolean }> {
  if (objective.scripted === null) return model.evaluate(data, batchSize);
  const run = startRun(model, data, objective, { ...wholeBatch(data), batchSize, trains: false });
  return run.run(run.stepsIn(0), Float32Array.of(0));
}

/** Loss of one batch, all rows, and its gradient by the parameters, whoever computes the loss. */
export function lossAndGradient(
  model: NativeModel,
  data: NativeData,
  objective: Objective,
): { readonly loss: number; readonly gradient: Float32Array } {
  const { scripted } = objective;
  if (scripted === null) return model.gradients(data, nextSeed());
  const run = new native.Run(model, data, wholeBatch(data));
  const { value, gradient } = scriptedLoss(scripted, run.forwardSync(), true);
  return { loss: value, gradient: run.gradients(gradient as Float32Array) };
}

/** A run of one step. */
export function wholeBatch({ rows }: NativeData): RunOptions {
  return { batchSize: rows, shuffle: false, seed: nextSeed(), initialEpoch: 0, stepsPerEpoch: 0, trains: true };
}

/** Loss of one batch, and its gradient by the outputs. */
function scriptedLoss(
  { loss, spec, targetShape, outputShape }: OutputObjective,
  { samples, outputs, targets, weights, mask }: ForwardResult,
  gradient: boolean,
): { readonly value: number; readonly gradient: Float32Array | null } {
  if (loss === null || targetShape === null) throw new Error('Only an output with a loss is scripted.');
  const yTrue = new Tensor(targets, [samples, ...targetShape]);
  const yPred = new Tensor(outputs, [samples, ...outputShape]);
  // A sample's weight is that of all its steps.
  const steps = outputShape.slice(1).map(() => 1);
  const options = {
    sampleWeight: weights && new Tensor(weights, [samples, ...steps]),
    mask: mask && new Tensor(mask, [samples, ...outputShape.slice(0, -1)]),
  };
  if (!gradient) return { value: spec.lossWeight * Number(loss.compute(yTrue, yPred, options)), gradient: null };
  const found = loss.valueAndGradient(yTrue, yPred, options);
  const slopes = (found.gradient as Tensor<Float32Array>).data;
  return {
    value: spec.lossWeight * Number(found.value),
    gradient: spec.lossWeight === 1 ? slopes : slopes.map((slope) => spec.lossWeight * slope),
  };
}

/** A run whose loss is computed here, on the JavaScript thread, between both parts of each step. */
class ScriptedRun implements Run {
  readonly #run: NativeRun;
  readonly #scripted: OutputObjective;
  readonly #trains: boolean;

  constructor(run: NativeRun, scripted: OutputObjective, trains: boolean) {
    this.#run = run;
    this.#scripted = scripted;
    this.#trains = trains;
  }

  run(steps: number, learningRates: Float32Array): Job<RunResult> {
    const state = { cancelled: false };
    const cancel = (): void => {
      state.cancelled = true;
    };
    return { promise: this.#steps(steps, learningRates, state), cancel };
  }

  progress(): Progress {
    return this.#run.progress();
  }

  stepsIn(epoch: number): number {
    return this.#run.stepsIn(epoch);
  }

  seek(position: Progress, seed: number): void {
    this.#run.seek(position, seed);
  }

  async #steps(steps: number, rates: Float32Array, state: { readonly cancelled: boolean }): Promise<RunResult> {
    const epochs: Logs[] = [];
    let result: Omit<RunResult, 'steps' | 'epochs'> = { ...this.progress(), cancelled: false, nonFinite: null };
    let done = 0;
    for (; done < steps && !state.cancelled; done++) {
      const step = await this.#step(rates[rates.length === 1 ? 0 : done] ?? 0);
      epochs.push(...step.epochs);
      result = step;
    }
    return { ...result, steps: done, cancelled: done < steps, epochs };
  }

  async #step(rate: number): Promise<RunResult> {
    const batch = await this.#run.forward().promise;
    const { value, gradient } = scriptedLoss(this.#scripted, batch, this.#trains);
    return this.#run.finish(value, gradient, rate).promise;
  }
}
