import type { NativeData } from '../native';
import type { TensorLike } from '../tensor';
import { weightsOfClasses } from './class_weight';
import type { Compilation } from './compile';
import { sampleShapeOf, targetRows, toNativeData, toSamples, toTargets, toWeights } from './data';
import type { Objective } from './objective';
import type { Stack } from './stack';

/** Data with its targets, as the caller gave it. */
export interface Given {
  readonly x: TensorLike;
  readonly y: TensorLike;
  readonly sampleWeight?: TensorLike | null | undefined;
  readonly classWeight?: ReadonlyMap<number, number> | null | undefined;
  /** How many samples, from the first, get the weights of their classes. Default: all */
  readonly classWeightRows?: number | undefined;
}

/** A copy of the data in native memory, and what to make of it. */
export interface Problem {
  readonly data: NativeData;
  readonly objective: Objective;
}

/** Checks and copies the data; the first one builds the model, if need be, and resolves what was compiled. */
export function pose(stack: Stack, compilation: Compilation, given: Given, prefix = ''): Problem {
  if (stack.inputShape === null) stack.buildFor(sampleShapeOf(given.x, `${prefix}x`));
  const outputShape = stack.outputShape ?? [];
  const samples = toSamples(given.x, stack.inputShape, `${prefix}x`);
  const [rows = 0] = samples.shape;
  const targets = toTargets(given.y, outputShape, rows, `${prefix}y`);
  const objective = compilation.resolve(stack, targets.shape);
  const y = targetRows(targets, objective);
  const weights = given.classWeight
    ? weightsOfClasses(targets, given.classWeight).fill(1, given.classWeightRows ?? rows)
    : toWeights(given.sampleWeight ?? null, rows);
  const data = toNativeData(samples, y, weights);
  compilation.settle(stack, objective);
  return { data, objective };
}
