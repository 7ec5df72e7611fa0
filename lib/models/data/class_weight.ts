import { checkNumber, isPlainObject } from '../../check';
import { GemsbokError, invalidArgument, showShape } from '../../errors';
import type { AnyLoss } from '../../losses';
import { NativeLoss } from '../../losses/native_loss';
import { isLabel } from '../../samples/rows';
import type { ShapedArray } from '../../tensor';

/** Class index -> weight. */
export type ClassWeight = Readonly<Record<number, number>> | ReadonlyMap<number, number>;

export function checkClassWeight(given: ClassWeight | null | undefined): ReadonlyMap<number, number> | null {
  if (given === undefined || given === null) return null;
  if (!(given instanceof Map) && !isPlainObject(given)) {
    const fix = (given as unknown) === 'balanced' ? 'Balanced weights are rows / (classes × rows of the class).' : '';
    throw invalidArgument('classWeight', 'an object such as { 0: 1, 1: 5 }', given, fix);
  }
  const entries = given instanceof Map ? [...given] : Object.entries(given);
  return new Map(
    entries.map(([key, value]: [unknown, unknown]) => {
      const label = Number(key);
      if (key === '' || !Number.isSafeInteger(label))
        throw invalidArgument('classWeight', 'class indices as keys', key);
      return [label, checkNumber(value, `classWeight[${label}]`)];
    }),
  );
}

/** The refusal of class weights together with sample weights. */
export function weightedTwice(classWeight: unknown): Error {
  const fix = 'Multiply the sample weights by those of their classes.';
  return invalidArgument('classWeight', 'nothing besides `sampleWeight`', classWeight, fix);
}

/** The weight of each row of `y`: a class index, or one-hot. */
export function weightsOfClasses(
  y: ShapedArray,
  classWeight: ReadonlyMap<number, number>,
  loss: AnyLoss | null,
): Float32Array {
  const [rows = 0, columns = 1] = y.shape;
  const isLabels = loss instanceof NativeLoss && isLabel(loss);
  if (y.shape.length > 2 || (columns > 1 && isLabels))
    throw notOneClass(`targets of several steps, ${showShape(y.shape)}`);
  return Float32Array.from({ length: rows }, (_, row) => classWeight.get(classOf(y, row, columns)) ?? 1);
}

function classOf({ data }: ShapedArray, row: number, columns: number): number {
  if (columns === 1) return Math.round(Number(data[row]));
  const values = Array.from(data.subarray(row * columns, (row + 1) * columns), Number);
  const hot = values.indexOf(1);
  if (hot === -1 || values.some((value, column) => value !== 0 && column !== hot)) {
    throw notOneClass(`row ${row} of \`y\`, [${values.join(', ')}]`);
  }
  return hot;
}

function notOneClass(received: string): GemsbokError {
  return new GemsbokError(
    'ERR_UNSUPPORTED',
    `Expected a class index or a one-hot row for each sample in \`y\`, as \`classWeight\` is given, received ${received}. ` +
      'Pass the weights themselves as `sampleWeight`: one for each sample, or for each of its steps, [batch, steps].',
  );
}
