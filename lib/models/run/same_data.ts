import { elementAt } from '../../check';
import { checksum } from '../../distributed';
import type { NativeData } from '../../native';
import { isResident, type Samples } from '../data/rows';
import type { Topology } from '../graph/topology';

// What processes compare to tell that one of them was given other arrays or has other weights: some of their numbers.

type Facts = Readonly<Record<string, unknown>>;

const MOST_ROWS = 32;
const MOST_IN_ROW = 16;
/** Wide rows are copied whole to take some of their numbers. */
const MOST_COPIED = 2 ** 20;

/** The number of samples, and some of each input, target and weight. */
export function dataFacts(data: NativeData, { inputNames, outputNames }: Topology): Facts {
  return { rows: data.rows, some: columnFacts(data, inputNames.length + 2 * outputNames.length) };
}

/** The same of samples alone. */
export function sampleFacts({ rows, inputs }: Samples, { inputNames }: Topology): Facts {
  if (isResident(inputs)) return { rows, some: columnFacts(inputs, inputNames.length) };
  const some = inputs.map(({ data, columns }) =>
    spreadOver(rows, columns, (row) => data.subarray(row * columns, (row + 1) * columns)),
  );
  return { rows, some };
}

function columnFacts(data: NativeData, count: number): unknown[] {
  return Array.from({ length: count }, (_, column) => {
    const { length } = data.read(column, 0, Math.min(1, data.rows));
    return spreadOver(data.rows, length, (row) => data.read(column, row, row + 1));
  });
}

/** How long rows are, and a checksum of numbers that are spread evenly over them. */
function spreadOver(rows: number, columns: number, read: (row: number) => ArrayLike<number>): number[] {
  const most = Math.min(MOST_ROWS, Math.max(2, Math.floor(MOST_COPIED / Math.max(1, columns))));
  const places = evenly(columns, MOST_IN_ROW);
  const numbers = evenly(rows, most).flatMap((row) => {
    const own = read(row);
    return places.map((place) => elementAt(own, place));
  });
  return [columns, ...checksum(numbers.join())];
}

/** At most so many of the numbers below `count`, the first and the last included. */
function evenly(count: number, most: number): number[] {
  const step = Math.max(1, (count - 1) / (most - 1));
  return Array.from({ length: Math.min(count, most) }, (_, i) => Math.floor(i * step));
}

/** Values from the middle of each variable: training changes nearly all of them. */
export function someWeights({ variables }: Topology): number[][] {
  return variables.map(({ home, size, value }) => {
    const middle = size >>> 1;
    const count = Math.min(size - middle, MOST_IN_ROW);
    return [...(home?.segment.read(home.offset + middle, count) ?? value.data.subarray(middle, middle + count))];
  });
}
