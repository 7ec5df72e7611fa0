import type { CallbackHooks, CallbackLogs, CallbackModel } from '../callbacks';
import { CallbackList, checkCallbacks } from '../callbacks/callback_list';
import { checkOptions } from '../check';
import type { Logs, NativeData, NativeModel } from '../native';
import type { TensorLike } from '../tensor';
import type { Compilation } from './compile';
import { checkBatchSize } from './fit_options';
import { checkSignal, settle } from './jobs';
import type { Objective } from './objective';
import { pose } from './problem';
import { startEvaluation } from './scripted';
import type { Stack } from './stack';

export interface EvaluateOptions {
  /** Default: 32 */
  readonly batchSize?: number | undefined;
  /** A weight for each sample. */
  readonly sampleWeight?: TensorLike | null | undefined;
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One pass over data. */
export interface Evaluation {
  readonly native: NativeModel;
  readonly objective: Objective;
  readonly data: NativeData;
  readonly batchSize: number;
  readonly callbacks: CallbackList;
  readonly signal: AbortSignal | undefined;
}

export async function evaluate(
  { stack, compilation, model }: { stack: Stack; compilation: Compilation; model: CallbackModel },
  x: TensorLike,
  y: TensorLike,
  options: EvaluateOptions = {},
): Promise<CallbackLogs> {
  checkOptions(options, ['batchSize', 'sampleWeight', 'callbacks', 'signal'], 'evaluate');
  const batchSize = checkBatchSize(options.batchSize);
  const signal = checkSignal(options.signal);
  const given = checkCallbacks(options.callbacks);
  const { data, objective } = pose(stack, compilation, { x, y, sampleWeight: options.sampleWeight });
  const steps = Math.ceil(data.rows / batchSize);
  const callbacks = new CallbackList(given, model, { verbose: 0, epochs: 1, steps });
  return evaluateData({ native: stack.native, objective, data, batchSize, callbacks, signal });
}

/** Loss and metrics over all rows. */
export async function evaluateData(evaluation: Evaluation): Promise<CallbackLogs> {
  const { native, objective, data, batchSize, callbacks, signal } = evaluation;
  await callbacks.emit('onTestBegin');
  const logs = callbacks.listens('onTestBatchBegin', 'onTestBatchEnd')
    ? await evaluateByBatch(evaluation)
    : await settle(startEvaluation(native, data, objective, batchSize), signal);
  const named = objective.named(logs);
  await callbacks.emit('onTestEnd', named);
  return named;
}

async function evaluateByBatch({ native, objective, data, batchSize, callbacks, signal }: Evaluation): Promise<Logs> {
  let sum: Logs = { loss: 0, states: [] };
  for (let from = 0, batch = 0; from < data.rows; from += batchSize, batch++) {
    const to = Math.min(from + batchSize, data.rows);
    await callbacks.emitAt('onTestBatchBegin', batch);
    const logs = await settle(startEvaluation(native, data.slice(from, to), objective, batchSize), signal);
    sum = added(sum, logs, from / to);
    await callbacks.emitAt('onTestBatchEnd', batch, objective.named(sum));
  }
  return sum;
}

/** `share` is that of the samples which `sum` holds, among both. */
function added(sum: Logs, logs: Logs, share: number): Logs {
  return {
    loss: sum.loss * share + logs.loss * (1 - share),
    states: logs.states.map((state, m) => state.map((value, i) => value + (sum.states[m]?.[i] ?? 0))),
  };
}
