import { sameShape } from '../../broadcast';
import { defined, elementAt } from '../../check';
import { ArrayDataset } from '../../data/array_dataset';
import { isShaped } from '../../data/parts';
import { GemsbokError, invalidArgument, outOfRange, restated, unsupported } from '../../errors';
import type { ModelData } from '../../model_options';
import type { Column, NativeData } from '../../native';
import { type ShapedArray, type TensorLike, toShapedArray } from '../../tensor';
import type { Compilation } from '../compile/compilation';
import type { Objective } from '../compile/objective';
import { perName, weightsPerName } from '../compile/per_output';
import type { Topology } from '../graph/topology';
import { weightedTwice, weightsOfClasses } from './class_weight';
import { checkFinite } from './finite';
import { type Samples, samplesOf, targetRows, toNativeData, toTargets, toWeights } from './rows';

/** Data with its targets, as the caller passed it. */
export interface DataInput {
  /** A data set brings its own targets and weights. */
  readonly x: ModelData | ArrayDataset;
  readonly y?: ModelData | null | undefined;
  readonly sampleWeight?: ModelData | null | undefined;
  readonly classWeight?: ReadonlyMap<number, number> | null | undefined;
  /** The fraction of the samples, the last ones, that are not trained with: class weights do not apply. Default: 0 */
  readonly validationSplit?: number | undefined;
  /** The index of the first of these samples among all of a data set. Default: 0 */
  readonly firstRow?: number | undefined;
  /** Whether NaN and infinity may pass. Default: true */
  readonly allowNonFinite?: boolean | undefined;
  /** Whether samples in memory that threads share are copied. Default: true */
  readonly copy?: boolean | undefined;
}

/** A copy of the data in native memory, and what to make of it. */
export interface PreparedData {
  readonly data: NativeData;
  /** How many of its rows, from the first, are to train with. */
  readonly trainingRows: number;
  readonly objective: Objective;
}

/** Checks and copies the data; the first one builds the model, if need be, and resolves what was compiled. */
export function prepareData(topology: Topology, compilation: Compilation, given: DataInput, prefix = ''): PreparedData {
  const samples = checkedSamples(topology, given, prefix);
  const { rows } = samples;
  const trainingRows = rowsBefore(given.validationSplit ?? 0, rows);
  const resident = given.x instanceof ArrayDataset ? given.x : null;
  const targets = targetsOf(topology, resident === null ? given.y : resident.y, rows, `${prefix}y`);
  const objective = compilation.resolve(
    topology,
    targets.map((target) => target?.shape ?? null),
  );
  const columns = objective.outputs.map((output, o) => targetRows(elementAt(targets, o), output));
  const sampleWeight = resident === null ? (given.sampleWeight ?? null) : resident.weights;
  const weights = given.classWeight
    ? [{ data: classWeights(given.classWeight, targets, objective, sampleWeight).fill(1, trainingRows), columns: 1 }]
    : weightsOf(sampleWeight, objective, rows, `${prefix}sampleWeight`);
  const origin = { prefix, firstRow: given.firstRow ?? 0 };
  const data = toNativeData(samples, columns, weights, origin);
  if (!(given.allowNonFinite ?? true)) checkFinite(topology, data);
  compilation.compileNative(topology, objective);
  return { data, trainingRows, objective };
}

function checkedSamples(topology: Topology, given: DataInput, prefix: string): Samples {
  try {
    return samplesOf(topology, given.x, `${prefix}x`, { copy: given.copy ?? true });
  } catch (error) {
    throw exchanged(error, topology, given);
  }
}

/** What was given for each output; null where an output has no targets. */
function targetsOf(topology: Topology, y: unknown, rows: number, argument: string): (ShapedArray | null)[] {
  const { outputNames, outputShapes } = topology;
  return perName(y, outputNames, argument).map((target, o) => {
    const several = outputNames.length > 1;
    if (several && (target === null || target === undefined)) return null;
    const name = several ? `${argument}.${outputNames[o]}` : argument;
    if (target === null || target === undefined) throw noTargets(name, target);
    return toTargets(target, defined(outputShapes?.[o]), rows, name);
  });
}

/** `target` is null where a data set has none. */
function noTargets(argument: string, target: unknown): Error {
  const fix =
    target === null ? 'Put them into the data set: dataset({ x, y }).' : 'Pass them after x: (x, y, { ... }).';
  return invalidArgument(argument, 'targets', target, fix);
}

/** The error of samples, which tells where the targets would be samples. */
function exchanged(error: unknown, topology: Topology, { x, y }: DataInput): unknown {
  const [inputShape, ...others] = topology.inputShapes ?? [];
  const isOne = inputShape !== undefined && others.length === 0 && (Array.isArray(y) || isShaped(y));
  if (!isOne || x instanceof ArrayDataset || !(error instanceof GemsbokError && error.code === 'ERR_SHAPE_MISMATCH'))
    return error;
  if (!sameShape(toShapedArray(y, 'y').shape.slice(1), inputShape)) return error;
  return restated(error, (message) => `${message} \`y\` has it: are x and y exchanged?`);
}

/** Those of each output that has targets. */
function weightsOf(sampleWeight: unknown, { outputs }: Objective, rows: number, argument: string): (Column | null)[] {
  const names = outputs.map(({ name }) => name);
  return weightsPerName(sampleWeight, names, argument).map((own, o) => {
    const { name, targetShape, outputShape } = elementAt(outputs, o);
    if (own === null || own === undefined || targetShape === null) return null;
    const isNamed = own !== sampleWeight && names.length > 1;
    return toWeights(own as TensorLike, outputShape, rows, isNamed ? `${argument}.${name}` : argument);
  });
}

function classWeights(
  classWeight: ReadonlyMap<number, number>,
  targets: readonly (ShapedArray | null)[],
  { outputs }: Objective,
  sampleWeight: unknown,
): Float32Array {
  const [target = null] = targets;
  if (target === null || targets.length > 1) {
    throw unsupported('classWeight', 'a model of one output', classWeight, 'Pass `sampleWeight` for each output.');
  }
  if (sampleWeight !== null) throw weightedTwice(classWeight);
  return weightsOfClasses(target, classWeight, elementAt(outputs, 0).loss);
}

function rowsBefore(fraction: number, rows: number): number {
  const split = Math.floor(rows * (1 - fraction));
  if (fraction === 0 || (split > 0 && split < rows)) return split;
  const fix = `It would leave ${split} of ${rows} samples for training.`;
  throw outOfRange('validationSplit', 'a fraction that leaves samples on both sides', fraction, fix);
}
