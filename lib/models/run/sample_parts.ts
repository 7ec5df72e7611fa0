import { invalidArgument } from '../../errors';
import { type NativeData, native, type Origin } from '../../native';
import { isResident, type RowColumns, type Samples } from '../data/rows';
import { batchRanges } from '../data/steps';

// The samples of a prediction, some rows at a time.

/** Samples of a stream. */
export interface Part extends Samples {
  readonly origin?: Origin;
}

export function rowsOfSamples({ rows: all, inputs }: Samples, from: number, to: number): Samples {
  const rows = to - from;
  if (rows === all) return { rows, inputs };
  if (isResident(inputs)) return { rows, inputs: inputs.slice(from, to) };
  return {
    rows,
    inputs: inputs.map(({ data, columns }) => {
      return { rows, columns, data: data.subarray(from * columns, to * columns) };
    }),
  };
}

/** Some rows at a time, which native code copies as their turn comes: the memory of an array can be taken away. */
export function* partsOf(samples: Samples, most: number): Generator<Part> {
  for (const [from, to] of batchRanges(samples.rows, most)) {
    if (!isResident(samples.inputs)) checkAttached(samples.inputs, samples.rows);
    yield { origin: { prefix: '', firstRow: from }, ...rowsOfSamples(samples, from, to) };
  }
}

function checkAttached(inputs: readonly RowColumns[], rows: number): void {
  for (const { data, columns } of inputs) {
    if (data.length === rows * columns) continue;
    throw invalidArgument('x', 'arrays that stay as they are with { copy: false }', data, 'Leave their buffers alone.');
  }
}

export function staysInPlace({ inputs }: Samples): boolean {
  return isResident(inputs) || inputs.every(({ inPlace }) => inPlace);
}

/** Numbers that are copied before others have their turn. */
const AT_ONCE = 2 ** 21;

export function rowsAtOnce({ inputs }: Samples): number {
  if (isResident(inputs)) return Number.POSITIVE_INFINITY;
  const columns = inputs.reduce((sum, input) => sum + input.columns, 0);
  return Math.max(1, Math.floor(AT_ONCE / Math.max(1, columns)));
}

/** Native code holds the samples meanwhile: they wait between two batches. */
export function* slicesOf({ rows, inputs }: Samples, batchSize: number): Generator<Samples> {
  const resident = residentOf({ rows, inputs });
  for (const [from, to] of batchRanges(rows, batchSize)) yield { rows: to - from, inputs: resident.slice(from, to) };
}

export function residentOf({ rows, inputs }: Samples): NativeData {
  return isResident(inputs) ? inputs : new native.Data({ rows, inputs, targets: [], weights: [] });
}
