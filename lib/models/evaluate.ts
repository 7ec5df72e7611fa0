import { type CallbackHooks, type CallbackLogs, type CallbackModel, ProgbarLogger } from '../callbacks';
import { CallbackList, checkCallbacks } from '../callbacks/callback_list';
import { checkOptions } from '../check';
import type { Logs, NativeData, NativeModel } from '../native';
import type { TensorLike } from '../tensor';
import type { Compilation } from './compile';
import { checkVerbose, type Verbosity } from './fit_options';
import { checkSignal, settle } from './jobs';
import type { Objective } from './objective';
import { pose } from './problem';
import { startEvaluation } from './scripted';
import type { Stack } from './stack';
import { checkBatchSize, checkSteps, cutRows } from './steps';

export interface EvaluateOptions {
  /** Default: 32, or what `steps` make of the data */
  readonly batchSize?: number | undefined;
  /** Steps, from the first sample on. Default: all data */
  readonly steps?: number | null | undefined;
  /** A weight for each sample. */
  readonly sampleWeight?: TensorLike | null | undefined;
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | null | undefined;
  /** 0 silent; 1 or 'auto' a bar; 2 a line. Default: 0 */
  readonly verbose?: Verbosity | undefined;
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
  checkOptions(options, ['batchSize', 'steps', 'sampleWeight', 'callbacks', 'verbose', 'signal'], 'evaluate');
  const asked = [checkBatchSize(options.batchSize), checkSteps(options.steps, 'steps')] as const;
  const verbose = checkVerbose(options.verbose ?? 0);
  const signal = checkSignal(options.signal);
  const given = withBar(checkCallbacks(options.callbacks), verbose);
  const { data, objective } = pose(stack, compilation, { x, y, sampleWeight: options.sampleWeight });
  const { batchSize, steps, rows } = cutRows(data.rows, ...asked, 'steps');
  const callbacks = new CallbackList(given, model, { verbose, epochs: 1, steps });
  const evaluation = { native: stack.native, objective, data: data.slice(0, rows), batchSize, callbacks, signal };
  return callbacks.through(() => evaluateData(evaluation));
}

/** The callbacks of a pass, with a bar where one is to be seen. */
export function withBar(callbacks: readonly CallbackHooks[], verbose: number): readonly CallbackHooks[] {
  const has = verbose === 0 || callbacks.some((callback) => callback instanceof ProgbarLogger);
  return has ? callbacks : [...callbacks, new ProgbarLogger()];
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
