import type { CallbackLogs, CallbackRun } from '../../callbacks';
import type { ExaminerOptions, LayerExaminer, LayerRecord } from '../../callbacks/layer_values';
import type { ProcessGroup } from '../../distributed';
import { unsupported } from '../../errors';
import type { Job, Logs, NativeData, NonFinite, Run, RunResult } from '../../native';
import type { Compilation } from '../compile/compilation';
import type { Objective } from '../compile/objective';
import type { Feed } from '../data/feed';
import { isValidated } from '../data/validation';
import { lastLogs } from './epoch_logs';
import { type EvaluationPass, evaluateData, type ResidentData } from './evaluate';
import type { FitSettings } from './fit_options';
import { runJob } from './jobs';
import { nextRates } from './learning_rates';
import { claimedBy, inAll, SharedEnd, warnOfWholeBatches } from './processes';
import {
  type RunFacts,
  type RunState,
  restoreLearned,
  restoreRun,
  type StatefulRun,
  saveLearned,
  saveRun,
} from './run_state';
import { MOST_STEPS, trainSilently } from './silent_epochs';
import { StreamRun } from './stream_run';

export interface TrainingParts extends Omit<StatefulRun, 'run' | 'facts'> {
  readonly run: Run | StreamRun;
  /** Null where data is streamed: a stream cannot go back. */
  readonly facts: RunFacts | null;
  readonly objective: Objective;
  readonly compilation: Compilation;
  readonly topology: EvaluationPass['topology'];
  readonly pin: EvaluationPass['pin'];
  readonly validation: { readonly data: ResidentData | Feed; readonly batchSize: number } | null;
  readonly settings: FitSettings;
  /** Data in which nothing but indices may stand where layers take them. */
  readonly indices: readonly NativeData[];
  /** What must be the same in all processes that train together. */
  readonly shared: () => Readonly<Record<string, unknown>>;
  /** Called once, with the first batch whose loss is not finite. */
  readonly warn: (found: NonFinite) => Promise<void>;
  /** Called at most once, with data to validate by, where the loss of training is finite still. */
  readonly warnOfValidation: (data: NativeData) => Promise<void>;
  readonly statistics: LayerRecord | null;
  readonly examiner: (options: ExaminerOptions) => Promise<LayerExaminer>;
}

const TICK_MS = 100;
/** One `fit`. It asks native code for as many steps as lie between two events that someone listens to. */
export class Training implements CallbackRun {
  readonly statistics: TrainingParts['statistics'];
  readonly examiner: TrainingParts['examiner'];
  readonly #parts: TrainingParts;
  #job: Job<RunResult> | null = null;
  #stopped = false;
  /** Whether it takes or awaits the batches of an epoch. */
  #isStreaming = false;
  #warned = false;
  #warnedOfValidation = false;
  #epoch: number;
  /** Whether the hooks of the epoch's end are being called, or were. */
  #epochEnded = false;
  #seed: number;
  /** The backup that the run continues from, within an epoch. */
  #resumed: RunState | null = null;
  /** The backup that the first of several processes continues from, for the others. */
  #restored: RunState | null = null;
  /** Null where this process is alone. */
  readonly #end: SharedEnd | null;
  /** Whether somebody listens to each batch: of processes that train together, in any of them. */
  #byBatch = false;

  constructor(parts: TrainingParts) {
    this.#parts = parts;
    this.statistics = parts.statistics;
    this.examiner = parts.examiner;
    const { processes, abort } = parts.settings;
    this.#end = processes === null ? null : new SharedEnd(processes, abort, parts);
    this.#epoch = parts.settings.initialEpoch;
    this.#seed = parts.settings.seed;
  }

  /** Ends the run after the step that is under way. */
  stop(): void {
    if (this.#end !== null) {
      this.#end.ask();
      this.#parts.run.stop?.();
      return;
    }
    this.#stopped = true;
    this.#job?.cancel();
  }

  save(): RunState {
    return saveRun(this.#stateful, { seed: this.#seed, epochEnded: this.#epochEnded, stopped: this.#stopped });
  }

  async restore(given: unknown): Promise<void> {
    const state = given as RunState;
    await restoreRun(this.#stateful, state);
    this.#restored = state;
    this.#seed = state.seed;
    this.#stopped = state.stopped;
    this.#resumed = state.epochEnded ? null : state;
    this.#epoch = state.position.epoch;
    if (state.epochEnded) this.#epoch = state.stopped ? this.#parts.settings.epochs : this.#epoch + 1;
  }

  get #stateful(): StatefulRun {
    const { run, facts, ...parts } = this.#parts;
    if (run instanceof StreamRun || facts === null) {
      throw unsupported(
        'callbacks',
        'no backup of a run over a streamed data set',
        'BackupAndRestore',
        'Keep the data in arrays.',
      );
    }
    return { ...parts, run, facts };
  }

  /** Errors: `ERR_OUT_OF_RANGE` for data that are not indices where layers take them. */
  async checkIndices(): Promise<void> {
    const { native, indices, settings } = this.#parts;
    for (const data of indices) await runJob(() => native.checkIndices(data), settings.signal);
  }

  async train(): Promise<void> {
    const { callbacks, run, settings } = this.#parts;
    const ticks = this.#startTicks();
    try {
      await callbacks.through(() => this.#train(), claimedBy(settings.processes));
    } finally {
      clearInterval(ticks);
      this.#end?.release();
      run.releaseMetrics?.();
      if (run instanceof StreamRun) await run.close();
    }
  }

  async #train(): Promise<void> {
    const { callbacks, native } = this.#parts;
    const { processes } = this.#parts.settings;
    callbacks.setRun(this);
    await processes?.agree('fit', this.#parts.shared());
    await callbacks.emit('onTrainBegin');
    this.#byBatch = callbacks.listens('onTrainBatchBegin', 'onTrainBatchEnd');
    if (processes !== null) await this.#begin(processes);
    const logs = await this.#trainEpochs();
    await inAll(processes, async () => {
      native.finalize();
      await callbacks.emit('onTrainEnd', logs);
    });
  }

  /** All processes begin where the first one does. */
  async #begin(processes: ProcessGroup): Promise<void> {
    const { run, compilation } = this.#parts;
    if (run.sharesBatches === false) warnOfWholeBatches(processes, compilation);
    const [listeners = 0] = await processes.sums(this.#byBatch ? 1 : 0);
    this.#byBatch = listeners > 0;
    if (run instanceof StreamRun) {
      const learned = await processes.share(await inAll(processes, () => saveLearned(this.#parts)));
      await inAll(processes, () => restoreLearned(this.#parts, learned));
    } else {
      const state = await processes.share(await inAll(processes, () => this.#restored ?? this.save()));
      await inAll(processes, async () => {
        if (!processes.isMain) await this.restore(state);
      });
    }
    await this.#decideEnd();
  }

  async #trainEpochs(): Promise<CallbackLogs> {
    const { callbacks, validation, settings, run } = this.#parts;
    const epochHooks = callbacks.listens('onEpochBegin', 'onEpochEnd', 'onTrainBatchBegin', 'onTrainBatchEnd');
    // Processes may have different callbacks, but agree at the end of each epoch.
    const asOne = !epochHooks && validation === null && this.#end === null;
    // `return await` all along: an error's stack must lead to the caller.
    if (asOne && !(run instanceof StreamRun)) return await this.#trainAll(run);
    let logs: CallbackLogs = {};
    while (this.#epoch < settings.epochs) {
      logs = await this.#trainEpoch();
      if (this.#stopped) break;
      this.#epoch++;
    }
    return logs;
  }

  async #trainAll(run: Run): Promise<CallbackLogs> {
    const { settings, objective, callbacks, compilation } = this.#parts;
    const record = (sums: Logs): CallbackLogs => {
      const logs = objective.named(sums);
      callbacks.record(this.#epoch++, logs);
      return logs;
    };
    return await trainSilently({
      run,
      ...{ first: this.#epoch, end: settings.epochs, optimizer: compilation.optimizer, signal: settings.signal },
      ...{ steps: (count) => this.#steps(count), isStopped: () => this.#stopped, record },
    });
  }

  async #trainEpoch(): Promise<CallbackLogs> {
    const { callbacks, run } = this.#parts;
    const resumed = this.#resumed;
    this.#resumed = null;
    this.#epochEnded = false;
    await callbacks.emitAt('onEpochBegin', this.#epoch);
    // What the hooks of the beginning change was changed before the backup already.
    if (resumed !== null) await this.#held(() => restoreRun(this.#stateful, resumed));
    if (run instanceof StreamRun) return await this.#endEpoch(await this.#trainStream(run));
    const done = resumed?.position.step ?? 0;
    const left = resumed?.stopped ? 0 : run.stepsIn(this.#epoch) - done;
    if (left === 0) return await this.#endEpoch(run.progress());
    const sums = this.#byBatch ? await this.#trainBatches(done, done + left) : lastLogs(await this.#steps(left));
    return await this.#endEpoch(sums);
  }

  async #trainBatches(from: number, to: number): Promise<Logs> {
    for (let batch = from; ; batch++) {
      const logs = await this.#trainBatch(batch);
      if (this.#stopped || batch + 1 === to) return logs;
    }
  }

  async #trainStream(run: StreamRun): Promise<Logs> {
    let logs: Logs = { loss: 0, losses: [], states: [] };
    this.#isStreaming = true;
    for (let batch = 0; await run.isReady(batch); batch++) {
      logs = await this.#trainBatch(batch);
      if (this.#stopped) break;
    }
    this.#isStreaming = false;
    if (run.stepsPerEpoch !== null) this.#parts.callbacks.setSteps(run.stepsPerEpoch);
    return logs;
  }

  async #trainBatch(batch: number): Promise<Logs> {
    const { callbacks, objective } = this.#parts;
    await callbacks.emitAt('onTrainBatchBegin', batch);
    const logs = lastLogs(await this.#steps(1));
    await callbacks.emitAt('onTrainBatchEnd', batch, objective.named(logs));
    if (this.#byBatch) await this.#decideEnd();
    return logs;
  }

  async #endEpoch(sums: Logs): Promise<CallbackLogs> {
    const { native, pin, objective, validation, settings, callbacks, run } = this.#parts;
    const logs = objective.named(sums);
    run.releaseMetrics?.();
    if (validation !== null && isValidated(this.#epoch, settings.validation.freq)) {
      const { signal, processes } = settings;
      const warn = (data: NativeData) => this.#warnOfValidation(data);
      const found = await evaluateData({
        topology: this.#parts.topology,
        native: () => native,
        pin,
        ...validation,
        callbacks,
        signal,
        warn,
        processes,
      });
      signal?.throwIfAborted();
      for (const [name, value] of Object.entries(found)) logs[`val_${name}`] = value;
    }
    this.#epochEnded = true;
    await callbacks.emitAt('onEpochEnd', this.#epoch, logs);
    await this.#decideEnd();
    return logs;
  }

  async #warnOfValidation(data: NativeData): Promise<void> {
    if (this.#warned || this.#warnedOfValidation) return;
    this.#warnedOfValidation = true;
    await this.#parts.warnOfValidation(data);
  }

  /** Steps of one epoch, or of several by one call; the result is that of the last call, with all steps. */
  async #steps(count: number): Promise<RunResult> {
    let steps = 0;
    for (;;) {
      // As in Keras, a stop that was asked for between two batches still lets one pass; and every epoch has a batch.
      const most = this.#stopped ? 1 : Math.min(count - steps, MOST_STEPS);
      const result = await this.#call(most);
      steps += result.steps;
      if (result.cancelled) await this.#decideEnd();
      if (steps !== count && (!this.#stopped || steps === 0)) continue;
      return steps === result.steps ? result : { ...result, steps };
    }
  }

  /** Ends the run where any of the processes that train together asked for it. */
  async #decideEnd(): Promise<void> {
    if (this.#end === null) return;
    const { compilation, native } = this.#parts;
    const rate = () => compilation.optimizer.learningRateAt(native.iterations);
    this.#stopped = (await this.#end.decide(rate)) || this.#stopped;
  }

  async #call(steps: number): Promise<RunResult> {
    const { native, run, compilation, settings } = this.#parts;
    const step = () =>
      runJob(() => {
        const rates = () => nextRates(compilation.optimizer, native.iterations, steps, settings.processes !== null);
        const next = this.#end?.attempt(rates, { steps, rates: new Float32Array(1) }) ?? rates();
        this.#job = run.run(next.steps, next.rates);
        return this.#job;
      }, settings.signal);
    let result: RunResult;
    try {
      result = await (settings.processes?.stepping(step) ?? step());
    } catch (error) {
      // All learn at a step of what fails there.
      if (this.#job !== null) settings.processes?.endTogether();
      throw error;
    } finally {
      this.#job = null;
    }
    const { nonFinite } = result;
    if (nonFinite === null || this.#warned) return result;
    this.#warned = true;
    await this.#held(() => this.#parts.warn(nonFinite));
    return result;
  }

  /** What this process does by itself: an error of it ends the run in all where they next agree. */
  async #held(work: () => Promise<void>): Promise<void> {
    await work().catch((error) => {
      if (this.#end === null) throw error;
      this.#end.fail(error);
    });
  }

  /** A bar moves by a snapshot that a timer takes, not by calls from native code. */
  #startTicks(): NodeJS.Timeout | undefined {
    const { callbacks, run, objective } = this.#parts;
    if (!callbacks.showProgress) return undefined;
    const timer = setInterval(() => {
      if (this.#job === null && !this.#isStreaming) return;
      const progress = run.progress();
      callbacks.progress(progress.step, objective.named(progress));
    }, TICK_MS);
    return timer.unref();
  }
}
