import { checkBoolean, checkFunction, checkOptions } from '../check';
import { invalidArgument } from '../errors';
import { ArrayDataset, type Arrays } from './array_dataset';
import { Dataset } from './dataset';
import type { ElementLike } from './element';
import { elements } from './operators';
import { isSource, type OpenableSource, passesOver } from './source';

export interface DatasetOptions {
  /** Whether the source yields batches, whose first axis counts the samples. Default: false */
  readonly batched?: boolean | undefined;
}

/**
 * Makes a data set, for `fit`, `evaluate` and `predict`: of arrays, or of anything that yields samples one by one.
 *
 * Arrays, `dataset({ x, y, sampleWeight })`, are copied into native memory once and serve many runs. A source is any
 * iterable or async iterable, a Node stream in object mode, or a function that opens one for each pass. It yields rows,
 * or with `batched: true` batches: `{ x, y, sampleWeight }`, `[x, y, sampleWeight]`, or the x alone where it is no
 * array. It is read ahead while a batch trains, and no faster than the batches are used: data larger than memory train
 * at flat memory. Defaults: `batched` false. Errors: `ERR_INVALID_ARG` for what is none of these; what the source
 * throws comes out of `fit`. Source: `tf.data.Dataset`.
 *
 * @example
 * ```ts
 * const kept = dataset({ x, y });
 * await model.fit(kept, { epochs: 2, verbose: 0 });
 *
 * async function* samples() {
 *   for (let i = 0; i < 100; i++) yield { x: [i, 0, 0, 0, 0, 1], y: i % 3 };
 * }
 * await model.fit(dataset(samples).shuffle({ bufferSize: 50 }).batch(16), { epochs: 2, verbose: 0 });
 * ```
 */
export function dataset(source: Arrays, options?: DatasetOptions): ArrayDataset;
export function dataset(source: OpenableSource<ElementLike>, options?: DatasetOptions): Dataset;
export function dataset(source: Arrays | OpenableSource<ElementLike>, options: DatasetOptions = {}): Dataset {
  checkOptions(options, ['batched'], 'dataset');
  const batched = checkBoolean(options.batched ?? false, 'batched');
  if (typeof source === 'function') checkFunction(source, 'source');
  if (typeof source === 'function' || isSource(source)) return new Dataset(elements(passesOver(source)), batched);
  if (typeof source !== 'object' || source === null || !('x' in source)) {
    throw invalidArgument('source', 'arrays as { x, y }, an iterable, or a function that opens one', source);
  }
  if (batched) throw invalidArgument('batched', 'nothing besides arrays', batched, 'Their batches are cut by `fit`.');
  checkOptions(source, ['x', 'y', 'sampleWeight'], 'dataset');
  return new ArrayDataset(source);
}
