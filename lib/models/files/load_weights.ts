import { checkOneOf } from '../../check';
import { corruptFile, invalidUse } from '../../errors';
import { runJob } from '../../files/pool';
import { type FileLike, openSource, SOURCE_OPTIONS, type SourceOptions } from '../../files/source';
import type { FileArray } from '../../files/tree';
import { shortestFloat } from '../../identifiers';
import type { Layer } from '../../layers';
import { atomically } from '../../layers/variable';
import type { LayoutOptions } from '../../model_options';
import type { FormatName } from '../../saving/format';
import { FORMAT_NAMES, formatNamed, isSameFormat } from '../../saving/formats';
import { checkedValues, type StoredWeights } from '../../saving/model_state';
import type { Layout } from '../../saving/named_weights';
import type { ReadModel } from '../../saving/read_model';
import { floatsOf } from '../../tensor';
import type { Compilation } from '../compile/compilation';
import type { Topology } from '../graph/topology';
import type { Saved } from './save_model';

export interface OpenedFile extends ReadModel {
  /** The file, for errors. */
  readonly where: string;
}

/** Weights, and the file for errors. */
export type StoredIn = Pick<OpenedFile, 'format' | 'root' | 'where'>;

export interface LoadWeightsOptions extends OpenOptions, LayoutOptions {}

/** How a file is read. */
export interface OpenOptions extends SourceOptions {
  /** The only format that is taken. Default: any, which follows from the contents */
  readonly format?: FormatName | undefined;
}

export const OPEN_OPTIONS = ['format', ...SOURCE_OPTIONS] as const;

/** Reads a file of any of the formats, which follows from its contents. */
export async function openFile(given: FileLike, options: OpenOptions): Promise<OpenedFile> {
  const format = options.format === undefined ? null : checkOneOf(options.format, 'format', FORMAT_NAMES);
  const { source, where, bytes, beside } = await openSource(given, options, namesBeside);
  const moved = [...beside.values(), source].flatMap((one) => (typeof one === 'string' ? [] : [one.buffer]));
  const contents = await runJob('decodeModel', { source, where, beside }, { subject: { where, bytes }, moved });
  options.signal?.throwIfAborted();
  if (format === null || isSameFormat(format, contents.format)) return { ...contents, where };
  throw corruptFile(where, `a model of the format '${format}'`, `one of '${contents.format}'`);
}

async function namesBeside(source: Uint8Array, where: string): Promise<readonly string[]> {
  return runJob('namesBeside', { source, where }, { subject: { where, bytes: source.length } });
}

/**
 * Sets all weights of a model, and its optimizer state where it is compiled and the file has it: all are checked
 * before any is set.
 */
export function setStored({ topology, compilation }: Saved, file: StoredIn, layout: Layout): void {
  if (topology.inputShapes === null) {
    const fix = 'Begin it with an Input, or call `build`.';
    throw invalidUse(`Expected a model that is built, received one without a shape. ${fix}`);
  }
  const { where } = file;
  const stored = weightsIn(file, topology.layers, layout);
  const values = checkedValues(topology.layers, stored, where);
  atomically(topology.variables, () => {
    if (compilation !== null && stored.optimizer !== null) restore(compilation, topology, stored.optimizer, where);
    for (const [variable, numbers] of values) variable.write(numbers);
  });
}

/** What a file holds for layers. */
export function weightsIn(
  { format, root, where }: StoredIn,
  layers: readonly Layer[],
  layout: Layout = 'keras',
): StoredWeights {
  return formatNamed(format).weightsOf(root, layers, where, layout);
}

/** As in Keras, the state of another optimizer is left out. */
function restore(compilation: Compilation, topology: Topology, stored: readonly FileArray[], where: string): void {
  if (compilation.restore(topology, stored)) return;
  const { optimizer } = compilation;
  const [iteration, rate] = stored.map(({ data }) => Number(floatsOf(data, 'float64')[0]));
  const isNew = iteration === 0 && stored.length === (optimizer.isScheduled ? 1 : 2);
  if (isNew && rate !== undefined) optimizer.learningRate = shortestFloat(rate);
  if (isNew) return;
  process.emitWarning(
    `The optimizer \`${optimizer.name}\` starts over: the ${stored.length} arrays in ${where} are of another one.`,
    { code: 'GEMSBOK_OPTIMIZER_SKIPPED' },
  );
}
