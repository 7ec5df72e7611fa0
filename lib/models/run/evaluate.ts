import { type CallbackHooks, type CallbackLogs, type CallbackModel, ProgbarLogger } from '../../callbacks';
import { CallbackList, checkCallbacks } from '../../callbacks/callback_list';
import { defined, elementAt } from '../../check';
import type { Dataset } from '../../data';
import { checkDistributed, type ProcessGroup } from '../../distributed';
import type { ModelData, PassOptions, SampleWeightOption } from '../../model_options';
import type { Logs, NativeData, NativeModel, NativeVersion } from '../../native';
import { checkSignal } from '../../signals';
import type { Compilation } from '../compile/compilation';
import type { Objective } from '../compile/objective';
import { Feed } from '../data/feed';
import { type PreparedData, prepareData } from '../data/prepare';
import { batchRanges, checkBatchSize, checkSteps, DEFAULT_BATCH_SIZE, planBatches } from '../data/steps';
import type { Topology } from '../graph/topology';
import { checkVerbOptions } from '../verb_options';
import { pinned } from './averages';
import { startEvaluation } from './custom_loss';
import { CustomMetrics } from './custom_metrics';
import { callOn, checkDataset, isStream } from './dataset_options';
import { checkReturnDict } from './fit_options';
import { runJob } from './jobs';
import { readInTurns } from './nested_data';
import { warnOfEvaluation } from './non_finite';
import {
  atCall,
  claimedBy,
  inAll,
  modelFacts,
  ownBatchSize,
  ownCallbacks,
  ownVerbosity,
  summedLogs,
} from './processes';
import { dataFacts, someWeights } from './same_data';
import { anyOf, unsharedStream } from './stream_parts';
import { checkVerbose } from './verbose';

export interface EvaluateOptions extends PassOptions, SampleWeightOption {
  /** Told of each batch. Default: none */
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | null | undefined;
  /** As in Keras; the result is an object always. Default: true */
  readonly returnDict?: boolean | undefined;
  /** The processes that share the data out: as in `fit`. Default: this one alone */
  readonly distributed?: ProcessGroup | null | undefined;
}

const NAMES = [
  'batchSize',
  'steps',
  'sampleWeight',
  'callbacks',
  'verbose',
  'returnDict',
  'signal',
  'distributed',
] as const;

/** Data in native memory, and what to make of them. */
export type ResidentData = Pick<PreparedData, 'data' | 'objective'>;

/** One pass over data. */
export interface EvaluationPass {
  readonly topology: Topology;
  readonly native: () => NativeModel;
  /** See {@link pinned}. */
  readonly pin: (averages: boolean) => NativeVersion;
  /** What native code holds, or what is read batch by batch. */
  readonly data: ResidentData | Feed;
  readonly batchSize: number;
  readonly callbacks: CallbackList;
  readonly signal: AbortSignal | undefined;
  /** Called once, with the first data whose loss is not finite. */
  readonly warn: (data: NativeData) => Promise<void>;
  /** Whether the steps of the callbacks are those of this pass, to be counted. */
  readonly counts?: boolean;
  /** Those that share the data out, or each read a part of a stream; null where this one is alone. */
  readonly processes: ProcessGroup | null;
  /** What must be the same in all of them, where they have not agreed on it. */
  readonly shared?: (objective: Objective) => Readonly<Record<string, unknown>>;
}

interface Evaluated {
  readonly topology: Topology;
  readonly compilation: Compilation;
  readonly model: CallbackModel;
}

export async function evaluate(
  evaluated: Evaluated,
  x: ModelData | Dataset,
  y: ModelData | undefined,
  options: EvaluateOptions = {},
): Promise<CallbackLogs> {
  checkVerbOptions(options, NAMES, 'evaluate');
  const processes = checkDistributed(options.distributed);
  const prepare = () => prepareEvaluation(evaluated, processes, { x, y }, options);
  return await atCall(processes, callOn('evaluate', x), prepare, (evaluation) =>
    evaluation.callbacks.through(() => evaluateData(evaluation), claimedBy(processes)),
  );
}

async function prepareEvaluation(
  { topology, compilation, model }: Evaluated,
  processes: ProcessGroup | null,
  { x, y }: { readonly x: ModelData | Dataset; readonly y: ModelData | undefined },
  options: EvaluateOptions,
): Promise<EvaluationPass> {
  checkReturnDict(options.returnDict, 'evaluate');
  const asked = [checkBatchSize(options.batchSize), checkSteps(options.steps, 'steps')] as const;
  const verbose = checkVerbose(options.verbose ?? 0);
  const signal = checkSignal(options.signal);
  const callers = ownCallbacks(checkCallbacks(options.callbacks), processes);
  const given = withBar(callers, ownVerbosity(verbose, processes));
  checkDataset(x, y, options);
  const own = {
    topology,
    processes,
    native: () => topology.native,
    pin: (averages: boolean) => pinned(topology, compilation, averages),
    warn: (data: NativeData) => warnOfEvaluation(topology, data, '`evaluate`', signal),
    shared: (objective: Objective) => ({
      ...modelFacts({ topology, compilation }, objective),
      weights: someWeights(topology),
    }),
  };
  if (isStream(x)) {
    const [size, most] = asked;
    const batchSize = size ?? DEFAULT_BATCH_SIZE;
    const data = new Feed({ topology, compilation }, x, {
      batchSize: ownBatchSize(batchSize, x, processes),
      steps: most,
      name: 'data',
      signal,
      isPart: processes !== null,
    });
    const callbacks = new CallbackList(given, model, { verbose, epochs: 1, steps: most }, signal);
    return { data, batchSize, callbacks, signal, counts: true, ...own };
  }
  const input = { x, y, sampleWeight: options.sampleWeight };
  const turns = readInTurns(topology, { '': input }, signal);
  const prepared = prepareData(topology, compilation, turns === null ? input : (await turns)['']);
  const { batchSize, steps, rows } = planBatches(prepared.data.rows, ...asked, 'steps');
  const callbacks = new CallbackList(given, model, { verbose, epochs: 1, steps }, signal);
  const { objective } = prepared;
  const data = { data: prepared.data.slice(0, rows), trainingRows: rows, objective };
  return { data, batchSize, callbacks, signal, ...own };
}

/** The callbacks of a pass, with a bar where one is to be seen. */
export function withBar(callbacks: readonly CallbackHooks[], verbose: number): readonly CallbackHooks[] {
  const has = verbose === 0 || callbacks.some((callback) => callback instanceof ProgbarLogger);
  return has ? callbacks : [...callbacks, new ProgbarLogger()];
}

/** What a pass holds: a version of the model, made when first asked for, as the first batch of a stream may build the model. */
class Pinned {
  readonly #evaluation: EvaluationPass;
  #version: NativeVersion | null = null;
  #metrics: CustomMetrics | null = null;

  constructor(evaluation: EvaluationPass) {
    this.#evaluation = evaluation;
  }

  get(): NativeVersion {
    const { pin, callbacks } = this.#evaluation;
    this.#version ??= pin(callbacks.averages);
    return this.#version;
  }

  /** The custom metrics, which count over all batches of the pass. */
  metricsFor(objective: Objective): CustomMetrics | null {
    if (this.#metrics === null && !objective.isNative) {
      this.#metrics = new CustomMetrics(objective);
      this.#metrics.reset();
    }
    return this.#metrics;
  }

  release(): void {
    this.#version?.release();
    this.#metrics?.release();
  }
}

/** Loss and metrics over all rows, of all processes. */
export async function evaluateData(evaluation: EvaluationPass): Promise<CallbackLogs> {
  const { data, callbacks, processes, batchSize } = evaluation;
  if (processes !== null && !(data instanceof Feed)) {
    const { objective } = data;
    const facts = { batchSize, data: dataFacts(data.data, evaluation.topology) };
    await processes.agree('evaluate', { ...evaluation.shared?.(objective), ...facts });
  }
  const counted = await inAll(processes, async () => {
    await callbacks.emit('onTestBegin');
    return await evaluateOwn(ownPart(evaluation));
  });
  const { logs, objective } =
    processes === null ? defined(counted ?? undefined) : await joined(evaluation, processes, counted);
  const named = objective.named(logs);
  await inAll(processes, () => callbacks.emit('onTestEnd', named));
  return named;
}

/** What was counted over some rows. */
interface Counted {
  readonly logs: Logs;
  readonly rows: number;
  readonly objective: Objective;
}

/** What JavaScript counts cannot be summed: each process counts all of it. */
function ownPart(evaluation: EvaluationPass): EvaluationPass {
  const { data, processes } = evaluation;
  if (processes === null || data instanceof Feed || !data.objective.isNative) return evaluation;
  return { ...evaluation, data: ownBatches(evaluation, data) };
}

async function joined(evaluation: EvaluationPass, processes: ProcessGroup, own: Counted | null): Promise<Counted> {
  const { data } = evaluation;
  const counted =
    data instanceof Feed ? await streamJoined(evaluation, data, processes, own) : defined(own ?? undefined);
  const { objective, logs, rows } = counted;
  return objective.isNative ? { ...counted, logs: await summedLogs(processes, logs, rows) } : counted;
}

/** A process whose part of a stream has no rows counts none of what another one read. */
async function streamJoined(
  evaluation: EvaluationPass,
  feed: Feed,
  processes: ProcessGroup,
  own: Counted | null,
): Promise<Counted> {
  const first = await anyOf(processes, feed.name, feed.takeFirst());
  const counted = await inAll(processes, async () => {
    const like = own ?? feed.prepare(first);
    if (!like.objective.isNative) throw unsharedStream('losses and metrics of your own', 'some');
    return 'logs' in like ? like : await evaluateResident(evaluation, { ...like, data: like.data.slice(0, 0) }, null);
  });
  // The first batch may have built the model.
  await processes.agree('evaluate', { ...evaluation.shared?.(counted.objective) });
  return counted;
}

/** The whole batches that are this process's. */
function ownBatches({ processes, batchSize }: EvaluationPass, { data, objective }: ResidentData): ResidentData {
  const [from, to] = processes?.partOf(Math.ceil(data.rows / batchSize)) ?? [0, data.rows];
  return { objective, data: data.slice(Math.min(data.rows, from * batchSize), Math.min(data.rows, to * batchSize)) };
}

/** null where a stream has nothing. */
async function evaluateOwn(evaluation: EvaluationPass): Promise<Counted | null> {
  const { data, callbacks } = evaluation;
  return data instanceof Feed || callbacks.averages || callbacks.listens('onTestBatchBegin', 'onTestBatchEnd')
    ? await evaluateVersion(evaluation)
    : await evaluateResident(evaluation, data, null);
}

/** Evaluates the parameters as they are now, whatever happens between two batches. */
async function evaluateVersion(evaluation: EvaluationPass): Promise<Counted | null> {
  const { data, callbacks } = evaluation;
  const version = new Pinned(evaluation);
  try {
    const byBatch = callbacks.listens('onTestBatchBegin', 'onTestBatchEnd');
    return data instanceof Feed || (byBatch && data.data.rows > 0)
      ? await evaluateByBatch(evaluation, version)
      : await evaluateResident(evaluation, data, version.get());
  } finally {
    version.release();
  }
}

async function evaluateResident(
  { native, batchSize, signal, warn }: EvaluationPass,
  data: ResidentData,
  version: NativeVersion | null,
): Promise<Counted> {
  const logs = await runJob(() => startEvaluation(native(), data, batchSize, version), signal);
  if (!Number.isFinite(logs.loss)) await warn(data.data);
  return { logs, rows: data.data.rows, objective: data.objective };
}

async function evaluateByBatch(evaluation: EvaluationPass, version: Pinned): Promise<Counted | null> {
  const { native, data: all, batchSize, callbacks, signal, warn, counts } = evaluation;
  let counted: Counted | null = null;
  let allFinite = true;
  let batch = 0;
  for await (const { data, objective } of all instanceof Feed ? all.pass() : batchesOf(all, batchSize)) {
    await callbacks.emitAt('onTestBatchBegin', batch);
    const metrics = version.metricsFor(objective);
    const start = () => startEvaluation(native(), { data, objective }, data.rows, version.get(), metrics);
    const logs = await runJob(start, signal);
    if (allFinite && !Number.isFinite(logs.loss)) await warn(data);
    allFinite &&= Number.isFinite(logs.loss);
    counted = withBatch(counted, { logs, rows: data.rows, objective });
    if (all instanceof Feed) data.release();
    await callbacks.emitAt('onTestBatchEnd', batch++, objective.named(counted.logs));
  }
  if (counts) callbacks.setSteps(batch);
  return counted;
}

function* batchesOf({ data, objective }: ResidentData, batchSize: number): Generator<ResidentData> {
  for (const range of batchRanges(data.rows, batchSize)) yield { data: data.slice(...range), objective };
}

/** The mean losses, and the sums of states, with one more batch. */
function withBatch(before: Counted | null, batch: Counted): Counted {
  if (before === null) return batch;
  const rows = before.rows + batch.rows;
  const fraction = before.rows / rows;
  const [means, logs] = [before.logs, batch.logs];
  return {
    objective: batch.objective,
    rows,
    logs: {
      loss: means.loss * fraction + logs.loss * (1 - fraction),
      losses: logs.losses.map((loss, o) => elementAt(means.losses, o) * fraction + loss * (1 - fraction)),
      states: logs.states.map((state, m) => state.map((value, i) => value + elementAt(elementAt(means.states, m), i))),
      customResults: logs.customResults ?? [],
    },
  };
}
