import { Dataset } from '../../data';
import { ArrayDataset } from '../../data/array_dataset';
import { invalidArgument, unsupported } from '../../errors';
import type { ModelData } from '../../model_options';
import type { FitOptions } from './fit_options';

/** Data that are read while they are used. */
export function isStream<T>(x: T | Dataset): x is Dataset {
  return x instanceof Dataset && !(x instanceof ArrayDataset);
}

/** The name of a call: what processes say to each other depends on whether the data are a stream. */
export function callOn(verb: string, data: unknown): string {
  return isStream(data) ? `${verb} of a stream` : verb;
}

/** `(x, y, options)`, or `(dataset, options)`. */
export function sortArguments<O>(
  x: ModelData | Dataset,
  y: ModelData | O | undefined,
  options: O | undefined,
): { readonly y: ModelData | undefined; readonly options: O | undefined } {
  if (x instanceof Dataset && options === undefined && isOptions(y)) return { y: undefined, options: y as O };
  return { y: y as ModelData | undefined, options };
}

function isOptions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('data' in value && 'shape' in value);
}

interface DataOptions {
  readonly batchSize?: number | undefined;
  readonly sampleWeight?: ModelData | null | undefined;
}

/** A data set brings targets and weights itself. */
export function checkDataset(x: unknown, y: unknown, { batchSize, sampleWeight }: DataOptions): void {
  if (!(x instanceof Dataset)) return;
  const fix = 'Put it into the data set: { x, y, sampleWeight }.';
  if (y !== undefined && y !== null) throw invalidArgument('y', 'nothing besides a data set', y, fix);
  if (sampleWeight !== undefined && sampleWeight !== null) {
    throw invalidArgument('sampleWeight', 'nothing besides a data set', sampleWeight, fix);
  }
  if (x.isBatched && batchSize !== undefined) {
    throw invalidArgument('batchSize', 'nothing besides a data set of batches', batchSize, 'Pass it to `batch`.');
  }
}

/** What `fit` cannot do with data that come one by one. */
export function checkFitData(x: unknown, y: unknown, options: FitOptions): void {
  checkDataset(x, y, options);
  if (!isStream(x)) return;
  if (options.shuffle === true) {
    const fix = 'Call `shuffle({ bufferSize })` on the data set.';
    throw unsupported('shuffle', 'nothing besides a streamed data set', true, fix);
  }
  if (options.validationSplit) {
    const fix = 'Pass `validationData`: the data set may be cut by `take` and `skip`.';
    throw unsupported('validationSplit', 'nothing besides a streamed data set', options.validationSplit, fix);
  }
}
