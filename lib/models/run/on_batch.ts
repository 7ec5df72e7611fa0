import type { CallbackLogs } from '../../callbacks';
import { checkBoolean, defined } from '../../check';
import { checkDistributed, type ProcessGroup } from '../../distributed';
import { GemsbokError } from '../../errors';
import type { BatchShape } from '../../layers/batch_shape';
import type { LossAndGradients, ModelData, SampleWeightOption } from '../../model_options';
import type { Run, RunResult } from '../../native';
import { ratesAt } from '../../optimizers/options';
import { sizeOf, Tensor } from '../../tensor';
import type { Compiled } from '../compile/compilation';
import { type ClassWeight, checkClassWeight } from '../data/class_weight';
import { type PreparedData, prepareData } from '../data/prepare';
import { nativeVariables, type Topology } from '../graph/topology';
import { trainedVariables } from '../graph/trainable';
import { checkVerbOptions } from '../verb_options';
import { lossAndGradient, lossAndInputGradients, startEvaluation, startRun, wholeBatch } from './custom_loss';
import { lastLogs } from './epoch_logs';
import { checkReturnDict } from './fit_options';
import { runJob } from './jobs';
import { readInTurns } from './nested_data';
import { warnOfBatch, warnOfStep } from './non_finite';
import { atCall, inAll, modelFacts, warnOfWholeBatches } from './processes';
import { dataFacts, someWeights } from './same_data';

export interface BatchOptions extends SampleWeightOption {
  /** As in Keras; the result is an object always. Default: true */
  readonly returnDict?: boolean | undefined;
}

export interface TrainOnBatchOptions extends BatchOptions {
  /** A weight for each class. Default: 1 */
  readonly classWeight?: ClassWeight | null | undefined;
  /** Whether data may hold NaN or infinity, which is an error otherwise. Default: false */
  readonly allowNonFinite?: boolean | undefined;
  /** The processes that share the samples out: as in `fit`. Default: this one alone */
  readonly distributed?: ProcessGroup | null | undefined;
}

const TRAIN_OPTIONS = ['sampleWeight', 'classWeight', 'allowNonFinite', 'returnDict', 'distributed'] as const;

/** Per input: one tensor, or of several a tensor each. `S` is the shape that the model takes, or those of its inputs. */
type PerInput<S> = S extends readonly [unknown, unknown, ...unknown[]]
  ? { -readonly [K in keyof S]: Tensor<Float32Array> }
  : S extends BatchShape
    ? Tensor<Float32Array>
    : Tensor<Float32Array> | Tensor<Float32Array>[];

/** The loss of a batch, and its gradients by the inputs. */
export interface InputGradients<S = unknown> {
  /** The mean over the batch, with penalties. */
  readonly loss: number;
  /** Shaped as `x`; a list where the model has several inputs. */
  readonly gradients: PerInput<S>;
}

/** One step on all samples; loss and metrics from before it. */
export async function trainOnBatch(
  compiled: Compiled,
  x: ModelData,
  y: ModelData,
  options: TrainOnBatchOptions = {},
): Promise<CallbackLogs> {
  const { topology, compilation } = compiled;
  checkVerbOptions(options, TRAIN_OPTIONS, 'trainOnBatch');
  const processes = checkDistributed(options.distributed);
  const prepare = async () => {
    checkReturnDict(options.returnDict, 'trainOnBatch');
    const classWeight = checkClassWeight(options.classWeight);
    const allowNonFinite = checkBoolean(options.allowNonFinite ?? false, 'allowNonFinite');
    const given = { x, y, sampleWeight: options.sampleWeight, classWeight, allowNonFinite };
    const turns = readInTurns(topology, { '': given }, undefined);
    const prepared = prepareData(topology, compilation, turns === null ? given : (await turns)['']);
    compilation.warnOfTrainable(topology);
    return { rates: ratesAt(compilation.optimizer.givenRate, topology.native.iterations, 1), ...prepared };
  };
  const { result, data, objective } = await atCall(processes, 'trainOnBatch', prepare, async (prepared) => ({
    result: await step(compiled, prepared, processes),
    ...prepared,
  }));
  if (result.nonFinite !== null) await warnOfStep(compiled, result.nonFinite, data);
  return objective.named(lastLogs(result));
}

interface Step extends Pick<PreparedData, 'data' | 'objective'> {
  readonly rates: Float32Array;
}

async function step(
  compiled: Compiled,
  { data, objective, rates }: Step,
  processes: ProcessGroup | null,
): Promise<RunResult> {
  const { topology, compilation } = compiled;
  if (processes === null) return await runStep(startRun(topology.native, data, objective, wholeBatch(data)), rates);
  await processes.agree('trainOnBatch', {
    ...modelFacts(compiled, objective),
    weights: someWeights(topology),
    iterations: topology.native.iterations,
    learningRate: [...rates],
    data: dataFacts(data, topology),
  });
  const options = { ...wholeBatch(data), processes: processes.native };
  const run = await inAll(processes, () => startRun(topology.native, data, objective, options));
  if (run.sharesBatches === false) warnOfWholeBatches(processes, compilation);
  try {
    return await processes.stepping(() => runStep(run, rates));
  } catch (error) {
    // All learn at the step of what fails there.
    processes.endTogether();
    throw error;
  }
}

async function runStep(run: Run, rates: Float32Array): Promise<RunResult> {
  return await runJob(() => run.run(1, rates), undefined).finally(() => run.releaseMetrics?.());
}

export async function testOnBatch(
  { topology, compilation }: Compiled,
  x: ModelData,
  y: ModelData,
  options: BatchOptions = {},
): Promise<CallbackLogs> {
  checkVerbOptions(options, ['sampleWeight', 'returnDict'], 'testOnBatch');
  checkReturnDict(options.returnDict, 'testOnBatch');
  const given = { x, y, sampleWeight: options.sampleWeight };
  const turns = readInTurns(topology, { '': given }, undefined);
  const prepared = prepareData(topology, compilation, turns === null ? given : (await turns)['']);
  const start = () => startEvaluation(topology.native, prepared, prepared.data.rows);
  const logs = await runJob(start, undefined);
  if (!Number.isFinite(logs.loss)) await warnOfBatch(topology, prepared.data, 'testOnBatch');
  return prepared.objective.named(logs);
}

export function lossAndGradients(
  { topology, compilation }: Compiled,
  x: ModelData,
  y: ModelData,
  options: SampleWeightOption = {},
): LossAndGradients {
  checkVerbOptions(options, ['sampleWeight'], 'lossAndGradients');
  const { data, objective } = prepareData(topology, compilation, { x, y, sampleWeight: options.sampleWeight });
  const { loss, gradient } = lossAndGradient(topology.native, data, objective);
  // The warning comes later: looking through a large array takes many turns.
  if (!Number.isFinite(loss)) void warnOfBatch(topology, data, 'lossAndGradients');
  const infos = nativeVariables(topology.native, topology.lowered);
  const gradients = trainedVariables(topology).map((variable) => {
    const { offset, size, shape } = defined(infos.get(variable));
    return new Tensor(gradient.slice(offset, offset + size), shape);
  });
  return { loss, gradients };
}

export function inputGradients<S>(
  { topology, compilation }: Compiled,
  x: ModelData,
  y: ModelData,
  options: SampleWeightOption = {},
): InputGradients<S> {
  checkVerbOptions(options, ['sampleWeight'], 'inputGradients');
  const { data, objective } = prepareData(topology, compilation, { x, y, sampleWeight: options.sampleWeight });
  refuseIndices(topology);
  const { loss, gradient } = lossAndInputGradients(topology.native, data, objective);
  if (!Number.isFinite(loss)) void warnOfBatch(topology, data, 'inputGradients');
  let end = 0;
  const gradients = defined(topology.inputShapes ?? undefined).map((sample) => {
    const shape = [data.rows, ...sample];
    const begin = end;
    end += sizeOf(shape);
    return new Tensor(gradient.slice(begin, end), shape);
  });
  return { loss, gradients: (gradients.length === 1 ? gradients[0] : gradients) as PerInput<S> };
}

function refuseIndices({ native, lowered, inputNames }: Topology): void {
  for (const [input, index] of native.indexLayers.entries()) {
    const layer = lowered.owners[index];
    if (layer === undefined) continue;
    const expected = 'inputs that are numbers, as an index has no gradient,';
    const received = `\`${inputNames[input]}\`, of which \`${layer.name}\` takes indices`;
    const fix =
      'Make a model that begins after that layer: new Model({ inputs: [layer.output], outputs: model.outputs }).';
    throw new GemsbokError('ERR_UNSUPPORTED', `Expected ${expected} for \`x\`, received ${received}. ${fix}`);
  }
}
