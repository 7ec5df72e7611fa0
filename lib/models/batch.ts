import type { CallbackLogs } from '../callbacks';
import { checkOptions } from '../check';
import { Tensor, type TensorLike } from '../tensor';
import { type ClassWeight, checkClassWeight } from './class_weight';
import type { Compilation } from './compile';
import { pose } from './problem';
import { lossAndGradient, startEvaluation, startRun, wholeBatch } from './scripted';
import type { Stack } from './stack';

export interface BatchOptions {
  /** A weight for each sample. */
  readonly sampleWeight?: TensorLike | null | undefined;
}

export interface TrainOnBatchOptions extends BatchOptions {
  /** A weight for each class, 1 where there is none. */
  readonly classWeight?: ClassWeight | null | undefined;
}

export interface LossAndGradients {
  readonly loss: number;
  /** In the order of `getWeights`. */
  readonly gradients: Tensor<Float32Array>[];
}

/** A model that was compiled. */
export interface Compiled {
  readonly stack: Stack;
  readonly compilation: Compilation;
}

/** One step on all samples; loss and metrics from before it. */
export async function trainOnBatch(
  { stack, compilation }: Compiled,
  x: TensorLike,
  y: TensorLike,
  options: TrainOnBatchOptions = {},
): Promise<CallbackLogs> {
  checkOptions(options, ['sampleWeight', 'classWeight'], 'trainOnBatch');
  const classWeight = checkClassWeight(options.classWeight);
  const { data, objective } = pose(stack, compilation, { x, y, sampleWeight: options.sampleWeight, classWeight });
  const model = stack.native;
  const run = startRun(model, data, objective, wholeBatch(data));
  compilation.optimizer.attach(model);
  const result = await run.run(1, compilation.optimizer.learningRates(model.iterations, 1)).promise;
  return objective.named(result.epochs[0] ?? result);
}

export async function testOnBatch(
  { stack, compilation }: Compiled,
  x: TensorLike,
  y: TensorLike,
  options: BatchOptions = {},
): Promise<CallbackLogs> {
  checkOptions(options, ['sampleWeight'], 'testOnBatch');
  const problem = pose(stack, compilation, { x, y, sampleWeight: options.sampleWeight });
  return problem.objective.named(await startEvaluation(stack.native, problem, problem.data.rows).promise);
}

export function lossAndGradients(
  { stack, compilation }: Compiled,
  x: TensorLike,
  y: TensorLike,
  options: BatchOptions = {},
): LossAndGradients {
  checkOptions(options, ['sampleWeight'], 'lossAndGradients');
  const { data, objective } = pose(stack, compilation, { x, y, sampleWeight: options.sampleWeight });
  const { loss, gradient } = lossAndGradient(stack.native, data, objective);
  const gradients = stack.native.variables.map(
    ({ offset, size, shape }) => new Tensor(gradient.slice(offset, offset + size), shape),
  );
  return { loss, gradients };
}
