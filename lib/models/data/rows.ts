import { broadcastShape, sameShape, tileTo } from '../../broadcast';
import { ArrayDataset, ResidentInput } from '../../data/array_dataset';
import { invalidArgument, outOfRange, shapeMismatch, showShape } from '../../errors';
import { NativeLoss } from '../../losses/native_loss';
import type { ModelData } from '../../model_options';
import { type Column, type NativeData, native, type Origin } from '../../native';
import { alignShapes, isLabel } from '../../samples/rows';
import {
  floatsOf,
  isBigInt,
  isShared,
  isTypedArray,
  type Shape,
  type ShapedArray,
  sizeOf,
  type TensorLike,
  type TypedArray,
  toFloats,
  toShapedArray,
} from '../../tensor';
import { missingTargets, type OutputObjective } from '../compile/objective';
import { type AnyNativeLoss, flattenFix } from '../compile/output';
import { perName } from '../compile/per_output';
import type { Topology } from '../graph/topology';

/** Rows of samples: what a native data set is made of. */
export interface RowColumns extends Column {
  readonly data: Exclude<TypedArray, BigInt64Array | BigUint64Array>;
  readonly rows: number;
}

/** Native code numbers rows with 32 bits. */
const MOST_ROWS = 2 ** 32 - 1;

/** Samples that native code takes: arrays to copy, or those that it holds already. */
export interface Samples {
  readonly rows: number;
  readonly inputs: readonly RowColumns[] | NativeData;
}

export function isResident(inputs: readonly Column[] | NativeData): inputs is NativeData {
  return !Array.isArray(inputs);
}

export interface SampleOptions {
  /** Default: 1 */
  readonly least?: number;
  /** Whether memory that threads share is copied, too. Default: true */
  readonly copy?: boolean;
}

/** Builds the model for such samples where nothing has built it; a model of several inputs has been. */
export function buildWith(topology: Topology, x: ModelData | ArrayDataset, argument: string): void {
  if (topology.inputShapes !== null || x instanceof ArrayDataset) return;
  const [samples] = perName(x, topology.inputNames, argument);
  topology.buildFor(sampleShapeOf(samples as TensorLike, argument));
}

/** The samples of a call, checked; the first ones build the model. */
export function samplesOf(
  topology: Topology,
  x: ModelData | ArrayDataset,
  argument: string,
  { least = 1, copy = true }: SampleOptions = {},
): Samples {
  if (x instanceof ArrayDataset) return residentSamples(topology, x, argument);
  const { inputNames } = topology;
  const given = perName(x, inputNames, argument);
  const named = inputNames.map((name) => (inputNames.length === 1 ? argument : `${argument}.${name}`));
  buildWith(topology, x, argument);
  const inputs = given.map((one, i) => {
    const name = named[i] ?? argument;
    const samples = toSamples(one as TensorLike, topology.inputShapes?.[i] ?? null, name, { least, copy });
    return { inPlace: !copy && isShared(samples.data), ...toColumns(samples) };
  });
  const [{ rows = 0 } = {}] = inputs;
  for (const [i, input] of inputs.entries()) {
    if (input.rows === rows) continue;
    throw shapeMismatch(named[i] ?? argument, `${rows} samples, as many as \`${named[0]}\` has,`, [input.rows]);
  }
  return { rows, inputs };
}

function residentSamples(topology: Topology, { inputs, rows }: ArrayDataset, argument: string): Samples {
  const { inputNames } = topology;
  const resident = perName(inputs, inputNames, argument).map((own, i) => {
    if (own instanceof ResidentInput) return own;
    throw invalidArgument(argument, `samples for the input \`${inputNames[i]}\``, own);
  });
  const [first] = resident;
  if (topology.inputShapes === null && first !== undefined) {
    topology.buildFor(first.sampleShape.length === 0 ? [1] : first.sampleShape);
  }
  for (const [i, { sampleShape, isBare }] of resident.entries()) {
    const inputShape = topology.inputShapes?.[i] ?? null;
    const cut = isBare && inputShape !== null && sizeOf(inputShape) === sizeOf(sampleShape);
    const shape = [rows, ...(cut ? inputShape : sampleShape)];
    checkSamples(shape, inputShape, resident.length === 1 ? argument : `${argument}.${inputNames[i]}`, shape);
  }
  const [only, ...others] = resident.map(({ native: own }) => own);
  if (only !== undefined && others.length === 0) return { rows, inputs: only };
  return {
    rows,
    inputs: new native.Data({ rows, inputs: resident.map((one) => one.native), targets: [], weights: [] }),
  };
}

/** Data as the model's samples; `sampleShape` is null where the data itself is to tell the shape. */
function toSamples(
  value: TensorLike,
  sampleShape: Shape | null,
  argument: string,
  { least = 1, copy = true }: SampleOptions = {},
): ShapedArray {
  const dense = toShapedArray(value, argument, copy);
  if (least === 0 && sampleShape !== null && isNothingOf(dense.shape, sampleShape)) {
    return { data: dense.data, shape: [0, ...sampleShape] };
  }
  const cut = sampleShape !== null && isTypedArray(value) ? splitRows(dense, sampleShape) : dense;
  return { data: cut.data, shape: checkSamples(cut.shape, sampleShape, argument, dense.shape) };
}

/** `[]`, or no samples of that shape. */
function isNothingOf([rows, ...shape]: Shape, sampleShape: Shape): boolean {
  return rows === 0 && (shape.length === 0 || sameShape(shape, sampleShape));
}

/** The shape of samples as the model has it. */
function checkSamples(cut: Shape, sampleShape: Shape | null, argument: string, given: Shape): Shape {
  const shape = sampleShape === null ? cut : liftRank(cut, sampleShape);
  const [rows] = shape;
  if (rows === undefined) throw shapeMismatch(argument, 'a batch of samples', shape, 'Put the sample into an array.');
  if (sampleShape !== null && !sameShape(shape.slice(1), sampleShape)) {
    const isFlat = sizeOf(shape.slice(1)) === sizeOf(sampleShape);
    const flat = `Begin the model with Input({ shape: [${shape.slice(1).join(', ')}] }) and Flatten, or reshape the data.`;
    const built = isFlat && shape.length > 2 ? flat : 'The model was built for that shape.';
    const fix = sameShape(shape, sampleShape) ? 'Put the sample into an array.' : built;
    if (sizeOf(shape) === 0) throw shapeMismatch(argument, 'at least one sample', given);
    throw shapeMismatch(argument, `samples of shape [batch, ${sampleShape.join(', ')}]`, given, fix);
  }
  if (sizeOf(shape) === 0) throw shapeMismatch(argument, 'at least one sample', given);
  if (rows > MOST_ROWS) throw outOfRange(argument, `at most ${MOST_ROWS} samples`, rows);
  return shape;
}

/** The shape of one sample of this data: a vector holds one number a sample. */
function sampleShapeOf(value: TensorLike, argument: string): Shape {
  const { shape } = toSamples(value, null, argument);
  return shape.length === 1 ? [1] : shape.slice(1);
}

function toColumns({ data, shape }: ShapedArray): RowColumns {
  const [rows = 0, ...sample] = shape;
  return { rows, columns: sizeOf(sample), data: isBigInt(data) ? floatsOf(data, 'float32') : data };
}

/** Targets with their shape as given, except that a bare TypedArray is cut into rows where it holds all outputs. */
export function toTargets(value: unknown, outputShape: Shape, rows: number, argument: string): ShapedArray {
  const dense = toShapedArray(value, argument);
  const bare = isTypedArray(value) && dense.data.length !== rows;
  const { data, shape } = bare ? splitRows(dense, outputShape) : dense;
  if (shape[0] !== rows) {
    throw shapeMismatch(argument, `${rows} targets, as many as there are samples in \`x\`,`, shape);
  }
  return { data, shape };
}

/** Targets as native code takes them: broadcast to the outputs' shape, or labels; as they are for a custom loss. */
export function targetRows(
  targets: ShapedArray | null,
  { name, loss, targetShape, outputShape }: OutputObjective,
): RowColumns {
  if (targetShape === null) return { rows: 0, columns: 0, data: new Float32Array(0) };
  if (targets === null) throw missingTargets(name);
  if (loss instanceof NativeLoss) return nativeTargetRows(targets, loss, outputShape);
  if (sizeOf(targets.shape.slice(1)) === sizeOf(targetShape)) return toColumns(targets);
  throw shapeMismatch('y', `targets of ${showShape(targetShape)}, as those before,`, targets.shape);
}

function nativeTargetRows(targets: ShapedArray, rule: AnyNativeLoss, outputShape: Shape): RowColumns {
  const [rows = 0] = targets.shape;
  const outputs = [rows, ...outputShape];
  const aligned = alignShapes(rule, targets.shape, outputs);
  if (!sameShape(aligned.full, outputs)) {
    const fix = flattenFix(targets.shape, outputs).trim();
    throw shapeMismatch('y', `targets that fit the outputs of ${showShape(outputs)}`, targets.shape, fix);
  }
  rule.checkTargets(targets.data, outputShape.at(-1) ?? 1, 'y');
  if (isLabel(rule) || rule.target === 'half') return toColumns({ data: targets.data, shape: aligned.yTrue });
  if (targets.data.length === sizeOf(outputs)) return toColumns({ data: targets.data, shape: outputs });
  return toColumns({ data: tileTo(floatsOf(targets.data, 'float32'), aligned.yTrue, outputs), shape: outputs });
}

/** One weight for each sample, or for each of its steps: those of the output before its last axis. */
export function toWeights(value: TensorLike, outputShape: Shape, rows: number, argument: string): Column {
  const { data, shape } = toFloats(value, 'float32', argument);
  if (shape[0] === rows && data.length === rows && shape.length <= 2) return { data, columns: 1 };
  const steps = [rows, ...outputShape.slice(0, -1)];
  const bare = isTypedArray(value) && data.length === sizeOf(steps) ? steps : shape;
  const own = bare.length === steps.length + 1 && bare.at(-1) === 1 ? bare.slice(0, -1) : bare;
  const fits = own.length === steps.length && own[0] === rows && sameShape(broadcastShape(own, steps) ?? [], steps);
  if (fits) return { data: tileTo(data, own, steps), columns: sizeOf(steps) / rows };
  const orSteps = steps.length === 1 ? '' : `, or for each of their steps, [${steps.join(', ')}]`;
  throw shapeMismatch(argument, `one weight for each of the ${rows} samples${orSteps},`, shape);
}

/** Copies what native code does not hold yet: what the caller does to the arrays afterwards has no effect. */
export function toNativeData(
  { rows, inputs }: Samples,
  targets: readonly RowColumns[],
  weights: readonly (Column | null)[],
  origin: Origin,
): NativeData {
  const own = weights.every((column) => column === null) ? [] : weights;
  return new native.Data({ rows, inputs, targets, weights: own, origin });
}

/** A vector cut into samples; left as it is where it cannot be. */
function splitRows({ data, shape }: ShapedArray, sampleShape: Shape): ShapedArray {
  const size = sizeOf(sampleShape);
  return data.length % size === 0 ? { data, shape: [data.length / size, ...sampleShape] } : { data, shape };
}

/** Keras' rule: a last axis of one element may be missing, or be there without need. */
function liftRank(shape: Shape, sampleShape: Shape): Shape {
  const rank = sampleShape.length + 1;
  if (shape.length === rank - 1 && sampleShape.at(-1) === 1) return [...shape, 1];
  return shape.length === rank + 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
}
