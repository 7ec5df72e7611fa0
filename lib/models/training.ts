import type { History, ProgbarLogger } from '../callbacks';
import type { CallbackList } from '../callbacks/callback_list';
import type { Job, Logs, NativeData, NativeModel, NonFinite, Run, RunResult } from '../native';
import type { Compilation } from './compile';
import { evaluateData } from './evaluate';
import type { FitSettings } from './fit_options';
import { settle } from './jobs';
import type { Objective } from './objective';

export interface TrainingParts {
  readonly native: NativeModel;
  readonly run: Run;
  readonly objective: Objective;
  readonly compilation: Compilation;
  readonly validation: NativeData | null;
  readonly settings: FitSettings;
  readonly callbacks: CallbackList;
  readonly history: History;
  readonly bar: ProgbarLogger | null;
  /** Called once, with the first batch whose loss is not finite. */
  readonly warn: (found: NonFinite) => void;
}

const TICK_MS = 100;

/** One `fit`. It asks native code for as many steps as lie between two events that someone listens to. */
export class Training {
  readonly #parts: TrainingParts;
  #job: Job<RunResult> | null = null;
  #stopped = false;
  #warned = false;

  constructor(parts: TrainingParts) {
    this.#parts = parts;
  }

  /** Ends the run after the step that is under way. */
  stop(): void {
    this.#stopped = true;
    this.#job?.cancel();
  }

  async train(): Promise<void> {
    const { callbacks, native, validation, settings } = this.#parts;
    await callbacks.emit('onTrainBegin');
    const epochHooks = callbacks.listens('onEpochBegin', 'onEpochEnd', 'onTrainBatchBegin', 'onTrainBatchEnd');
    if (epochHooks || validation !== null) {
      for (let epoch = settings.initialEpoch; epoch < settings.epochs; epoch++) {
        await this.#trainEpoch(epoch);
        if (this.#stopped) break;
      }
    } else {
      await this.#trainAll();
    }
    native.finalize();
    await callbacks.emit('onTrainEnd');
  }

  async #trainAll(): Promise<void> {
    const { run, settings } = this.#parts;
    const result = await this.#steps(run.stepsPerEpoch * (settings.epochs - settings.initialEpoch));
    for (const [index, logs] of result.epochs.entries()) await this.#endEpoch(settings.initialEpoch + index, logs);
    const begun = result.cancelled && result.epochs.length * run.stepsPerEpoch < result.steps;
    if (begun) await this.#endEpoch(settings.initialEpoch + result.epochs.length, result);
  }

  async #trainEpoch(epoch: number): Promise<void> {
    const { callbacks, run } = this.#parts;
    await callbacks.emitAt('onEpochBegin', epoch);
    const byBatch = callbacks.listens('onTrainBatchBegin', 'onTrainBatchEnd');
    const logs = byBatch ? await this.#trainBatches() : lastLogs(await this.#steps(run.stepsPerEpoch));
    await this.#endEpoch(epoch, logs);
  }

  async #trainBatches(): Promise<Logs> {
    const { callbacks, run, objective } = this.#parts;
    for (let batch = 0; ; batch++) {
      await callbacks.emitAt('onTrainBatchBegin', batch);
      const logs = lastLogs(await this.#steps(1));
      await callbacks.emitAt('onTrainBatchEnd', batch, objective.named(logs));
      if (this.#stopped || batch + 1 === run.stepsPerEpoch) return logs;
    }
  }

  async #endEpoch(epoch: number, sums: Logs): Promise<void> {
    const { native, objective, validation, settings, callbacks, history } = this.#parts;
    const logs = objective.named(sums);
    if (validation !== null) {
      const { batchSize, signal } = settings;
      const found = await evaluateData({ native, objective, data: validation, batchSize, callbacks, signal });
      for (const [name, value] of Object.entries(found)) logs[`val_${name}`] = value;
    }
    await callbacks.emitAt('onEpochEnd', epoch, logs);
    history.onEpochEnd(epoch, logs);
  }

  async #steps(count: number): Promise<RunResult> {
    const { native, run, compilation, settings } = this.#parts;
    // As in Keras, a stop that was asked for between two batches still lets one pass.
    const steps = this.#stopped ? 1 : count;
    const job = run.run(steps, compilation.optimizer.learningRates(native.iterations, steps));
    this.#job = job;
    const ticks = this.#startTicks();
    try {
      const result = await settle(job, settings.signal);
      if (result.nonFinite !== null && !this.#warned) {
        this.#warned = true;
        this.#parts.warn(result.nonFinite);
      }
      return result;
    } finally {
      clearInterval(ticks);
      this.#job = null;
    }
  }

  /** The bar moves by a snapshot that a timer takes, not by calls from native code. */
  #startTicks(): NodeJS.Timeout | undefined {
    const { bar, run, objective } = this.#parts;
    if (bar === null) return undefined;
    const timer = setInterval(() => {
      const progress = run.progress();
      bar.update(progress.step, objective.named(progress));
    }, TICK_MS);
    return timer.unref();
  }
}

function lastLogs(result: RunResult): Logs {
  return result.epochs.at(-1) ?? result;
}
