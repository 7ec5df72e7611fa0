import type { CallbackHooks, CallbackModel } from '../callbacks';
import { CallbackList, checkCallbacks } from '../callbacks/callback_list';
import { checkOptions } from '../check';
import type { NativeModel } from '../native';
import { sizeOf, Tensor, type TensorLike } from '../tensor';
import { type Rows, sampleShapeOf, toRows, toSamples } from './data';
import { checkBatchSize } from './fit_options';
import { checkSignal, settle } from './jobs';
import type { Stack } from './stack';

export interface PredictOptions {
  /** What the batch hooks of callbacks count; the result does not depend on it. Default: 32 */
  readonly batchSize?: number | undefined;
  readonly callbacks?: readonly CallbackHooks[] | CallbackHooks | undefined;
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
  checkOptions(options, ['batchSize', 'callbacks', 'signal'], 'predict');
  const batchSize = checkBatchSize(options.batchSize);
  const signal = checkSignal(options.signal);
  const given = checkCallbacks(options.callbacks);
  const prediction = prepare(stack, x);
  const { native, outputs } = prediction;
  // Native code copies the samples as the job begins, hence before anything waits.
  if (given.length === 0) {
    await settle(native.predict(prediction.x, prediction.x.rows, outputs.data), signal);
    return outputs;
  }
  const copy = { ...prediction.x, data: prediction.x.data.slice() };
  const steps = Math.ceil(copy.rows / batchSize);
  const callbacks = new CallbackList(given, model, { verbose: 0, epochs: 1, steps });
  await callbacks.emit('onPredictBegin');
  await predictByBatch({ native, x: copy, outputs }, batchSize, callbacks, signal);
  await callbacks.emit('onPredictEnd');
  return outputs;
}

export function predictSync(stack: Stack, x: TensorLike): Tensor<Float32Array> {
  const { native, x: rows, outputs } = prepare(stack, x);
  native.predictSync(rows, rows.rows, outputs.data);
  return outputs;
}

function prepare(stack: Stack, x: TensorLike): Prediction {
  if (stack.inputShape === null) stack.buildFor(sampleShapeOf(x, 'x'));
  const { native, outputShape } = stack;
  const rows = toRows(toSamples(x, stack.inputShape, 'x'));
  const shape = [rows.rows, ...(outputShape ?? [])];
  return { native, x: rows, outputs: new Tensor(new Float32Array(sizeOf(shape)), shape) };
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
