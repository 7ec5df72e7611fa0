import { ArrayDataset } from '../data/array_dataset';
import { invalidArgument, outOfRange } from '../errors';
import type { NativeData } from '../native';
import type { TensorLike } from '../tensor';
import { weightsOfClasses } from './class_weight';
import type { Compilation } from './compile';
import { samplesOf, targetRows, toNativeData, toTargets, toWeights } from './data';
import type { Objective } from './objective';
import type { Stack } from './stack';

/** Data with its targets, as the caller gave it. */
export interface Given {
  /** A data set brings its own targets and weights. */
  readonly x: TensorLike | ArrayDataset;
  readonly y?: TensorLike | null | undefined;
  readonly sampleWeight?: TensorLike | null | undefined;
  readonly classWeight?: ReadonlyMap<number, number> | null | undefined;
  /** The share of the samples, the last ones, that are not trained with: they have no weights of classes. Default: 0 */
  readonly validationSplit?: number | undefined;
}

/** A copy of the data in native memory, and what to make of it. */
export interface Problem {
  readonly data: NativeData;
  /** How many of its rows, from the first, are to train with. */
  readonly trainingRows: number;
  readonly objective: Objective;
}

/** Checks and copies the data; the first one builds the model, if need be, and resolves what was compiled. */
export function pose(stack: Stack, compilation: Compilation, given: Given, prefix = ''): Problem {
  const samples = samplesOf(stack, given.x, `${prefix}x`);
  const { rows } = samples;
  const trainingRows = rowsBefore(given.validationSplit ?? 0, rows);
  const held = given.x instanceof ArrayDataset ? given.x : null;
  const outputShape = stack.outputShape ?? [];
  const targets = toTargets(held === null ? given.y : held.y, outputShape, rows, `${prefix}y`);
  const objective = compilation.resolve(stack, targets.shape);
  const y = targetRows(targets, objective);
  const sampleWeight = held === null ? (given.sampleWeight ?? null) : held.weights;
  if (given.classWeight && sampleWeight !== null) {
    const fix = 'Multiply the sample weights by those of their classes.';
    throw invalidArgument('classWeight', 'nothing beside sample weights', given.classWeight, fix);
  }
  const weights = given.classWeight
    ? weightsOfClasses(targets, given.classWeight).fill(1, trainingRows)
    : toWeights(sampleWeight, rows, `${prefix}sampleWeight`);
  const data = toNativeData(samples, y, weights);
  compilation.settle(stack, objective);
  return { data, trainingRows, objective };
}

function rowsBefore(share: number, rows: number): number {
  const split = Math.floor(rows * (1 - share));
  if (share === 0 || (split > 0 && split < rows)) return split;
  const fix = `It would leave ${split} of ${rows} samples for training.`;
  throw outOfRange('validationSplit', 'a share that leaves samples on both sides', share, fix);
}
