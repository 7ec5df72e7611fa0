import type { CallbackHooks, CallbackModel } from '../callbacks';
import { CallbackList, checkCallbacks } from '../callbacks/callback_list';
import { checkOptions } from '../check';
import type { NativeModel } from '../native';
import { sizeOf, Tensor, type TensorLike } from '../tensor';
import { type Rows, sampleShapeOf, toRows, toSamples } from './data';
import { withBar } from './evaluate';
import { checkVerbose, type Verbosity } from './fit_options';
import { checkSignal, settle } from './jobs';
import type { Stack } from './stack';
import { checkBatchSize, checkSteps, cutRows } from './steps';

export interface PredictOptions {
  /** What the batch hooks of callbacks count; no output depends on it. Default: 32, or what `steps` make of the data */
  readonly batchSize?: number | undefined;
  /** Steps, from the first sample on. Default: all data */
  readonly steps?: number | null | undefined;
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | null | undefined;
  /** 0 silent; 1 or 'auto' a bar; 2 a line. Default: 0 */
  readonly verbose?: Verbosity | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Samples of a call, and room for their outputs. */
interface Prediction {
  readonly native: NativeModel;
  readonly x: Rows;
  readonly outputs: Tensor<Float32Array>;
}

export async function predict(
  stack: Stack,
  model: CallbackModel,
  x: TensorLike,
  options: PredictOptions = {},
): Promise<Tensor<Float32Array>> {
  checkOptions(options, ['batchSize', 'steps', 'callbacks', 'verbose', 'signal'], 'predict');
  const asked = [checkBatchSize(options.batchSize), checkSteps(options.steps, 'steps')] as const;
  const verbose = checkVerbose(options.verbose ?? 0);
  const signal = checkSignal(options.signal);
  const given = withBar(checkCallbacks(options.callbacks), verbose);
  const rows = samplesOf(stack, x);
  const cut = cutRows(rows.rows, ...asked, 'steps');
  const prediction = prepare(stack, firstRows(rows, cut.rows));
  const { native, outputs } = prediction;
  // Native code copies the samples as the job begins, hence before anything waits.
  if (given.length === 0) {
    await settle(native.predict(prediction.x, prediction.x.rows, outputs.data), signal);
    return outputs;
  }
  const copy = { ...prediction.x, data: prediction.x.data.slice() };
  const callbacks = new CallbackList(given, model, { verbose, epochs: 1, steps: cut.steps });
  await callbacks.through(async () => {
    await callbacks.emit('onPredictBegin');
    await predictByBatch({ native, x: copy, outputs }, cut.batchSize, callbacks, signal);
    await callbacks.emit('onPredictEnd');
  });
  return outputs;
}

export function predictSync(stack: Stack, x: TensorLike): Tensor<Float32Array> {
  const { native, x: rows, outputs } = prepare(stack, samplesOf(stack, x));
  native.predictSync(rows, rows.rows, outputs.data);
  return outputs;
}

function samplesOf(stack: Stack, x: TensorLike): Rows {
  if (stack.inputShape === null) stack.buildFor(sampleShapeOf(x, 'x'));
  return toRows(toSamples(x, stack.inputShape, 'x'));
}

function firstRows(x: Rows, rows: number): Rows {
  return rows === x.rows ? x : { ...x, rows, data: x.data.subarray(0, rows * x.columns) };
}

function prepare(stack: Stack, x: Rows): Prediction {
  const { native, outputShape } = stack;
  const shape = [x.rows, ...(outputShape ?? [])];
  return { native, x, outputs: new Tensor(new Float32Array(sizeOf(shape)), shape) };
}

async function predictByBatch(
  { native, x, outputs }: Prediction,
  batchSize: number,
  callbacks: CallbackList,
  signal: AbortSignal | undefined,
): Promise<void> {
  const width = outputs.data.length / x.rows;
  for (let from = 0, batch = 0; from < x.rows; from += batchSize, batch++) {
    const rows = Math.min(batchSize, x.rows - from);
    const part = { data: x.data.subarray(from * x.columns, (from + rows) * x.columns), columns: x.columns };
    const out = new Float32Array(rows * width);
    await callbacks.emitAt('onPredictBatchBegin', batch);
    await settle(native.predict(part, rows, out), signal);
    outputs.data.set(out, from * width);
    await callbacks.emitAt('onPredictBatchEnd', batch);
  }
}
