import { checkInteger } from '../../check';

/** How a pass over rows is cut into batches. */
export interface Cut {
  readonly batchSize: number;
  /** What callbacks are told of. */
  readonly steps: number;
  /** The rows of that many steps, or all. */
  readonly rows: number;
}

export const DEFAULT_BATCH_SIZE = 32;

/** The argument `batchSize`; null where it is left to the number of steps. */
export function checkBatchSize(batchSize: unknown, argument = 'batchSize'): number | null {
  return batchSize === undefined || batchSize === null ? null : checkInteger(batchSize, argument, { min: 1 });
}

/** An argument that counts steps; null where all data is to be used. */
export function checkSteps(steps: unknown, argument: string): number | null {
  return steps === undefined || steps === null ? null : checkInteger(steps, argument, { min: 1 });
}

/** Keras' rule: without a batch size the steps cut the data; without steps the default size does. */
export function planBatches(rows: number, batchSize: number | null, steps: number | null, argument: string): Cut {
  const size = batchSize ?? (steps === null ? DEFAULT_BATCH_SIZE : Math.ceil(rows / steps));
  const batches = Math.ceil(rows / size);
  if (steps !== null && steps > batches) warnShort(argument, steps, batches);
  return { batchSize: size, steps: steps ?? batches, rows: Math.min(rows, (steps ?? batches) * size) };
}

/** The rows `[from, to)` of each batch. */
export function* batchRanges(rows: number, batchSize: number): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < rows; from += batchSize) yield [from, Math.min(from + batchSize, rows)];
}

/** Once a call, not once an epoch. */
export function warnShort(argument: string, steps: number, batches: number): void {
  process.emitWarning(
    `The data has ${batches} batches, but \`${argument}\` is ${steps}: an epoch ends where the data does.`,
    { code: 'GEMSBOK_SHORT_EPOCH' },
  );
}
