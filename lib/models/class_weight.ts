import { checkNumber, isPlainObject } from '../check';
import { invalidArgument, unsupported } from '../errors';
import type { Dense } from '../tensor';

/** Class index -> weight. */
export type ClassWeight = Readonly<Record<number, number>> | ReadonlyMap<number, number>;

export function checkClassWeight(given: ClassWeight | null | undefined): ReadonlyMap<number, number> | null {
  if (given === undefined || given === null) return null;
  if (!(given instanceof Map) && !isPlainObject(given)) {
    throw invalidArgument('classWeight', 'an object such as { 0: 1, 1: 5 }', given);
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

/** The weight of each row of `y`: class indices, or one column a class, of which the largest counts. */
export function weightsOfClasses(y: Dense, classWeight: ReadonlyMap<number, number>): Float32Array {
  const [rows = 0, columns = 1] = y.shape;
  if (y.shape.length > 2) {
    throw unsupported('classWeight', 'targets of one label a sample', `targets of rank ${y.shape.length}`);
  }
  return Float32Array.from({ length: rows }, (_, row) => classWeight.get(labelOf(y, row, columns)) ?? 1);
}

function labelOf({ data }: Dense, row: number, columns: number): number {
  if (columns === 1) return Math.round(Number(data[row]));
  let best = 0;
  for (let column = 1; column < columns; column++) {
    if (Number(data[row * columns + column]) > Number(data[row * columns + best])) best = column;
  }
  return best;
}
