import type { CallbackHooks, CallbackModel } from '../../callbacks';
import { CallbackList, checkCallbacks } from '../../callbacks/callback_list';
import { checkBoolean, defined, elementAt } from '../../check';
import type { Dataset, Element } from '../../data';
import { BATCHES_AHEAD, readAhead } from '../../data/prefetch';
import type { Open } from '../../data/source';
import { checkDistributed, type ProcessGroup } from '../../distributed';
import { InWords, shapeMismatch } from '../../errors';
import type { ModelData, PassOptions } from '../../model_options';
import type { NativeModel, NativeVersion } from '../../native';
import { checkSignal } from '../../signals';
import { allocated, Tensor } from '../../tensor';
import type { Compilation } from '../compile/compilation';
import { changedAmid } from '../compile/compiled_for';
import { buildWith, type Samples, samplesOf } from '../data/rows';
import { checkBatchSize, checkSteps, DEFAULT_BATCH_SIZE, planBatches } from '../data/steps';
import { CustomLayers } from '../graph/custom_layers';
import type { Topology } from '../graph/topology';
import { checkVerbOptions } from '../verb_options';
import { pinned } from './averages';
import { predictHere, predictHereSync } from './custom_predict';
import { callOn, checkDataset, isStream } from './dataset_options';
import { withBar } from './evaluate';
import { runJob } from './jobs';
import { readInTurns } from './nested_data';
import { atCall, graphOf, inAll, ownCallbacks, ownVerbosity } from './processes';
import { sampleFacts, someWeights } from './same_data';
import { type Part, partsOf, residentOf, rowsAtOnce, rowsOfSamples, slicesOf, staysInPlace } from './sample_parts';
import { anyOf } from './stream_parts';
import { checkVerbose } from './verbose';

export interface PredictOptions extends PassOptions {
  /** Rows of a streamed batch, and what the batch hooks count; no output depends on it. Default: 32, or as `steps` tell */
  readonly batchSize?: number | undefined;
  /**
   * Whether samples are copied first. `false` promises that `x` does not change before the end: floats and bytes in a
   * `SharedArrayBuffer` are then read where they lie, and other arrays copied in parts, as they are needed.
   * Default: true
   */
  readonly copy?: boolean | undefined;
  /** Told of each batch. Default: none */
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | null | undefined;
  /** The processes that share the samples out; of a stream, each predicts what it reads. Default: this one alone */
  readonly distributed?: ProcessGroup | null | undefined;
}

const NAMES = ['batchSize', 'steps', 'copy', 'callbacks', 'verbose', 'signal', 'distributed'] as const;

interface Predicted {
  readonly topology: Topology;
  readonly compilation: Compilation | null;
  readonly model: CallbackModel;
}

export async function predict(
  predicted: Predicted,
  x: ModelData | Dataset,
  options: PredictOptions = {},
): Promise<Tensor<Float32Array>[]> {
  checkVerbOptions(options, NAMES, 'predict');
  const processes = checkDistributed(options.distributed);
  const prepare = () => preparePrediction(predicted, processes, x, options);
  if (processes !== null) return await atCall(processes, callOn('predict', x), prepare, (work) => work());
  const work = prepare();
  // Native code copies the samples as its job begins, hence before anything waits.
  return await (work instanceof Promise ? await work : work)();
}

type Work = () => Promise<Tensor<Float32Array>[]>;

function preparePrediction(
  { topology, compilation, model }: Predicted,
  processes: ProcessGroup | null,
  x: ModelData | Dataset,
  options: PredictOptions,
): Work | Promise<Work> {
  const asked = [checkBatchSize(options.batchSize), checkSteps(options.steps, 'steps')] as const;
  const copy = checkBoolean(options.copy ?? true, 'copy');
  const verbose = checkVerbose(options.verbose ?? 0);
  const signal = checkSignal(options.signal);
  const callers = ownCallbacks(checkCallbacks(options.callbacks), processes);
  const given = withBar(callers, ownVerbosity(verbose, processes));
  checkDataset(x, undefined, options);
  if (isStream(x)) {
    const [size, most] = asked;
    const callbacks = new CallbackList(given, model, { verbose, epochs: 1, steps: most }, signal);
    const stream = { open: x.passes(size ?? DEFAULT_BATCH_SIZE, most), first: null, isPart: processes !== null };
    const parts = streamed(topology, stream, signal);
    const room = roomForParts(topology);
    const work = () => predictParts({ topology, compilation, callbacks, room, signal }, parts);
    const isNew = topology.inputShapes === null;
    return async () => {
      await inAll(processes, () => callbacks.through(work));
      if (processes !== null) {
        await buildInAll(topology, processes, stream, isNew);
        await processes.agree('predict', { model: graphOf(topology), weights: someWeights(topology) });
      }
      return room.whole();
    };
  }
  const workOn = (data: ModelData): Work => {
    const all = samplesOf(topology, data, 'x', { least: 0, copy });
    const { rows, batchSize } = planBatches(all.rows, ...asked, 'steps');
    const own = { topology, compilation, model, given, copy, batchSize, verbose, signal };
    const samples = rowsOfSamples(all, 0, rows);
    if (processes === null) return () => predictResident(own, samples);
    const [from, to] = processes.partOf(rows);
    const part = rowsOfSamples(samples, from, to);
    // The others are waited for, hence samples that may change meanwhile are copied.
    return predictShared(own, processes, samples, copy ? { ...part, inputs: residentOf(part) } : part);
  };
  const turns = readInTurns(topology, { '': { x } }, signal);
  return turns === null ? workOn(x) : turns.then((read) => workOn(read[''].x));
}

interface ResidentPrediction {
  readonly topology: Topology;
  readonly compilation: Compilation | null;
  readonly model: CallbackModel;
  readonly given: readonly CallbackHooks[];
  readonly copy: boolean;
  readonly batchSize: number;
  readonly verbose: number;
  readonly signal: AbortSignal | undefined;
}

async function predictResident(prediction: ResidentPrediction, samples: Samples): Promise<Tensor<Float32Array>[]> {
  const { topology, compilation, model, given, copy, batchSize, verbose, signal } = prediction;
  const { rows } = samples;
  const whole = copy || staysInPlace(samples);
  // Native code copies the samples as the job begins, hence before anything waits.
  if (given.length === 0 && whole) {
    const outputs = roomFor(topology, rows);
    const layers = CustomLayers.of(topology.lowered);
    if (layers !== null) await predictHere(topology, layers, samples, dataOf(outputs), { signal });
    else await runJob(() => topology.native.predict(samples.inputs, rows, dataOf(outputs)), signal);
    return outputs;
  }
  const most = given.length === 0 ? rowsAtOnce(samples) : batchSize;
  const callbacks = new CallbackList(given, model, { verbose, epochs: 1, steps: Math.ceil(rows / most) }, signal);
  const parts = whole ? slicesOf(samples, most) : partsOf(samples, most);
  const room = roomForRows(topology, rows);
  await callbacks.through(() => predictParts({ topology, compilation, callbacks, room, signal }, parts));
  return room.whole();
}

/** Each process predicts its rows, and gets those of the others. */
function predictShared(prediction: ResidentPrediction, processes: ProcessGroup, samples: Samples, part: Samples): Work {
  const { topology } = prediction;
  const { rows } = samples;
  const facts = { model: graphOf(topology), weights: someWeights(topology), samples: sampleFacts(samples, topology) };
  return async () => {
    await processes.agree('predict', facts);
    const own = await inAll(processes, () => predictResident(prediction, part));
    const whole = await inAll(processes, () => roomFor(topology, rows));
    const [from] = processes.partOf(rows);
    for (const [o, { data }] of whole.entries()) {
      const columns = data.length / rows;
      data.set(elementAt(own, o).data, from * columns);
      await processes.gather(data, columns);
    }
    return whole;
  };
}

export function predictSync(topology: Topology, x: ModelData): Tensor<Float32Array>[] {
  const samples = samplesOf(topology, x, 'x', { least: 0 });
  const { rows, inputs } = samples;
  const outputs = roomFor(topology, rows);
  const layers = CustomLayers.of(topology.lowered);
  if (layers !== null) predictHereSync(topology, layers, samples, dataOf(outputs));
  else topology.native.predictSync(inputs, rows, dataOf(outputs));
  return outputs;
}

interface Prediction {
  readonly topology: Topology;
  readonly compilation: Compilation | null;
  readonly callbacks: CallbackList;
  readonly room: Room;
  readonly signal: AbortSignal | undefined;
}

/** By one version of the model, whatever comes between two parts. */
async function predictParts(
  { topology, compilation, callbacks, room, signal }: Prediction,
  parts: Iterable<Part> | AsyncIterable<Part>,
): Promise<void> {
  let batch = 0;
  // The samples of a stream build the model.
  let model: NativeModel | null = topology.inputShapes === null ? null : topology.native;
  let version: NativeVersion | null = null;
  await callbacks.emit('onPredictBegin');
  try {
    for await (const part of parts) {
      model ??= topology.native;
      if (topology.native !== model) throw changedAmid();
      version ??= pinned(topology, compilation, callbacks.averages);
      const own = version;
      const outputs = room.next(part.rows);
      await callbacks.emitAt('onPredictBatchBegin', batch);
      const layers = CustomLayers.of(topology.lowered);
      if (layers !== null) await predictHere(topology, layers, part, outputs, { version: own, signal });
      else await runJob(() => topology.native.predict(part.inputs, part.rows, outputs, own, part.origin), signal);
      await callbacks.emitAt('onPredictBatchEnd', batch++);
    }
  } finally {
    version?.release();
  }
  callbacks.setSteps(batch);
  await callbacks.emit('onPredictEnd');
}

/** Where the outputs of the parts of a prediction go. */
interface Room {
  /** For that many rows more. */
  next(rows: number): Float32Array[];
  whole(): Tensor<Float32Array>[];
}

/** Room of as many rows as all parts have together: they are written where they stay. */
function roomForRows(topology: Topology, rows: number): Room {
  const whole = roomFor(topology, rows);
  let from = 0;
  const next = (count: number): Float32Array[] => {
    const to = from + count;
    const views = whole.map(({ data }) => data.subarray(from * (data.length / rows), to * (data.length / rows)));
    from = to;
    return views;
  };
  return { next, whole: () => whole };
}

/** Room for a stream, whose rows are not known before its end. */
function roomForParts(topology: Topology): Room {
  const parts: Float32Array[][] = [];
  let rows = 0;
  const next = (count: number): Float32Array[] => {
    const part = dataOf(roomFor(topology, count));
    parts.push(part);
    rows += count;
    return part;
  };
  const whole = (): Tensor<Float32Array>[] => {
    const outputs = roomFor(topology, rows);
    for (const [o, { data }] of outputs.entries()) {
      let end = 0;
      for (const part of parts) {
        const piece = elementAt(part, o);
        data.set(piece, end);
        end += piece.length;
      }
    }
    return outputs;
  };
  return { next, whole };
}

export function roomFor({ outputShapes }: Pick<Topology, 'outputShapes'>, rows: number): Tensor<Float32Array>[] {
  return defined(outputShapes ?? undefined).map((shape) => {
    const batch = [rows, ...shape];
    return new Tensor(allocated(Float32Array, batch, 'x'), batch);
  });
}

export const dataOf = (tensors: readonly Tensor<Float32Array>[]): Float32Array[] => tensors.map(({ data }) => data);

/** What a prediction reads; `isPart`: other processes read other parts, so that this one may have no rows. */
interface Stream {
  readonly open: Open<Element>;
  first: Element['x'] | null;
  readonly isPart: boolean;
}

/** The samples of another process build the model where this one has none. */
async function buildInAll(
  topology: Topology,
  processes: ProcessGroup,
  { first }: Stream,
  isNew: boolean,
): Promise<void> {
  const [waiting = 0] = await processes.sums(isNew ? 1 : 0);
  if (waiting === 0) return;
  const x = await anyOf(processes, 'data', first);
  await inAll(processes, () => buildWith(topology, x, 'data[0].x'));
}

async function* streamed(topology: Topology, stream: Stream, signal: AbortSignal | undefined): AsyncGenerator<Part> {
  let [index, firstRow] = [0, 0];
  for await (const { x } of readAhead(stream.open, BATCHES_AHEAD, signal)) {
    stream.first ??= x;
    const prefix = `data[${index++}].`;
    const samples = samplesOf(topology, x, `${prefix}x`);
    yield { origin: { prefix, firstRow }, ...samples };
    firstRow += samples.rows;
  }
  if (index === 0 && topology.inputShapes === null && !stream.isPart)
    throw shapeMismatch('data', 'at least one batch', new InWords('none'));
}
